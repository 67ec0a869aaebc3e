"""The families of markup: how each opens, what it holds, how it closes.

Sources: the chat templates and model cards of the families, and what llama.cpp, vLLM and SGLang accept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from vtcode.providers.tool_modes.rescue.gemma import read_gemma_call
from vtcode.providers.tool_modes.rescue.outcomes import Broken, Cut, NotMarkup
from vtcode.providers.tool_modes.rescue.payloads import (
    FUNCTION_ENDS,
    FUNCTIONS,
    attribute,
    close,
    functions,
    tagged,
    values,
)
from vtcode.providers.tool_modes.rescue.reader import Reader, Reading
from vtcode.providers.tool_modes.rescue.tools import Found, KnownTools
from vtcode.providers.tool_modes.rescue.values import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

ReadCalls: TypeAlias = Callable[[Reader, KnownTools, list[Found]], Reading[None]]
"""Reads calls and adds each to the list once it is complete; the opening has not been read yet."""

END_OF_TURN = (
    "<|eom_id|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "<|im_end|>", "<end_of_turn>", "</s>",
    "<｜end▁of▁sentence｜>", "<|role_end|>", "<|END_OF_TURN_TOKEN|>",
)  # fmt: skip
"""What ends a reply and is sometimes sent as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One family of markup."""

    read: ReadCalls
    closers: tuple[str, ...] = ()
    """What closes it; where it was missing it is taken away when it comes later."""


_TAGS = {
    "<tool_call>": ("</tool_call>",),  # Qwen, Hermes, GLM, Granite 4
    "<tool_calls>": ("</tool_calls>",),  # Hunyuan, Apriel, MiniMax M1
    "<tools>": ("</tools>",),  # small Qwen coders
    "<seed:tool_call>": ("</seed:tool_call>",),
    "<minimax:tool_call>": ("</minimax:tool_call>",),
    "<longcat_tool_call>": ("</longcat_tool_call>",),
    "<function_call>": ("</function_call>",),  # Granite 20B
    "<function_calls>": ("</function_calls>",),  # OLMo 3, DeepSeek 3.2 without its marks
    "<｜DSML｜function_calls>": ("</｜DSML｜function_calls>",),  # DeepSeek 3.2
    "<｜DSML｜tool_calls>": ("</｜DSML｜tool_calls>",),  # DeepSeek 4
    "<|DSML|function_calls>": ("</|DSML|function_calls>",),
    "<atem:function_calls>": ("</atem:function_calls>",),
    "<TOOLCALL>": ("</TOOLCALL>",),  # Nemotron
    "[TOOL_REQUEST]": ("[END_TOOL_REQUEST]",),  # LM Studio's own
    "<|tool_call|>": ("<|/tool_call|>", "</|tool_call|>"),  # Granite 3, Phi 4
    "<|tool_call_start|>": ("<|tool_call_end|>",),  # LFM2
    "<|START_ACTION|>": ("<|END_ACTION|>",),  # Cohere
    "<|action_start|><|plugin|>": ("<|action_end|>",),  # InternLM
    "<|action_start|> <|plugin|>": ("<|action_end|>",),
    "<|tools_prefix|>": ("<|tools_suffix|>",),  # Apertus
    "<|function_call|>": (),  # GigaChat 3.1
    "<|python_tag|>": ("<|eom_id|>", "<|eot_id|>"),  # Llama 3
}
"""An opening tag, any payload, a closing tag."""


def _tag(
    opener: str, closers: tuple[str, ...], reader: Reader, tools: KnownTools, found: list[Found]
) -> Reading[None]:
    yield from reader.accept(opener)
    yield from tagged(reader, tools, found, closers)


def _bare_functions(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """`<function=NAME>...</function>`, with or without the end of an outer tag that was never opened.

    Such a tag is also written in prose: of a name that is no tool's, it is text at once.
    """
    opening = yield from reader.expect(*FUNCTIONS)
    name, rest = yield from attribute(reader)
    if tools.named(name) is None:
        raise NotMarkup
    reader.put_back(f"{opening}{rest}>")
    yield from functions(reader, tools, found)
    yield from close(reader, _OUTER_ENDS)


_OUTER_ENDS = ("</tool_call>", "</seed:tool_call>", "</minimax:tool_call>", "</function_calls>")


def _functools(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """`functools[{...}]`: Phi 4 mini, FireFunction."""
    yield from reader.accept("functools")
    yield from values(reader, tools, found)


def _mistral(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """`[TOOL_CALLS][{...}]` and `[TOOL_CALLS]NAME[CALL_ID]ID[ARGS]{...}`, once or more."""
    names = [f"{name}[ARGS]" for name in tools.names]
    while (yield from reader.accept(_TOOL_CALLS)) or (yield from reader.ahead(*names)):
        yield from reader.blanks()
        if (yield from reader.peek()) in ("{", "["):
            yield from values(reader, tools, found, (_TOOL_CALLS,))
        else:
            found.append((yield from _mistral_call(reader, tools)))
        blanks = yield from reader.blanks()
        if not (yield from reader.follows(_TOOL_CALLS, *names)):
            reader.put_back(blanks)
            return


_TOOL_CALLS = "[TOOL_CALLS]"


def read_leaked(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """Read `NAME[ARGS]{...}`, of Mistral's calls what is left where the server swallowed the first mark.

    Raises:
        NotMarkup: It is something else.
        Cut: The reply ended within the beginning.
    """
    openings = [f"{name}[ARGS]{{" for name in tools.names]
    if not (yield from reader.ahead(*openings)):
        was_cut = "[A" in reader.unread and any(opening.startswith(reader.unread) for opening in openings)
        raise Cut if was_cut else NotMarkup
    yield from _mistral(reader, tools, found)


def _mistral_call(reader: Reader, tools: KnownTools) -> Reading[Found]:
    name = yield from reader.word()
    if not name:
        raise NotMarkup
    if (yield from reader.accept("[CALL_ID]")):
        yield from reader.word()
    if not (yield from reader.accept("[ARGS]")) and (yield from reader.peek()) != "{":
        yield from reader.expect("[ARGS]", "[CALL_ID]")
    yield from reader.blanks()
    return tools.call(name, (yield from _object(reader)))


def _object(reader: Reader) -> Reading[object]:
    """Read an object, where one has to come.

    Raises:
        Broken: Something else comes.
        Cut: Nothing more comes.
    """
    reader.put_back((yield from reader.expect("{", otherwise=Broken)))
    return parsed((yield from reader.value()))


_KIMI_CALL = "<|tool_call_begin|>"


def _deepseek_marks(*words: str) -> tuple[str, ...]:
    """Spell a mark as DeepSeek does, and as servers misspell it."""
    blanks = ("▁", "_", " ", "\\_")
    bars = ("｜", "|")
    return tuple(f"<{bar}{blank.join(words)}{bar}>" for bar in bars for blank in blanks)


_DEEPSEEK_SECTION = _deepseek_marks("tool", "calls", "begin")
_DEEPSEEK_SECTION_END = _deepseek_marks("tool", "calls", "end")
# `<|tool_call_begin|>` is Kimi's.
_DEEPSEEK_CALL = tuple(
    mark for mark in _deepseek_marks("tool", "call", "begin") if mark != "<|tool_call_begin|>"
)
_DEEPSEEK_END = _deepseek_marks("tool", "call", "end")
_DEEPSEEK_SEPARATOR = _deepseek_marks("tool", "sep")


def _deepseek(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """V3 and R1, `function SEP NAME`, then the arguments in a fence; V3.1, `NAME SEP {...}`."""
    yield from reader.accept(*_DEEPSEEK_SECTION)
    yield from reader.blanks()
    yield from reader.accept(*_DEEPSEEK_CALL)
    while True:
        yield from _deepseek_call(reader, tools, found)
        blanks = yield from reader.blanks()
        yield from reader.accept(*_DEEPSEEK_SEPARATOR)  # StepFun puts one between calls
        if not (yield from reader.accept(*_DEEPSEEK_CALL)):
            break
    if not (yield from reader.accept(*_DEEPSEEK_SECTION_END)):
        reader.put_back(blanks)


def _deepseek_call(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    yield from reader.blanks()
    if (yield from reader.ahead(*FUNCTIONS)):
        yield from functions(reader, tools, found)
    else:
        found.append((yield from _deepseek_json(reader, tools)))
    blanks = yield from reader.blanks()
    if not (yield from reader.accept(*_DEEPSEEK_END)):
        reader.put_back(blanks)


def _deepseek_json(reader: Reader, tools: KnownTools) -> Reading[Found]:
    name = yield from reader.word()
    yield from reader.expect(*_DEEPSEEK_SEPARATOR, otherwise=Broken)
    if name == "function":
        name = yield from reader.word()
    yield from reader.blanks()
    if (yield from reader.run_of("`")):
        yield from reader.accept("json")
        yield from reader.blanks()
    arguments = yield from _object(reader)
    yield from reader.blanks()
    yield from reader.run_of("`")
    return tools.call(name, arguments)


_KIMI_SECTION = ("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>")
_KIMI_SECTION_END = ("<|tool_calls_section_end|>", "<|tool_call_section_end|>")


def _kimi(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """`<|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{...}<|tool_call_end|>`."""
    yield from reader.accept(*_KIMI_SECTION)
    yield from reader.blanks()
    yield from reader.expect(_KIMI_CALL)
    while True:
        yield from reader.blanks()
        name = yield from reader.word()
        yield from reader.blanks()
        yield from reader.expect("<|tool_call_argument_begin|>", otherwise=Broken)
        yield from reader.blanks()
        found.append(tools.call(name, (yield from _object(reader))))
        yield from reader.blanks()
        yield from reader.accept("<|tool_call_end|>")
        blanks = yield from reader.blanks()
        if not (yield from reader.accept(_KIMI_CALL)):
            break
    if not (yield from reader.accept(*_KIMI_SECTION_END)):
        reader.put_back(blanks)


RECIPIENT = ">>>"
TO_ALL = (">>>all\n", "<|recipient|>all\n<|content|>")
"""Functionary's marks before text of the answer."""


