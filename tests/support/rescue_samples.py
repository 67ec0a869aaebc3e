"""Replies with calls, as models of the common families write them."""

from __future__ import annotations

from typing import Any, NamedTuple

from vtcode.messages import ToolDefinition


class Sample(NamedTuple):
    """A reply, and what is to be understood of it."""

    reply: str
    calls: list[tuple[str, dict[str, Any]]]
    text: str = ""
    reasoning: str = ""


def _tool(name: str, required: tuple[str, ...] = (), **types: str | dict[str, Any]) -> ToolDefinition:
    properties = {key: kind if isinstance(kind, dict) else {"type": kind} for key, kind in types.items()}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return ToolDefinition(name=name, description="", parameters=schema)


TOOLS = (
    _tool("read_file", ("path",), path="string", limit="integer", whole="boolean", scale="number"),
    _tool("write_file", path="string", content="string", tags="array", meta="object"),
    _tool("list_files"),
)
A = ("read_file", {"path": "a.txt"})
B = ("read_file", {"path": "b.txt", "limit": 5})
LIST: tuple[str, dict[str, Any]] = ("list_files", {})
JSON_A = '{"name": "read_file", "arguments": {"path": "a.txt"}}'
JSON_B = '{"name": "read_file", "arguments": {"path": "b.txt", "limit": 5}}'
LLAMA_A = '{"name": "read_file", "parameters": {"path": "a.txt"}}'
XML_A = "<function=read_file>\n<parameter=path>\na.txt\n</parameter>\n</function>"
XML_B = (
    "<function=read_file>\n<parameter=path>\nb.txt\n</parameter>\n"
    "<parameter=limit>\n5\n</parameter>\n</function>"
)
INVOKE_A = '<invoke name="read_file">\n<parameter name="path">a.txt</parameter>\n</invoke>'
INVOKE_B = (
    '<invoke name="read_file">\n<parameter name="path">b.txt</parameter>\n'
    '<parameter name="limit">5</parameter>\n</invoke>'
)
DSML_A = (
    '<｜DSML｜invoke name="read_file">\n'
    '<｜DSML｜parameter name="path" string="true">a.txt</｜DSML｜parameter>\n</｜DSML｜invoke>'
)
DSML_B = (
    '<｜DSML｜invoke name="read_file">\n'
    '<｜DSML｜parameter name="path" string="true">b.txt</｜DSML｜parameter>\n'
    '<｜DSML｜parameter name="limit" string="false">5</｜DSML｜parameter>\n</｜DSML｜invoke>'
)
GLM_A = "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.txt</arg_value>\n</tool_call>"
GLM_B = (
    "<tool_call>read_file<arg_key>path</arg_key><arg_value>b.txt</arg_value>"
    "<arg_key>limit</arg_key><arg_value>5</arg_value></tool_call>"
)


def _deepseek(*arguments: str) -> str:
    calls = "".join(
        f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n```json\n{each}\n```<｜tool▁call▁end｜>"
        for each in arguments
    )
    return f"<｜tool▁calls▁begin｜>{calls}<｜tool▁calls▁end｜>"


def _kimi(*arguments: str) -> str:
    calls = "".join(
        f"<|tool_call_begin|>functions.read_file:{number}<|tool_call_argument_begin|>{each}<|tool_call_end|>"
        for number, each in enumerate(arguments)
    )
    return f"<|tool_calls_section_begin|>{calls}<|tool_calls_section_end|>"


def _harmony(header: str, arguments: str = '{"path": "a.txt"}', end: str = "<|call|>") -> str:
    return f"{header}<|message|>{arguments}{end}"


_ARGUMENTS_A, _ARGUMENTS_B = '{"path": "a.txt"}', '{"path": "b.txt", "limit": 5}'
_ANALYSIS = "<|channel|>analysis<|message|>Look first.<|end|><|start|>assistant"

