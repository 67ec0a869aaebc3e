"""From what a model wrote to checked arguments: repaired where that is safe, refused with words where not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vtcode.errors import BadArguments, ToolFailed
from vtcode.tools import BUILTIN_TOOLS
from vtcode.tools.arguments import canonical_arguments, parse_arguments
from vtcode.tools.registry import definitions, find_tool

if TYPE_CHECKING:
    from vtcode.tools.base import Tool

READ, GREP, WRITE, EDIT, PLAN, RUN = (
    find_tool(name)
    for name in ("read_file", "grep_file", "write_file", "edit_file", "update_plan", "run_pty_cmd")
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def parsed(tool: Tool[Any], raw: str) -> dict[str, Any]:
    values: dict[str, Any] = parse_arguments(tool, raw).model_dump(exclude_unset=True)
    return values


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param('{"path": "a", "content": "x\\ny"}', id="plain"),
        pytest.param('{"path": "a", "content": "x\ny"}', id="raw-newline"),
        pytest.param('{"path": "a", "content": "x\\ny",}', id="trailing-comma"),
        pytest.param("{'path': 'a', 'content': 'x\\ny'}", id="single-quotes"),
        pytest.param("{\"path\": 'a', 'content': \"x\\ny\"}", id="mixed-quotes"),
        pytest.param('```json\n{"path": "a", "content": "x\\ny"}\n```', id="code-fence"),
        pytest.param('"{\\"path\\": \\"a\\", \\"content\\": \\"x\\\\ny\\"}"', id="encoded-as-a-string"),
        pytest.param('{"arguments": {"path": "a", "content": "x\\ny"}}', id="wrapped"),
        pytest.param(
            '{"name": "write_file", "parameters": "{\\"path\\": \\"a\\", \\"content\\": \\"x\\\\ny\\"}"}',
            id="wrapped-as-a-string",
        ),
        pytest.param('{"path": "a", "content": "x\\ny"}}', id="a-brace-too-many"),
        pytest.param('{"path": "a", "content": "x\\ny"}<|im_end|>', id="end-of-turn-mark"),
        pytest.param('  {"file_path": "a", "contents": "x\\ny"}\n', id="other-names"),
        pytest.param('{"filePath": "a", "Content": "x\\ny"}', id="camel-case"),
        pytest.param('{"path": "a", "content": "x\\ny", "encoding": null}', id="an-unknown-null"),
    ],
)
def test_a_writing_call_is_read_where_there_is_one_reading(raw: str) -> None:
    assert parsed(WRITE, raw) == {"path": "a", "content": "x\ny"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param('{"path": "a", "content": "x', "cut off", id="cut-in-a-string"),
        pytest.param('{"path": "a", "content": "x"', "cut off", id="cut-before-the-brace"),
        pytest.param("{'path': 'a', 'content': 'x", "cut off", id="cut-in-single-quotes"),
        pytest.param('{"path": "a", "content": "say "hi""}', "not valid JSON", id="unescaped-quotes"),
        pytest.param('{"path": "a", "content": "print("" "")"}', "not valid JSON", id="strings-side-by-side"),
        pytest.param('{"path": "a", "content": "d = {"}"}', "cut off", id="unescaped-quote-before-a-brace"),
        pytest.param(
            '{"path": "a", "content": "x"}{"path": "b", "content": "y"}', "more text", id="two-objects"
        ),
        pytest.param("I will write the file.", "not valid JSON", id="prose"),
        pytest.param('["a", "x"]', "not a list", id="list"),
        pytest.param('{"path": "a", "content": "\\ud800"}', "does not have", id="half-a-surrogate-pair"),
        pytest.param("", "path is missing; content is missing", id="empty"),
        pytest.param("{}", "path is missing; content is missing", id="empty-object"),
        pytest.param('{"path": "a"}', "content is missing", id="a-field-missing"),
        pytest.param('{"path": null, "content": "x"}', "path is missing", id="null"),
        pytest.param('{"path": "a", "content": {"x": 1}}', "content must be a valid string", id="wrong-kind"),
        pytest.param('{"path": "a", "content": "x", "pth": "b"}', "did you mean path?", id="unknown"),
        pytest.param('{"path": "a", "content": NaN}', "not valid JSON", id="nan"),
        pytest.param("[" * 100_000, "cut off", id="open-without-end"),
        pytest.param("[" * 50_000 + "]" * 50_000, "nested too deeply", id="too-deep"),
    ],
)
def test_a_writing_call_is_refused_with_the_reason(raw: str, words: str) -> None:
    with pytest.raises(BadArguments) as caught:
        parse_arguments(WRITE, raw)
    assert caught.value.message.startswith("write_file: ")
    assert words in caught.value.message
    assert len(caught.value.message) < 400


def test_the_reason_names_what_the_tool_takes() -> None:
    with pytest.raises(BadArguments, match=r"It takes path, start_line\?, end_line\?\.$"):
        parse_arguments(READ, '{"start_line": 1}')


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            '{"path": "a", "start_line": "10"}', {"path": "a", "start_line": 10}, id="number-as-text"
        ),
        pytest.param(
            '{"path": "a", "offset": 5, "limit": 3.0}',
            {"path": "a", "start_line": 5, "limit": 3},
            id="offset",
        ),
        pytest.param('{"path": "a.py"', {"path": "a.py"}, id="not-closed"),
        pytest.param('{path: "a.py"}', {"path": "a.py"}, id="no-quotes"),
    ],
)
def test_a_reading_call_is_repaired_further(raw: str, expected: dict[str, Any]) -> None:
    assert parsed(READ, raw) == expected


def test_an_escape_that_json_lacks_is_meant_as_it_stands() -> None:
    assert parsed(GREP, r'{"pattern": "\d+\.py"}') == {"pattern": r"\d+\.py"}
    assert (
        parsed(EDIT, r'{"path": "a", "old_str": "it\'s \users", "new_str": "\n"}')["old_str"]
        == r"it\'s \users"
    )


@pytest.mark.parametrize(
    ("tool", "raw", "expected"),
    [
        (
            EDIT,
            {"path": "a", "old_text": "x", "new_text": "y"},
            {"path": "a", "old_str": "x", "new_str": "y"},
        ),
        (
            EDIT,
            {"file": "a", "oldString": "x", "newString": "y"},
            {"path": "a", "old_str": "x", "new_str": "y"},
        ),
        (GREP, {"query": "x", "directory": "src"}, {"pattern": "x", "path": "src"}),
        (GREP, {"regex": "x", "include": "*.py"}, {"pattern": "x", "glob": "*.py"}),
        (RUN, {"cmd": "ls", "timeout": "5"}, {"command": "ls", "timeout_secs": 5.0}),
    ],
)
def test_other_agents_names_of_arguments_are_taken(
    tool: Tool[Any], raw: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert parsed(tool, json.dumps(raw)) == expected


def test_a_tools_own_name_beats_an_alias() -> None:
    with pytest.raises(BadArguments, match="unknown argument file_path"):
        parse_arguments(READ, '{"path": "a", "file_path": "b"}')


@pytest.mark.parametrize(
    "plan",
    [
        [{"step": "look", "status": "done"}, {"step": "write", "status": "pending"}],
        [{"task": "look", "status": "completed"}, {"content": "write", "status": "todo"}],
        '[{"step": "look", "status": "completed"}, "write"]',
    ],
)
def test_a_plan_is_taken_in_several_spellings(plan: Any) -> None:
    steps = parse_arguments(PLAN, json.dumps({"plan": plan})).model_dump()["plan"]
    assert steps == [{"step": "look", "status": "completed"}, {"step": "write", "status": "pending"}]


@given(path=st.text(), content=st.text())
def test_valid_json_is_taken_to_the_letter(path: str, content: str) -> None:
    raw = json.dumps({"path": path, "content": content})
    assert parsed(WRITE, raw) == {"path": path, "content": content}
    assert parsed(WRITE, canonical_arguments(raw)) == {"path": path, "content": content}


@given(path=st.text(), content=st.text(), data=st.data(), ascii_only=st.booleans())
def test_a_cut_write_is_never_run(path: str, content: str, data: st.DataObject, ascii_only: bool) -> None:
    raw = json.dumps({"path": path, "content": content}, ensure_ascii=ascii_only)
    cut = raw[: data.draw(st.integers(min_value=0, max_value=len(raw) - 1))]
    for text in (cut, canonical_arguments(cut)):
        with pytest.raises(BadArguments):
            parse_arguments(WRITE, text)


@given(content=st.text(alphabet="ab\"\\\n{}[],:' "))
def test_python_spelling_is_taken_to_the_letter(content: str) -> None:
    assert parsed(WRITE, repr({"path": "a", "content": content})) == {"path": "a", "content": content}


@example('"\n"')
@given(content=st.text(alphabet="ab\"\\\n{}[],:' nt", max_size=12))
def test_a_content_with_forgotten_escapes_is_refused_or_taken_as_it_stands(content: str) -> None:
    try:
        written = parsed(WRITE, '{"path": "a", "content": "' + content + '"}')["content"]
    except BadArguments:
        return
    meanings = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "b": "\b"}
    assert written == re.sub(
        r"\\(.)", lambda match: meanings.get(match[1], match[0]), content, flags=re.DOTALL
    )


@given(raw=st.text() | JSON.map(json.dumps) | JSON.map(repr))
def test_the_history_always_holds_a_json_object(raw: str) -> None:
    canonical = canonical_arguments(raw)
    assert isinstance(json.loads(canonical), dict)
    assert canonical_arguments(canonical) == canonical
    canonical.encode()


@given(raw=st.text() | JSON.map(json.dumps) | JSON.map(repr))
def test_whatever_a_model_writes_is_parsed_or_refused(raw: str) -> None:
    for tool in BUILTIN_TOOLS:
        try:
            direct = parse_arguments(tool, raw)
        except BadArguments:
            with pytest.raises(BadArguments):
                parse_arguments(tool, canonical_arguments(raw))
        else:
            assert parse_arguments(tool, canonical_arguments(raw)) == direct


@pytest.mark.parametrize("raw", ['{"path": "a"}', '{ "path":"a" ,"x":[1, 2]}', '{"path": "\\u00e9"}'])
def test_a_valid_object_enters_the_history_as_it_was_said(raw: str) -> None:
    assert canonical_arguments(raw) == raw


def test_half_a_surrogate_pair_does_not_reach_the_server() -> None:
    assert "\\ud800" not in json.loads(canonical_arguments('{"path": "\\ud800"}')).get("path", "")
    canonical_arguments('{"path": "\ud800"}').encode()


@pytest.mark.parametrize(
    "name",
    [
        "read_file",
        "readFile",
        "Read-File",
        "READ_FILE",
        "functions.read_file",
        "tools/read_file",
        " read file ",
    ],
)
def test_a_tool_is_found_by_other_spellings_of_its_name(name: str) -> None:
    assert find_tool(name).name == "read_file"


def test_an_unknown_tool_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ToolFailed, match="Did you mean read_file") as caught:
        find_tool("red_file\x1b")
    assert all(tool.name in caught.value.message for tool in BUILTIN_TOOLS)
    assert "\x1b" not in caught.value.message


def test_the_tools_are_told_in_the_order_of_the_prompt() -> None:
    names = [definition.name for definition in definitions()]
    assert names == [
        "read_file",
        "list_files",
        "grep_file",
        "edit_file",
        "write_file",
        "run_pty_cmd",
        "update_plan",
    ]


def test_schemas_are_plain_objects_without_what_costs_tokens() -> None:
    for definition in definitions():
        assert definition.parameters["type"] == "object"
        assert set(definition.parameters) <= {"type", "properties", "required"}
        text = json.dumps(definition.parameters)
        assert not any(
            f'"{word}"' in text for word in ("title", "default", "anyOf", "$ref", "$defs", "hidden")
        )


def test_the_tools_fit_a_small_window() -> None:
    text = json.dumps([[tool.name, tool.description, tool.parameters] for tool in definitions()])
    assert len(text) / 4 <= 550


def test_what_is_hidden_from_the_model_is_taken_nevertheless() -> None:
    assert "limit" not in next(iter(definitions())).parameters["properties"]
    assert parsed(READ, '{"path": "a", "limit": 5}') == {"path": "a", "limit": 5}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param('{"plan": "' + "[" * 100_000 + '"}', id="a text"),
        pytest.param('{"plan": ' + "[" * 900 + "]" * 900 + "}", id="a list"),
        pytest.param('{"plan": [{"step": "a", "status": ' + "[" * 900 + "]" * 900 + "}]}", id="a status"),
    ],
)
def test_a_plan_that_is_nested_too_deeply_is_refused(raw: str) -> None:
    with pytest.raises(BadArguments, match="update_plan"):
        parse_arguments(PLAN, raw)


def test_a_plan_may_be_written_as_a_list_of_tasks() -> None:
    plan = '{"plan": ["[x] look", "- [>] write the parser", "[ ] test [it]", "tell"]}'
    tool = find_tool("update_plan")
    steps = [(step.step, step.status) for step in parse_arguments(tool, plan).plan]
    assert steps == [
        ("look", "completed"),
        ("write the parser", "in_progress"),
        ("test [it]", "pending"),
        ("tell", "pending"),
    ]
