"""The JSON that a run has to end with."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.agent.answer_schema import AnswerSchema, RequiredAnswer
from vtcode.errors import AnswerUnfit, UsageError
from vtcode.messages import AssistantMessage, SystemMessage, ToolDefinition, UserMessage
from vtcode.providers.base import Request
from vtcode.visible import plain

AGE = AnswerSchema(
    {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]},
)
ANYTHING = AnswerSchema({})
REQUEST = Request(
    model="m",
    messages=(SystemMessage(text="Be good."), UserMessage(text="How old is he?")),
    tools=(ToolDefinition(name="t", description=""),),
)
VALID = '{"age": 7}'


def said(text: str, reasoning: str = "") -> AssistantMessage:
    return AssistantMessage(text=text, reasoning=reasoning)


@pytest.mark.parametrize(
    ("message", "json_text"),
    [
        pytest.param(said(f" {VALID}\n"), VALID, id="alone"),
        pytest.param(said(f"Here:\n```json\n{VALID}\n```\nDone."), VALID, id="in a code block"),
        pytest.param(said(f"Sure! {VALID} Anything else?"), VALID, id="among words"),
        pytest.param(said("", f"{VALID}"), VALID, id="in the reasoning of an empty reply"),
        pytest.param(said("I can't.", VALID), "", id="not from the reasoning of a reply with text"),
        pytest.param(said('{"age": "seven"}'), "", id="of another type"),
        pytest.param(said('{"age": 7'), "", id="cut"),
        pytest.param(said("[" * 100_000), "", id="deeper than anybody needs"),
        pytest.param(said('{"age": NaN}'), "", id="a constant that JSON lacks"),
        pytest.param(said(""), "", id="nothing"),
    ],
)
def test_the_json_of_a_reply_is_found(message: AssistantMessage, json_text: str) -> None:
    assert AGE.fitting(message) == json_text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"age": "seven"}', r"'seven' is not of type 'integer' \(at \$\.age\)"),
        ("{}", r"'age' is a required property \(at \$\)"),
        ("seven", "not JSON: Expecting value"),
    ],
)
def test_the_validators_words_say_what_is_wrong(text: str, words: str) -> None:
    assert re.search(words, AGE.problem(text))
    assert AGE.problem(VALID) == ""


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_what_is_written_means_the_same_and_is_safe_to_look_at(value: Any) -> None:
    found = ANYTHING.fitting(said(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()))
    assert plain(found) == found
    assert json.loads(found) == json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        pytest.param({"type": "text"}, "no JSON schema", id="an unknown type"),
        pytest.param({"pattern": r"\p{L}"}, "no JSON schema", id="a pattern that Python can't read"),
        pytest.param({"$ref": "https://example.com/a.json"}, "does not hold", id="another document"),
        pytest.param({"items": [{"$ref": "#/$defs/b"}]}, "no JSON schema|does not hold", id="old items"),
        pytest.param({"not": {"$ref": "#/$defs/b"}}, "does not hold", id="a reference to nothing"),
    ],
)
def test_a_schema_that_can_not_be_used_is_a_usage_error(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        AnswerSchema(schema)


def test_references_inside_the_schema_are_followed() -> None:
    schema = AnswerSchema({"$ref": "#/$defs/tree", "$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}}})
    assert schema.fitting(said("[[], [[]]]")) == "[[], [[]]]"


def test_an_answer_without_tools_is_constrained_at_once_and_corrected_once() -> None:
    required = RequiredAnswer(AGE, has_tools=False)
    assert required.constrained(REQUEST).response_schema == AGE.schema
    assert "'age' is a required property" in required.correction(said("{}"))
    assert required.constrained(REQUEST).response_schema == AGE.schema
    with pytest.raises(AnswerUnfit, match="'age' is a required property"):
        required.correction(said("{}"))


def test_an_agent_works_with_tools_and_is_asked_for_the_answer_without_them() -> None:
    required = RequiredAnswer(AGE, has_tools=True)
    assert required.constrained(REQUEST).tools == REQUEST.tools
    assert json.dumps(AGE.schema) in required.correction(said("He is seven."))
    final = required.constrained(REQUEST)
    assert (final.tools, final.response_schema) == ((), AGE.schema)
    assert "not of type" in required.correction(said('{"age": "7"}'))
    with pytest.raises(AnswerUnfit):
        required.correction(said('{"age": "7"}'))


def test_what_is_wanted_is_told_with_each_request() -> None:
    system, *said_so_far = RequiredAnswer(AGE, has_tools=True).constrained(REQUEST).messages
    assert system.text == f"Be good.\n\n{AGE.instruction}"
    assert tuple(said_so_far) == REQUEST.messages[1:]


def test_where_the_server_takes_no_schema_words_have_to_do() -> None:
    required = RequiredAnswer(AGE, has_tools=False)
    required.sends_schema = False
    request = required.constrained(REQUEST)
    assert (request.tools, request.response_schema) == ((), None)


def test_a_valid_answer_needs_no_other_request() -> None:
    required = RequiredAnswer(AGE, has_tools=True)
    answer = required.fitted(said(f"```json\n{VALID}\n```"))
    assert answer.text == VALID
    assert required.correction(answer) == ""