SAMPLES = {
    # Qwen 2.5 and 3, Hermes, Granite 4
    "hermes": Sample(f"<tool_call>\n{JSON_A}\n</tool_call>", [A]),
    "hermes on one line": Sample(f"<tool_call>{JSON_A}</tool_call>", [A]),
    "hermes twice": Sample(
        f"Two.\n\n<tool_call>\n{JSON_A}\n</tool_call>\n<tool_call>\n{JSON_B}\n</tool_call>", [A, B], "Two."
    ),
    "hermes, two in one": Sample(f"<tool_call>\n{JSON_A}\n{JSON_B}\n</tool_call>", [A, B]),
    "hermes with a list": Sample(f"<tool_call>[{JSON_A}, {JSON_B}]</tool_call>", [A, B]),
    "hermes between prose": Sample(
        f"I look.<tool_call>{JSON_A}</tool_call>\nThat is all.", [A], "I look.\nThat is all."
    ),
    "hermes, not closed": Sample(f"<tool_call>\n{JSON_A}", [A]),
    "hermes with arguments as a string": Sample(
        '<tool_call>{"name": "read_file", "arguments": "{\\"path\\": \\"a.txt\\"}"}</tool_call>', [A]
    ),
    "hermes with arguments first": Sample(
        '<tool_call>{"arguments": {"path": "a.txt"}, "name": "read_file"}</tool_call>', [A]
    ),
    "hermes in Python's notation": Sample(
        "<tool_call>{'name': 'read_file', 'arguments': {'path': 'a.txt', 'whole': True}}</tool_call>",
        [("read_file", {"path": "a.txt", "whole": True})],
    ),
    "hermes without arguments": Sample('<tool_call>{"name": "list_files"}</tool_call>', [LIST]),
    "openai's own shape": Sample(
        '<tool_call>{"type": "function", "function": '
        '{"name": "read_file", "arguments": "{\\"path\\": \\"a.txt\\"}"}}</tool_call>',
        [A],
    ),
    "small qwen coder": Sample(f"<tools>\n{JSON_A}\n</tools>", [A]),
    # Qwen 3 coder
    "coder": Sample(f"<tool_call>\n{XML_A}\n</tool_call>", [A]),
    "coder twice": Sample(
        f"Both.\n<tool_call>\n{XML_A}\n</tool_call>\n<tool_call>\n{XML_B}\n</tool_call>", [A, B], "Both."
    ),
    "coder without the outer tag": Sample(XML_A, [A]),
    "coder without the outer opening": Sample(f"Now.\n{XML_A}\n</tool_call>", [A], "Now."),
    "coder, two in one": Sample(f"<tool_call>{XML_A}\n{XML_B}</tool_call>", [A, B]),
    "coder without parameters": Sample(
        "<tool_call>\n<function=list_files>\n</function>\n</tool_call>", [LIST]
    ),
    "seed": Sample(
        "<seed:tool_call>\n<function=read_file>\n<parameter=path>a.txt</parameter>\n</function>\n"
        "</seed:tool_call>",
        [A],
    ),
    # LM Studio's default format
    "tool request": Sample(f"[TOOL_REQUEST]{JSON_A}[END_TOOL_REQUEST]", [A]),
    "tool request twice": Sample(
        f"So.\n[TOOL_REQUEST]\n{JSON_A}\n[END_TOOL_REQUEST]\n[TOOL_REQUEST]{JSON_B}[END_TOOL_REQUEST]",
        [A, B],
        "So.",
    ),
    # Llama 3
    "llama": Sample(LLAMA_A, [A]),
    "llama with a type": Sample(
        '{"type": "function", "name": "read_file", "parameters": {"path": "a.txt"}}', [A]
    ),
    "llama after prose": Sample(f"I look at it.\n\n{LLAMA_A}\n", [A], "I look at it."),
    "llama several": Sample(f"{LLAMA_A}; {LLAMA_A}", [A, A]),
    "llama over lines": Sample(
        '{\n  "name": "read_file",\n  "parameters": {\n    "path": "a.txt"\n  }\n}', [A]
    ),
    "llama's python tag": Sample(f"<|python_tag|>{LLAMA_A}<|eom_id|>", [A]),
    "llama's python tag with a call": Sample('<|python_tag|>read_file.call(path="a.txt")', [A]),
    "llama's function tag": Sample('<function=read_file>{"path": "a.txt"}</function>', [A]),
    "llama 4": Sample('[read_file(path="a.txt"), list_files()]', [A, LIST]),
    "xlam": Sample(f"[{JSON_A}, {JSON_B}]", [A, B]),
    # Mistral
    "mistral": Sample(f"[TOOL_CALLS][{JSON_A}]", [A]),
    "mistral with ids": Sample(
        '[TOOL_CALLS] [{"name": "read_file", "arguments": {"path": "a.txt"}, "id": "123456789"}]', [A]
    ),
    "mistral several": Sample(f"Ok.[TOOL_CALLS][{JSON_A}, {JSON_B}]", [A, B], "Ok."),
    "mistral by name": Sample(f"[TOOL_CALLS]read_file[ARGS]{_ARGUMENTS_A}", [A]),
    "mistral by name, twice": Sample(
        f"[TOOL_CALLS]read_file[ARGS]{_ARGUMENTS_A}[TOOL_CALLS]read_file[ARGS]{_ARGUMENTS_B}", [A, B]
    ),
    "mistral by name, in a row": Sample(
        f"[TOOL_CALLS]read_file[ARGS]{_ARGUMENTS_A}read_file[ARGS]{_ARGUMENTS_B}", [A, B]
    ),
    "mistral with call ids": Sample(
        f"[TOOL_CALLS]read_file[CALL_ID]000000001[ARGS]{_ARGUMENTS_A}"
        f"[TOOL_CALLS]list_files[CALL_ID]000000002[ARGS]{{}}",
        [A, LIST],
    ),
    "mistral without a mark": Sample(f"[TOOL_CALLS]read_file{_ARGUMENTS_A}", [A]),
    "mistral without its first mark": Sample(f"I look.\nread_file[ARGS]{_ARGUMENTS_A}", [A], "I look."),
    # gpt-oss
    "harmony": Sample(_harmony("<|channel|>commentary to=functions.read_file <|constrain|>json"), [A]),
    "harmony without blanks": Sample(
        _harmony("<|channel|>commentary to=functions.read_file<|constrain|>json"), [A]
    ),
    "harmony without a constraint": Sample(_harmony("<|channel|>commentary to=functions.read_file"), [A]),
    "harmony with a bare json": Sample(_harmony("<|channel|>commentary to=functions.read_file json"), [A]),
    "harmony without the last mark": Sample(
        f"<|channel|>commentary to=functions.read_file <|constrain|>json{_ARGUMENTS_A}<|call|>", [A]
    ),
    "harmony, recipient in the role": Sample(
        _harmony("<|start|>assistant to=functions.read_file<|channel|>commentary <|constrain|>json"), [A]
    ),
    "harmony, recipient first": Sample(_harmony(" to=functions.read_file<|channel|>analysis", end=""), [A]),
    "harmony, call in analysis": Sample(_harmony("<|channel|>analysis to=functions.read_file"), [A]),
    "harmony after reasoning": Sample(
        _harmony(f"{_ANALYSIS}<|channel|>commentary to=functions.read_file <|constrain|>json", end=""),
        [A],
        reasoning="Look first.",
    ),
    "harmony with a preamble": Sample(
        f"{_ANALYSIS}<|channel|>commentary<|message|>I read it.<|end|><|start|>assistant"
        + _harmony("<|channel|>commentary to=functions.read_file <|constrain|>json"),
        [A],
        "I read it.",
        "Look first.",
    ),
    "harmony twice": Sample(
        _harmony("<|channel|>commentary to=functions.read_file <|constrain|>json")
        + "<|start|>assistant"
        + _harmony("<|channel|>commentary to=functions.read_file <|constrain|>json", _ARGUMENTS_B),
        [A, B],
    ),
    "harmony, with blanks after marks": Sample(
        "<|channel|> analysis<|message|> Look first.<|end|><|start|> assistant to=functions.read_file"
        '<|channel|> commentary <|constrain|> json<|message|> {"path": "a.txt"}',
        [A],
        reasoning="Look first.",
    ),
    # DeepSeek
    "deepseek 3": Sample(_deepseek(_ARGUMENTS_A), [A]),
    "deepseek 3 twice": Sample(f"Both.{_deepseek(_ARGUMENTS_A, _ARGUMENTS_B)}", [A, B], "Both."),
    "deepseek r1, fence closed in the line": Sample(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n"
        '```json\n{"path": "a.txt"}```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        [A],
    ),
    "deepseek without a fence": Sample(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n"
        '{"path": "a.txt"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        [A],
    ),
    "deepseek 3.1": Sample(
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read_file<｜tool▁sep｜>{"path": "a.txt"}'
        "<｜tool▁call▁end｜><｜tool▁call▁begin｜>list_files<｜tool▁sep｜>{}<｜tool▁call▁end｜>"
        "<｜tool▁calls▁end｜>",
        [A, LIST],
    ),
    "deepseek with other marks": Sample(
        '<|tool_calls_begin|><｜tool_call_begin｜>read_file<|tool_sep|>{"path": "a.txt"}<|tool_call_end|>'
        "<|tool_calls_end|>",
        [A],
    ),
    "deepseek 3.2": Sample(
        f"Both.\n\n<｜DSML｜function_calls>\n{DSML_A}\n{DSML_B}\n</｜DSML｜function_calls>", [A, B], "Both."
    ),
    "deepseek 3.2 with an object": Sample(
        '<｜DSML｜function_calls>\n<｜DSML｜invoke name="read_file">\n{"path": "a.txt"}\n</｜DSML｜invoke>\n'
        "</｜DSML｜function_calls>",
        [A],
    ),
    "deepseek 4": Sample(f"<｜DSML｜tool_calls>\n{DSML_A}\n</｜DSML｜tool_calls>", [A]),
    "deepseek 3.2 without marks": Sample(f"<function_calls>\n{INVOKE_A}\n</function_calls>", [A]),
    # GLM
    "glm": Sample(GLM_A, [A]),
    "glm twice": Sample(f"Both.\n{GLM_A}\n{GLM_B}", [A, B], "Both."),
    "glm without arguments": Sample("<tool_call>list_files</tool_call>", [LIST]),
    # Kimi
    "kimi": Sample(_kimi(_ARGUMENTS_A), [A]),
    "kimi twice": Sample(f"Both.{_kimi(_ARGUMENTS_A, _ARGUMENTS_B)}", [A, B], "Both."),
    "kimi without sections": Sample(
        f"<|tool_call_begin|>functions.read_file:0<|tool_call_argument_begin|>{_ARGUMENTS_A}"
        f"<|tool_call_begin|>functions.read_file:1<|tool_call_argument_begin|>{_ARGUMENTS_B}",
        [A, B],
    ),
    # Gemma
    "gemma 4": Sample('<|tool_call>call:read_file{path:<|"|>a.txt<|"|>}<tool_call|>', [A]),
    "gemma 4 twice": Sample(
        '<|channel>thought\nLook first.<channel|>Both.<|tool_call>call:read_file{path:<|"|>a.txt<|"|>}'
        '<tool_call|><|tool_call>call:read_file{path:<|"|>b.txt<|"|>,limit:5}<tool_call|>',
        [A, B],
        "Both.",
        "Look first.",
    ),
    "gemma 4, nested": Sample(
        '<|tool_call>call:write_file{meta:{a:<|"|>x, {y}<|"|>,n:[1,-2.5,true,null]},tags:[<|"|>p<|"|>]}'
        "<tool_call|>",
        [("write_file", {"meta": {"a": "x, {y}", "n": [1, -2.5, True, None]}, "tags": ["p"]})],
    ),
    "function gemma": Sample(
        "<start_function_call>call:read_file{path:<escape>a.txt<escape>}<end_function_call>", [A]
    ),
    # LFM2, OLMo
    "lfm2": Sample('<|tool_call_start|>[read_file(path="a.txt")]<|tool_call_end|>', [A]),
    "lfm2 twice": Sample(
        "Both.<|tool_call_start|>[read_file(path='a.txt'), read_file(path=\"b.txt\", limit=5)]"
        "<|tool_call_end|>",
        [A, B],
        "Both.",
    ),
    "lfm2 by position": Sample('<|tool_call_start|>[read_file("b.txt", 5)]<|tool_call_end|>', [B]),
    "olmo": Sample("<function_calls>read_file(path='a.txt')\nlist_files()</function_calls>", [A, LIST]),
    # Cohere
    "cohere": Sample(
        "<|START_THINKING|>Look first.<|END_THINKING|><|START_ACTION|>[\n"
        '    {"tool_call_id": "0", "tool_name": "read_file", "parameters": {"path": "a.txt"}},\n'
        '    {"tool_call_id": "1", "tool_name": "list_files", "parameters": {}}\n]<|END_ACTION|>',
        [A, LIST],
        reasoning="Look first.",
    ),
    # Granite, Phi, FireFunction
    "granite 3": Sample(f"<|tool_call|> [{JSON_A}, {JSON_B}]", [A, B]),
    "granite 3.1": Sample(f"<tool_call>[{JSON_A}]", [A]),
    "granite 20b": Sample(f"<function_call> {JSON_A}\n<function_call> {JSON_B}", [A, B]),
    "phi 4": Sample(f"<|tool_call|>[{JSON_A}]<|/tool_call|>", [A]),
    "functools": Sample(f"Ok.\nfunctools[{JSON_A}]\nDone.", [A], "Ok.\nDone."),
    # Functionary
    "functionary": Sample('>>>read_file\n{"path": "a.txt"}', [A]),
    "functionary to all": Sample(
        '>>>all\nBoth.\n>>>read_file\n{"path": "a.txt"}>>>list_files\n{}', [A, LIST], "Both."
    ),
    "functionary 2": Sample(
        "<|from|>assistant\n<|recipient|>all\n<|content|>Both.\n<|from|>assistant\n<|recipient|>read_file\n"
        '<|content|>{"path": "a.txt"}\n<|from|>assistant\n<|recipient|>list_files\n<|content|>{}<|stop|>',
        [A, LIST],
        "Both.",
    ),
    "functionary without the first mark": Sample('read_file\n{"path": "a.txt"}', [A]),
    # Others
    "minimax 1": Sample(f"<tool_calls>\n{JSON_A}\n{JSON_B}\n</tool_calls>", [A, B]),
    "minimax 2": Sample(f"<minimax:tool_call>\n{INVOKE_A}\n{INVOKE_B}\n</minimax:tool_call>", [A, B]),
    "hunyuan": Sample(f"I look. <tool_calls>[{JSON_A}]</tool_calls>", [A], "I look."),
    "nemotron": Sample(f"<TOOLCALL>[{JSON_A}]</TOOLCALL>", [A]),
    "internlm": Sample(f"<|action_start|><|plugin|>{LLAMA_A}<|action_end|>", [A]),
    "apertus": Sample('<|tools_prefix|>[{"read_file": {"path": "a.txt"}}]<|tools_suffix|>', [A]),
    "gigachat": Sample(f"<|function_call|>{JSON_A}", [A]),
    "stepfun": Sample(
        '<｜tool_calls_begin｜><｜tool_call_begin｜><steptml:invoke name="read_file">'
        '<steptml:parameter name="path">a.txt</steptml:parameter></steptml:invoke><｜tool_call_end｜>'
        "<｜tool_calls_end｜>",
        [A],
    ),
}
