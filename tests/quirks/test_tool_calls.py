"""Tool calls as servers and models mangle them, through whole sessions: the file is read all the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.quirks.conversation import MODEL, READ_HELLO, Conversation, calling
from tests.support.emulator import Emulator
from tests.support.program import run_vtcode
from tests.support.replies import completed_of
from vtcode.events import Notice, ReplyCompleted, ToolStarted
from vtcode.messages import ToolDefinition, UserMessage
from vtcode.providers.base import CompletedPart, Request
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import ScriptedCall, Turn
from vtcode.providers.tool_modes import speak

TEXT_FORMATS = {
    "hermes": '<tool_call>\n{"name": "read_file", "arguments": {"path": "hello.txt"}}\n</tool_call>',
    "qwen coder": "<tool_call>\n<function=read_file>\n<parameter=path>\nhello.txt\n</parameter>\n</function>"
    "\n</tool_call>",
    "lm studio": '[TOOL_REQUEST]{"name": "read_file", "arguments": {"path": "hello.txt"}}[END_TOOL_REQUEST]',
    "mistral": '[TOOL_CALLS]read_file[ARGS]{"path": "hello.txt"}',
    "mistral list": '[TOOL_CALLS][{"name": "read_file", "arguments": {"path": "hello.txt"}}]',
    "harmony": "<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>"
    '{"path": "hello.txt"}',
    "lfm2": '<|tool_call_start|>[read_file(path="hello.txt")]<|tool_call_end|>',
    "cohere": '<|START_ACTION|>[{"tool_call_id": "0", "tool_name": "read_file", '
    '"parameters": {"path": "hello.txt"}}]<|END_ACTION|>',
    "llama": '{"name": "read_file", "parameters": {"path": "hello.txt"}}',
}


def reads_the_file(conversation: Conversation) -> bool:
    return any("good morning" in result for result in conversation.results)


async def test_q05_no_tool_choice_is_an_object(conversation: Conversation) -> None:
    conversation.emulator.script(calling(), Turn(text="done"))

    await conversation.say("read it")

    assert all(isinstance(body.get("tool_choice", "auto"), str) for body in conversation.asked)


async def test_q06_no_call_is_ever_required_of_the_server(conversation: Conversation) -> None:
    conversation.emulator.script(calling(), Turn(text="done"))

    await conversation.say("read it")
    run_vtcode(
        "doctor",
        cwd=conversation.bench.workspace,
        home=conversation.bench.folder,
        environment=at(conversation),
    )

    assert len(conversation.asked) > 2
    assert all(body.get("tool_choice", "auto") == "auto" for body in conversation.asked)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"$schema": "x", "type": "object", "properties": {"a": {"type": "string"}}},
    ],
)
async def test_q07_a_schema_that_the_server_would_refuse_is_completed(
    emulator: Emulator, provider: LmStudioProvider, schema: dict[str, object]
) -> None:
    tool = ToolDefinition(name="probe", description="", parameters=schema)
    request = Request(model=MODEL, messages=(UserMessage(text="hello"),), tools=(tool,))

    parts = [part async for part in provider.stream_reply(request)]

    assert parts
    sent = json.loads(emulator.replies_asked[0].body)["tools"][0]["function"]["parameters"]
    assert sent["type"] == "object"
    assert "properties" in sent
    assert "$schema" not in sent


@pytest.mark.parametrize("written", TEXT_FORMATS.values(), ids=list(TEXT_FORMATS))
async def test_q08_a_call_that_is_left_as_text_is_run(conversation: Conversation, written: str) -> None:
    conversation.emulator.script(Turn(text=written, piece_chars=3), Turn(text="It says good morning."))

    await conversation.say("read hello.txt")

    assert reads_the_file(conversation)
    assert conversation.recorder.of(ReplyCompleted)[0].message.text == ""
    assert conversation.answer == "It says good morning."


async def test_q09_a_call_that_the_server_dropped_is_asked_for_again(conversation: Conversation) -> None:
    conversation.emulator.script(Turn(), calling(), Turn(text="It says good morning."))

    await conversation.say("read hello.txt")

    assert reads_the_file(conversation)
    assert conversation.outcome == "completed"


async def test_q10_a_call_inside_the_reasoning_counts_where_there_is_nothing_else(
    conversation: Conversation,
) -> None:
    conversation.emulator.script(
        Turn(reasoning=f"I should look. {TEXT_FORMATS['hermes']}"),
        Turn(reasoning=f"Shall I {TEXT_FORMATS['hermes']}?", text="It says good morning."),
    )

    await conversation.say("read hello.txt")

    assert len(conversation.recorder.of(ToolStarted)) == 1
    assert conversation.answer == "It says good morning."


async def test_q11_a_call_without_an_id_gets_one_that_the_server_takes_back(
    conversation: Conversation,
) -> None:
    conversation.emulator.faults.tool_empty_id = True
    conversation.emulator.script(calling(), Turn(text="done"))

    await conversation.say("read it")

    assert reads_the_file(conversation)
    assert conversation.outcome == "completed"


async def test_q12_the_same_call_nine_times_is_run_once(conversation: Conversation) -> None:
    conversation.emulator.faults.tool_duplicate = 9
    conversation.emulator.script(calling(), Turn(text="done"))

    await conversation.say("read it")

    assert len(conversation.recorder.of(ToolStarted)) == 1


@pytest.mark.parametrize("finish", ["stop", "tool_calls"])
async def test_q13_whether_there_are_calls_decides_not_the_finish_reason(
    conversation: Conversation, finish: str
) -> None:
    turn = replace(calling(), finish=finish)  # type: ignore[arg-type]
    conversation.emulator.script(turn, Turn(text="done"))

    await conversation.say("read it")

    assert reads_the_file(conversation)


async def test_q14_an_empty_list_of_calls_is_no_call(emulator: Emulator, provider: LmStudioProvider) -> None:
    completed = await completed_of(provider, MODEL)

    assert completed.message.tool_calls == ()
    assert completed.finish == "stop"


async def test_q15_blank_names_on_later_chunks_change_nothing(conversation: Conversation) -> None:
    conversation.emulator.faults.tool_name_blank_chunks = True
    conversation.emulator.script(calling(), Turn(text="done"))

    await conversation.say("read it")

    assert reads_the_file(conversation)


async def test_q16_arguments_come_in_one_piece_or_cut_and_never_stay_broken(
    conversation: Conversation,
) -> None:
    conversation.emulator.faults.tool_args_single_chunk = True
    cut = ScriptedCall(name="read_file", arguments='{"path": "hel')
    conversation.emulator.script(Turn(calls=(cut,), finish="length"), calling(), Turn(text="done"))

    await conversation.say("read it")

    assert reads_the_file(conversation)
    for body in conversation.asked:
        calls = [call for message in body["messages"] for call in message.get("tool_calls", [])]
        assert all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls)


@pytest.mark.parametrize("name", ["Read_File", "read-file", "functions.read_file", "readFile"])
async def test_q17_a_name_that_was_altered_is_the_tool_that_is_meant(
    conversation: Conversation, name: str
) -> None:
    conversation.emulator.script(calling(replace(READ_HELLO, name=name)), Turn(text="done"))

    await conversation.say("read it")

    assert reads_the_file(conversation)


@pytest.mark.parametrize("written", [TEXT_FORMATS["hermes"], TEXT_FORMATS["llama"]])
async def test_q18_without_tools_nothing_is_read_as_a_call(
    emulator: Emulator, provider: LmStudioProvider, written: str
) -> None:
    emulator.script(Turn(text=written))
    request = Request(model=MODEL, messages=(UserMessage(text="hello"),))

    parts = [part async for part in speak(provider, request)]

    assert isinstance(parts[-1], CompletedPart)
    assert parts[-1].message.text == written
    assert not parts[-1].message.tool_calls


async def test_q25_harmony_tokens_in_a_name_are_cut(conversation: Conversation) -> None:
    leaked = replace(READ_HELLO, name="read_file<|channel|>commentary")
    conversation.emulator.script(calling(leaked), Turn(text="<|channel|>final<|message|>All done."))

    await conversation.say("read it")

    assert reads_the_file(conversation)
    assert conversation.answer == "All done."


async def test_q49_an_answer_that_stops_in_the_middle_is_told(conversation: Conversation) -> None:
    conversation.emulator.script(Turn(text=" ".join(map(str, range(12_000))) + " and then the func"))

    recorder = await conversation.say("explain everything")

    assert any("cut" in notice.text for notice in recorder.of(Notice))


@pytest.mark.parametrize(
    ("broken", "verdict"), [(False, "native"), (True, "structured")], ids=["sound", "dropped calls"]
)
async def test_q56_the_doctor_finds_the_mode_in_which_this_version_calls_tools(
    conversation: Conversation, broken: bool, verdict: str
) -> None:
    conversation.emulator.faults.tool_dropped = broken
    say_it = Turn(text='{"say": "", "call": {"name": "read_file", "arguments": {"path": "hello.txt"}}}')
    conversation.emulator.script(calling(), say_it)

    ran = run_vtcode(
        "doctor",
        cwd=conversation.bench.workspace,
        home=conversation.bench.folder,
        environment=at(conversation),
    )

    assert verdict in ran.stdout


def at(conversation: Conversation) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": conversation.emulator.url}