def _functionary(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """`>>>NAME`, a line break, and an object, once or more; `>>>all` comes before text."""
    while (yield from reader.accept(RECIPIENT)):
        name = yield from reader.word()
        yield from reader.expect("\n")
        if tools.named(name) is None:
            raise NotMarkup
        yield from reader.blanks()
        found.append(tools.call(name, (yield from _object(reader))))
        blanks = yield from reader.blanks()
        if (yield from reader.ahead(*TO_ALL)) or not (yield from reader.ahead(RECIPIENT)):
            reader.put_back(blanks)
            return


_V2_RECIPIENT, _V2_CONTENT = "<|recipient|>", "<|content|>"


def _functionary_2(reader: Reader, tools: KnownTools, found: list[Found]) -> Reading[None]:
    """`<|recipient|>NAME`, a line break, `<|content|>` and an object."""
    yield from reader.accept(_V2_RECIPIENT)
    yield from reader.blanks()
    name = yield from reader.word()
    yield from reader.blanks()
    yield from reader.expect(_V2_CONTENT)
    yield from reader.blanks()
    found.append(tools.call(name, (yield from _object(reader))))


def _formats() -> Iterator[tuple[str, Format]]:
    for opener, closers in _TAGS.items():
        yield opener, Format(read=partial(_tag, opener, closers), closers=closers)
    for opener in FUNCTIONS:
        yield opener, Format(read=_bare_functions, closers=(*FUNCTION_ENDS, *_OUTER_ENDS))
    for opener in (*_DEEPSEEK_SECTION, *_DEEPSEEK_CALL):
        yield opener, Format(read=_deepseek, closers=(*_DEEPSEEK_SECTION_END, *_DEEPSEEK_END))
    for opener in (*_KIMI_SECTION, _KIMI_CALL):
        yield opener, Format(read=_kimi, closers=(*_KIMI_SECTION_END, "<|tool_call_end|>"))
    yield _TOOL_CALLS, Format(read=_mistral)
    yield "functools[", Format(read=_functools)
    yield RECIPIENT, Format(read=_functionary)
    yield _V2_RECIPIENT, Format(read=_functionary_2, closers=("<|stop|>",))
    for opener, closer, quote in (
        ("<|tool_call>", "<tool_call|>", '<|"|>'),  # Gemma 4
        ("<start_function_call>", "<end_function_call>", "<escape>"),  # FunctionGemma
    ):
        read = partial(read_gemma_call, opener, closer, quote)
        yield opener, Format(read=read, closers=(closer,))


FORMATS = dict(_formats())
"""By what opens them; no opening begins with another."""
