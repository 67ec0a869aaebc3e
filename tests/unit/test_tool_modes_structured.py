"""Structured mode: what the model is shown, what it may say, and how its JSON is read while it comes."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import EmptyReply, UnreadableCall
from vtcode.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolDefinition,
    ToolMessage,
    UserMessage,
)
from vtcode.providers.base import CallPart, CompletedPart, Request, TextPart
from vtcode.providers.tool_modes.structured import as_structured, reply_schema
from vtcode.providers.tool_modes.structured_reply import StructuredReply
from vtcode.tools.registry import definitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import FinishReason
    from vtcode.providers.base import Part

TOOLS = definitions()
SYSTEM = SystemMessage(text="You are a coding agent.")


def asked(text: str) -> UserMessage:
    return UserMessage(text=text)


def called(name: str, call_id: str = "1", **arguments: object) -> AssistantMessage:
    call = ToolCall(id=call_id, name=name, arguments=json.dumps(arguments))
    return AssistantMessage(text="Let me look.", tool_calls=(call,))


def result(text: str = "fine", call_id: str = "1", name: str = "read_file") -> ToolMessage:
    return ToolMessage(call_id=call_id, name=name, text=text)


def request(*said: Message, tools: tuple[ToolDefinition, ...] = TOOLS) -> Request:
    return Request(model="m", messages=(SYSTEM, *said), tools=tools)


def allows(schema: dict[str, Any], reply: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(reply)


ANSWER = {"answer": "It says hello."}
READ = {"say": "I will look.", "call": {"name": "read_file", "arguments": {"path": "hello.txt"}}}
READ_OTHER = {"say": "I will look.", "call": {"name": "read_file", "arguments": {"path": "other.txt"}}}
LIST = {"say": "I will look.", "call": {"name": "list_files", "arguments": {}}}
RUN = {"say": "I will run it.", "call": {"name": "run_pty_cmd", "arguments": {"command": "pytest"}}}


class TestWhatMayBeSaid:
    @pytest.mark.parametrize(
        "said",
        [
            [asked("What is a monad?")],
            [asked("read hello.txt"), called("read_file", path="hello.txt"), result()],
            [
                asked("read hello.txt"),
                called("read_file", path="hello.txt"),
                result(),
                asked("explain hello.txt"),
            ],
        ],
        ids=["no file is named", "after a result", "a file that was read before"],
    )
    def test_the_model_chooses_between_an_answer_and_a_call(self, said: list[Message]) -> None:
        schema = reply_schema(said, TOOLS)
        assert all(allows(schema, reply) for reply in (ANSWER, READ, READ_OTHER, LIST, RUN))

    def test_a_file_that_nobody_looked_at_is_called_for(self) -> None:
        schema = reply_schema([asked("read the file hello.txt")], TOOLS)
        assert allows(schema, READ)
        assert allows(schema, RUN)
        assert not allows(schema, ANSWER)
        assert not allows(schema, READ_OTHER)
        assert not allows(schema, LIST)

    def test_a_correction_does_not_make_the_named_file_forgotten(self) -> None:
        schema = reply_schema([asked("read the file hello.txt"), asked("Your call was malformed.")], TOOLS)
        assert allows(schema, READ)
        assert not allows(schema, ANSWER)

    def test_a_call_that_was_repeated_is_followed_by_an_answer(self) -> None:
        again: list[Message] = [
            called("read_file", path="a.py"),
            result(),
            called("read_file", "2", path="a.py"),
        ]
        schema = reply_schema([asked("read a.py"), *again, result(call_id="2")], TOOLS)
        assert allows(schema, ANSWER)
        assert not allows(schema, READ)

    def test_the_same_call_in_a_later_turn_is_no_repetition(self) -> None:
        one: list[Message] = [
            asked("read a.py"),
            called("read_file", path="a.py"),
            result(),
            AssistantMessage(text="Done."),
        ]
        two: list[Message] = [asked("and again"), called("read_file", "2", path="a.py"), result(call_id="2")]
        assert allows(reply_schema([*one, *two], TOOLS), READ)

    @pytest.mark.parametrize(
        "reply",
        [
            {"say": "x", "call": {"name": "rm", "arguments": {}}},
            {"say": "x", "call": {"name": "read_file", "arguments": {}}},
            {"say": "x", "call": {"name": "read_file", "arguments": {"path": "a", "mode": "r"}}},
            {"say": "x", "call": None},
            {"call": {"name": "list_files", "arguments": {}}},
            {"answer": "x", "say": "y"},
        ],
        ids=["unknown tool", "missing argument", "unknown argument", "null", "no words", "both"],
    )
    def test_nothing_else_may_be_said(self, reply: dict[str, Any]) -> None:
        assert not allows(reply_schema([asked("hello")], TOOLS), reply)

    def test_an_argument_that_grammars_do_not_know_is_left_free(self) -> None:
        parameters = {"type": "object", "properties": {"when": {"$ref": "#/$defs/when"}}}
        tool = ToolDefinition(name="plan", description="", parameters=parameters)
        schema = reply_schema([asked("hello")], [tool])
        assert "$ref" not in json.dumps(schema)
        assert allows(schema, {"say": "x", "call": {"name": "plan", "arguments": {"when": [1]}}})


class TestWhatTheModelIsShown:
    def test_no_tools_go_over_and_each_stands_in_the_system_prompt(self) -> None:
        shown = as_structured(request(asked("hello")))
        assert not shown.tools
        assert all(f"- {tool.name}(" in shown.messages[0].text for tool in TOOLS)

    def test_user_and_assistant_alternate(self) -> None:
        said: list[Message] = [
            asked("look"),
            AssistantMessage(
                text="Both.",
                tool_calls=(
                    ToolCall(id="1", name="list_files", arguments="{}"),
                    ToolCall(id="2", name="read_file", arguments='{"path": "a.py"}'),
                ),
            ),
            result("a.py", "1", "list_files"),
            result("pass", "2"),
            asked("and?"),
        ]
        system, *shown = as_structured(request(*said)).messages
        assert system.role == "system"
        assert [message.role for message in shown] == ["user", "assistant"] * (len(shown) // 2) + ["user"]

    def test_all_that_the_model_said_is_json_of_the_schema(self) -> None:
        before = (asked("look"), called("list_files"), result(), AssistantMessage(text="Nothing."))
        shown = as_structured(request(*before, asked("ok")))
        free = reply_schema([asked("hello")], TOOLS)
        for message in shown.messages:
            if isinstance(message, AssistantMessage):
                assert allows(free, json.loads(message.text))
                assert ": " not in message.text.partition("call")[2], "compact"

    def test_what_was_said_before_stays_as_it_was(self) -> None:
        said: list[Message] = [
            asked("read hello.txt"),
            called("read_file", path="hello.txt"),
            result(),
            AssistantMessage(text="It says fine."),
            asked("thanks"),
        ]
        shorter = as_structured(request(said[0])).messages
        for length in range(2, len(said) + 1):
            if isinstance(said[length - 1], AssistantMessage):
                continue
            longer = as_structured(request(*said[:length])).messages
            assert longer[: len(shorter)] == shorter
            shorter = longer

    def test_examples_use_offered_tools_alone(self) -> None:
        echo = ToolDefinition(name="echo", description="Says it again.")
        shown = as_structured(request(asked("hello"), tools=(echo,)))
        assert not any("read_file" in message.text for message in shown.messages)


def told(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextPart))


def read(
    reply: str, *, cuts: Sequence[int] = (), finish: FinishReason = "stop", reasoning: str = ""
) -> tuple[list[Part], CompletedPart]:
    """Feed a reply, cut at the given places; return the parts and the last one."""
    reader = StructuredReply(request(asked("hello")))
    places = sorted({0, len(reply), *(cut % (len(reply) + 1) for cut in cuts)})
    parts: list[Part] = []
    for start, end in itertools.pairwise(places):
        parts += reader.take_text(reply[start:end])
    whole = CompletedPart(
        message=AssistantMessage(text=reply, reasoning=reasoning), finish=finish, usage=None
    )
    *more, last = reader.complete(whole)
    assert isinstance(last, CompletedPart)
    return [*parts, *more], last


WORDS = st.text(st.characters(exclude_categories=["Cs"]))


class TestReading:
    @given(text=WORDS, ascii_only=st.booleans(), cuts=st.lists(st.integers(0, 10_000), max_size=8))
    def test_an_answer_streams_the_same_however_it_is_cut(
        self, text: str, ascii_only: bool, cuts: list[int]
    ) -> None:
        parts, last = read(json.dumps({"answer": text}, ensure_ascii=ascii_only), cuts=cuts)
        assert told(parts) == text
        assert last.message.text == text.strip()
        assert (last.message.tool_calls, last.finish) == ((), "stop")

    @given(say=WORDS, content=WORDS, blank=st.sampled_from(["", " "]), cuts=st.lists(st.integers(0, 10_000)))
    def test_a_call_streams_the_same_however_it_is_cut(
        self, say: str, content: str, blank: str, cuts: list[int]
    ) -> None:
        arguments = {"path": "a.py", "content": content}
        call = {"name": "write_file", "arguments": arguments}
        separators = (f",{blank}", f":{blank}")
        parts, last = read(json.dumps({"say": say, "call": call}, separators=separators), cuts=cuts)
        written = "".join(part.text for part in parts if isinstance(part, CallPart))
        assert told(parts) == say
        assert json.loads(written) == arguments
        (made,) = last.message.tool_calls
        assert (made.name, json.loads(made.arguments)) == ("write_file", arguments)
        assert last.finish == "tool_calls"

    @given(end=st.integers(0, 200))
    def test_whatever_is_cut_no_json_is_ever_told(self, end: int) -> None:
        reply = json.dumps({"say": "I will look.", "call": READ["call"]})
        reader = StructuredReply(request(asked("hello")))
        assert "I will look.".startswith(told(reader.take_text(reply[:end])))

    def test_a_call_that_was_cut_is_no_call(self) -> None:
        reply = json.dumps(READ)
        for end in range(reply.index('"call"'), len(reply) - 1):
            _, last = read(reply[:end], finish="length")
            assert (last.message.text, last.message.tool_calls) == ("I will look.", ())
            assert last.finish == "length"
            with pytest.raises(UnreadableCall):
                read(reply[:end], finish="stop")

    def test_an_answer_that_was_cut_at_a_limit_is_kept(self) -> None:
        _, last = read('{"answer":"It says hel', finish="length")
        assert (last.message.text, last.finish) == ("It says hel", "length")

    @pytest.mark.parametrize(
        "reply",
        ["Sure! I will read it.", '{"answer":', '{"tool":"read_file"}', '["answer"]', '{"answer": 1}', "{"],
    )
    def test_what_is_not_of_the_schema_is_an_error(self, reply: str) -> None:
        with pytest.raises(UnreadableCall):
            read(reply)

    def test_the_json_is_found_in_the_reasoning_when_there_is_nothing_else(self) -> None:
        parts, last = read("", reasoning=json.dumps(READ))
        assert told(parts) == "I will look."
        assert last.message.reasoning == ""
        assert [call.name for call in last.message.tool_calls] == ["read_file"]

    def test_reasoning_that_is_no_json_is_an_empty_reply(self) -> None:
        with pytest.raises(EmptyReply):
            read("", reasoning="The user wants to read a file.")

    def test_reasoning_that_used_up_the_limit_is_told_as_that(self) -> None:
        _, last = read("", reasoning="The user wants", finish="length")
        assert (last.message.reasoning, last.finish) == ("The user wants", "length")

    def test_the_text_counts_that_the_server_settled_on_in_the_end(self) -> None:
        reader = StructuredReply(request(asked("hello")))
        streamed = reader.take_text('I think so.</think>{"answer":"yes"}')
        settled = AssistantMessage(text='{"answer":"yes"}', reasoning="I think so.")
        *more, last = reader.complete(CompletedPart(message=settled, finish="stop", usage=None))
        assert isinstance(last, CompletedPart)
        assert told([*streamed, *more]) == last.message.text == "yes"

    def test_a_code_block_around_the_json_is_left_away(self) -> None:
        parts, last = read('```json\n{"answer": "yes"}\n```')
        assert told(parts) == last.message.text == "yes"

    def test_keys_in_another_order_are_understood(self) -> None:
        parts, last = read(json.dumps({"call": READ["call"], "say": "I will look."}))
        assert told(parts) == last.message.text == "I will look."
        assert len(last.message.tool_calls) == 1

    def test_half_a_character_becomes_a_whole_one(self) -> None:
        parts, last = read('{"answer":"\\ud83d no"}', cuts=range(20))
        assert told(parts) == last.message.text == "\ufffd no"
        parts, _ = read('{"answer":"\\ud83d\\ude00"}', cuts=range(30))
        assert told(parts) == "\U0001f600"

    def test_a_call_gets_an_id_that_is_free(self) -> None:
        reader = StructuredReply(request(asked("x"), called("list_files", "000000001"), result()))
        reader.take_text(json.dumps(READ))
        reply = CompletedPart(message=AssistantMessage(text=json.dumps(READ)), finish="stop", usage=None)
        last = reader.complete(reply)[-1]
        assert isinstance(last, CompletedPart)
        assert last.message.tool_calls[0].id not in ("", "000000001")
