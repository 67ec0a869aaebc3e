"""Events folded into blocks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import pytest

from vtcode.actions import CommandAction, ReadAction, WriteAction
from vtcode.commands.checks import Check, report
from vtcode.details import CommandDetails, DiffDetails, PlanDetails, PlanStep, TextDetails
from vtcode.events import (
    CommandRan,
    ContextCompacted,
    Event,
    HistoryCleared,
    ModelLoading,
    Notice,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    SessionStarted,
    ToolAwaitingInput,
    ToolCallDelta,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.frontends.tui.blocks import (
    Block,
    CommandBlock,
    FooterBlock,
    HeaderBlock,
    LiveBlock,
    NoticeBlock,
    ReasoningBlock,
    ReplyBlock,
    ToolBlock,
    UserBlock,
)
from vtcode.frontends.tui.rendering.block_lines import block_lines
from vtcode.frontends.tui.transcript import MAX_OUTPUT_CHARS, Transcript
from vtcode.messages import AssistantMessage, ToolCall, Usage

BlockT = TypeVar("BlockT", bound=Block)
ENDED = TurnEnded(turn=1, outcome="completed", usage=Usage(prompt_tokens=1240, completion_tokens=310))


def completed(text: str = "", reasoning: str = "") -> ReplyCompleted:
    message = AssistantMessage(text=text, reasoning=reasoning)
    usage = Usage(completion_tokens=310)
    return ReplyCompleted(message=message, finish="stop", usage=usage, tokens_per_s=12.34)


def started(call_id: str = "1", command: str = "make test") -> ToolStarted:
    action = CommandAction(command=command, cwd="/w", timeout_s=9)
    return ToolStarted(call=ToolCall(id=call_id, name="run_pty_cmd", arguments="{}"), action=action)


def finished(call_id: str = "1", **changes: Any) -> ToolFinished:
    details = CommandDetails(command="make test", output="ok\n", exit_code=0)
    event = ToolFinished(
        call_id=call_id, name="run_pty_cmd", status="completed", text="ok", details=details, duration_s=2.14
    )
    return dataclasses.replace(event, **changes)


def told(*events: Event) -> Transcript:
    transcript = Transcript(clock=iter(range(0, 1000, 12)).__next__)
    for event in events:
        transcript.apply(event)
    return transcript


def kinds(transcript: Transcript) -> list[type[Block]]:
    return [type(block) for block in transcript.blocks]


def only(transcript: Transcript, kind: type[BlockT]) -> BlockT:
    [block] = [block for block in transcript.blocks if isinstance(block, kind)]
    return block


def shown(block: Block, width: int = 80) -> list[str]:
    return [line.text.rstrip() for line in block_lines(block, width)]  # type: ignore[arg-type]


def test_a_turn_becomes_what_was_said_in_order() -> None:
    transcript = told(
        TurnStarted(turn=1, text="hi"),
        ReplyDelta(text="he"),
        ReplyDelta(text="llo"),
        completed("hello"),
        ENDED,
    )
    assert kinds(transcript) == [UserBlock, ReplyBlock, FooterBlock]
    assert only(transcript, ReplyBlock).text.whole == "hello"
    assert not only(transcript, ReplyBlock).open


def test_reasoning_folds_with_its_time_once_the_answer_starts() -> None:
    transcript = told(ReasoningDelta(text="hm"))
    block = only(transcript, ReasoningBlock)
    assert shown(block) == ["▾ thinking …", "  hm"]
    transcript.apply(ReplyDelta(text="so"))
    assert shown(block) == ["▸ thought for 12 s"]


def test_reasoning_that_shall_always_show_does_not_fold() -> None:
    transcript = Transcript()
    transcript.set_reasoning_mode("always")
    for event in (ReasoningDelta(text="hm"), ReplyDelta(text="so")):
        transcript.apply(event)
    assert not only(transcript, ReasoningBlock).folded


def test_a_replayed_reply_without_pieces_shows_whole() -> None:
    transcript = told(TurnStarted(turn=1, text="hi"), completed("hello", reasoning="hm"), ENDED)
    assert kinds(transcript) == [UserBlock, ReasoningBlock, ReplyBlock, FooterBlock]
    assert only(transcript, ReasoningBlock).folded


def test_the_completed_reply_has_the_last_word() -> None:
    transcript = told(ReplyDelta(text="hel"), completed("hello"))
    assert only(transcript, ReplyBlock).text.whole == "hello"


def test_blank_pieces_make_no_block() -> None:
    assert kinds(told(ReasoningDelta(text="\n"), ReplyDelta(text=" \n"), completed(""))) == []


LIVE = [
    pytest.param(ModelLoading(model="m", progress=None), "loading m …", id="loading"),
    pytest.param(
        ModelLoading(model="m", progress=0.4),
        f"loading m: 40%  {'━' * 8}{'─' * 12}",
        id="loading share",
    ),
    pytest.param(
        PromptProgress(processed_tokens=None, total_tokens=1234, estimated=True),
        "reading the prompt … ~1,234 tokens",
        id="prefill estimated",
    ),
    pytest.param(
        PromptProgress(processed_tokens=50, total_tokens=100, cached_tokens=10),
        "reading the prompt … 50 of 100 tokens (50%), 10 of them cached",
        id="prefill",
    ),
    pytest.param(
        ToolCallDelta(index=0, name="write_file", text="x" * 1240),
        "writing write_file … 1,240 characters",
        id="writing",
    ),
]


@pytest.mark.parametrize(("event", "words"), LIVE)
def test_progress_shows_in_one_line_that_goes_when_the_answer_begins(event: Event, words: str) -> None:
    transcript = told(event, event) if not isinstance(event, ToolCallDelta) else told(event)
    assert shown(only(transcript, LiveBlock)) == [f"· {words}"]
    transcript.apply(ReplyDelta(text="so"))
    assert kinds(transcript) == [ReplyBlock]


def test_a_notice_during_progress_stands_above_it() -> None:
    begun = TurnStarted(turn=1, text="hello")
    transcript = told(begun, ModelLoading(model="m", progress=None), Notice(level="info", text="n"))
    assert kinds(transcript) == [UserBlock, NoticeBlock, LiveBlock]
    ids = [block.id for block in transcript.blocks]
    assert ids == sorted(set(ids))


def test_what_is_told_after_a_model_was_loaded_by_hand_ends_its_progress() -> None:
    transcript = told(ModelLoading(model="m", progress=0.5), Notice(level="error", text="no memory"))
    assert kinds(transcript) == [NoticeBlock]


def test_a_discarded_answer_folds_away() -> None:
    transcript = told(ReplyDelta(text="half an"), ReplyDiscarded(reason="the connection broke"))
    assert shown(only(transcript, ReplyBlock)) == ["▸ discarded answer"]
    transcript.apply(ReplyDelta(text="whole"))
    assert kinds(transcript) == [ReplyBlock, ReplyBlock]


@pytest.mark.parametrize("reason", ["cut", ""])
def test_a_discarded_answer_of_which_nothing_was_seen_leaves_nothing(reason: str) -> None:
    transcript = told(PromptProgress(processed_tokens=1, total_tokens=2), ReplyDiscarded(reason=reason))
    assert kinds(transcript) == []


def test_what_loads_before_the_session_begins_is_gone_once_it_has() -> None:
    begun = SessionStarted(
        session_id="1",
        workspace="/w",
        provider="p",
        model="m",
        window_tokens=None,
        system_prompt="",
        tools=(),
    )
    assert kinds(told(ModelLoading(model="m", progress=0.5), begun)) == [HeaderBlock]


def test_a_command_of_the_users_own_shows_its_last_lines_and_who_does_not_see_them() -> None:
    output = "".join(f"line {number}\n" for number in range(30))
    details = CommandDetails(command="ls", output=output, exit_code=0)
    event = finished("user_1", details=details, duration_s=0.0)
    block = only(told(started("user_1", "ls"), event), ToolBlock)
    head, left_out, *lines = shown(block)
    assert head == "✓ $ ls · exit 0 · not shown to the model ▸"
    assert left_out == "    … 10 lines before this"
    assert [line.strip() for line in lines] == [f"line {number}" for number in range(10, 30)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param('{"limit": 3, "path": "../x"}', "../x", id="path"),
        pytest.param('{"path": 7, "pattern": "a"}', "a", id="no text"),
        pytest.param('{"n": 1}', '{"n": 1}', id="nothing telling"),
        pytest.param("[1]", "[1]", id="no object"),
        pytest.param('{"path": ', '{"path": ', id="no JSON"),
    ],
)
def test_a_call_that_was_not_understood_shows_its_most_telling_argument(arguments: str, words: str) -> None:
    call = ToolCall(id="1", name="read_file", arguments=arguments)
    block = only(told(ToolStarted(call=call, action=None)), ToolBlock)
    assert block.summary == words


def test_what_was_left_out_of_an_output_is_one_true_number() -> None:
    details = CommandDetails(command="", output="é\n" * 500, exit_code=0, dropped_bytes=1_000)
    block = only(told(started(), finished(details=details)), ToolBlock)
    block.folded = False
    assert "    … 2,380 bytes before this (Enter)" in shown(block)


def test_a_command_that_was_cancelled_is_not_said_to_go_on() -> None:
    details = CommandDetails(command="make test", output="", exit_code=None)
    block = only(told(started(), finished(status="cancelled", details=details)), ToolBlock)
    assert "cancelled" in shown(block)[0]
    assert "background" not in shown(block)[0]


@pytest.mark.parametrize("event", [UserMessageAdded, partial(TurnStarted, turn=2)], ids=["note", "turn"])
def test_what_the_program_tells_the_model_is_one_line_and_not_the_users(
    event: Callable[..., UserMessageAdded | TurnStarted],
) -> None:
    block = only(told(event(text="[Note from vtcode: plan mode] Change nothing.")), NoticeBlock)
    assert shown(block) == ["▸ The model was told: plan mode"]
    block.folded = False
    assert "Change nothing." in "".join(shown(block))


def test_a_call_goes_through_its_states_in_one_line() -> None:
    transcript = told(started())
    block = only(transcript, ToolBlock)
    assert shown(block) == ["• run_pty_cmd make test · running ▸"]
    transcript.apply(PermissionRequested(call_id="1", rule="r", reason=""))
    assert shown(block) == ["? run_pty_cmd make test · waits for your answer ▸"]
    transcript.apply(PermissionResolved(call_id="1", decision="allow", scope="once"))
    transcript.apply(ToolAwaitingInput(call_id="1", prompt="Password:"))
    assert shown(block) == ["? run_pty_cmd make test · waits for input: Password ▸"]
    transcript.apply(ToolOutputDelta(call_id="1", text="a\r\nb\r\n"))
    assert shown(block) == ["• run_pty_cmd make test · running ▸", "    a", "    b"]
    transcript.apply(finished())
    assert shown(block) == ["✓ run_pty_cmd make test · exit 0 · 2.1 s ▸"]
    block.folded = False
    assert shown(block)[1:] == ["    $ make test", "    ok"]


def test_calls_that_interleave_keep_apart() -> None:
    transcript = told(
        started("1"), started("2", "ls"), finished("2", text="x"), finished("1", status="failed")
    )
    first, second = transcript.blocks
    assert isinstance(first, ToolBlock)
    assert isinstance(second, ToolBlock)
    assert (first.state, second.state) == ("failed", "completed")


TAKEN_IN_PART = DiffDetails(
    path="p", diff="", added_lines=3, removed_lines=1, creates=False, hunks=1, asked_hunks=2
)
STATUSES = [
    pytest.param({"status": "failed", "details": TextDetails(text="")}, "✗ failed", id="f"),
    pytest.param({"status": "denied", "details": TextDetails(text="")}, "✗ denied", id="d"),
    pytest.param(
        {"status": "cancelled", "details": TextDetails(text="")},
        "✗ cancelled",
        id="c",
    ),
    pytest.param(
        {"details": DiffDetails(path="p", diff="", added_lines=3, removed_lines=1, creates=False)},
        "✓ +3 -1",
        id="diff",
    ),
    pytest.param({"details": TAKEN_IN_PART}, "✓ +3 -1 · 1 of 2 hunks", id="diff in part"),
    pytest.param(
        {"details": TextDetails(text="x", summary="120 lines")},
        "✓ 120 lines",
        id="text",
    ),
    pytest.param(
        {"details": TextDetails(text=""), "text": "outside the workspace\nStay.", "status": "failed"},
        "✗ outside the workspace",
        id="why it failed",
    ),
    pytest.param(
        {"details": TextDetails(text=""), "text": "Denied by a rule", "status": "denied"},
        "✗ Denied by a rule",
        id="why it was denied",
    ),
    pytest.param(
        {"details": CommandDetails(command="", output="", exit_code=None)},
        "✓ in the background",
        id="background",
    ),
    pytest.param(
        {"details": CommandDetails(command="", output="", exit_code=-9, timed_out=True), "status": "failed"},
        "✗ failed · timed out",
        id="timed out",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), STATUSES)
def test_how_a_call_ended_is_said_in_words(changes: dict[str, Any], expected: str) -> None:
    transcript = told(started(), finished(**{"text": "", **changes}, duration_s=0.0))
    symbol, _, words = expected.partition(" ")
    assert shown(only(transcript, ToolBlock)) == [f"{symbol} run_pty_cmd make test · {words} ▸"]


def test_a_plan_shows_unfolded() -> None:
    steps = (PlanStep(step="read", status="completed"), PlanStep(step="fix", status="in_progress"))
    transcript = told(started(), finished(details=PlanDetails(steps=steps), duration_s=0.0))
    assert shown(only(transcript, ToolBlock))[0].endswith("· 1 of 2 done ▾")
    assert shown(only(transcript, ToolBlock))[-2:] == ["    ✓ read", "    › fix"]


def test_a_denied_call_unfolds_to_what_the_model_was_told() -> None:
    resolved = PermissionResolved(call_id="1", decision="deny", scope="once", feedback="not now")
    transcript = told(started(), resolved, finished(status="denied", text="The user said no."))
    block = only(transcript, ToolBlock)
    block.folded = False
    assert shown(block)[1:] == ["    $ make test", "    your answer: not now", "    The user said no."]


def test_a_command_hides_nothing_in_its_one_line() -> None:
    transcript = told(started(command="ls\nrm -rf x \x1b[8m\u202e"))
    assert shown(only(transcript, ToolBlock))[0].startswith(r"• run_pty_cmd ls\nrm -rf x \x1b[8m\u202e")


def test_a_line_too_long_keeps_how_the_call_ended() -> None:
    action = ReadAction(path="x", summary="a/very/long/path/" * 9)
    event = ToolStarted(call=ToolCall(id="1", name="read_file", arguments="{}"), action=action)
    transcript = told(event, finished(status="failed", text="", details=TextDetails(text=""), duration_s=0.0))
    [line] = shown(only(transcript, ToolBlock), 40)
    assert line == "✗ read_file a/very/l…ng/path/ · failed ▸"


@pytest.mark.parametrize("width", [40, 60])
def test_why_a_call_failed_stands_below_its_line_where_that_is_narrow(width: int) -> None:
    action = ReadAction(path="x", summary="src/deeply/nested/folders/with_names/main.py")
    event = ToolStarted(call=ToolCall(id="1", name="edit_file", arguments="{}"), action=action)
    reason = "Error: old_str was not found in main.py, but something like it, in line 3."
    failed = finished(status="failed", text=reason, details=None, duration_s=0.0)
    block = only(told(event, failed), ToolBlock)
    head, *below = shown(block, width)
    assert head.startswith("✗ edit_file src/deep")
    assert head.endswith("main.py · failed ▸")
    assert " ".join(" ".join(below).split()) == reason.removeprefix("Error: ")
    assert len(shown(block, 100)) == 1


def test_a_narrow_line_keeps_how_a_call_went_and_that_it_unfolds() -> None:
    action = ReadAction(path="x", summary="a_pattern_of_some_length in src/deeply/nested")
    searched = ToolStarted(call=ToolCall(id="1", name="grep_file", arguments="{}"), action=action)
    details = TextDetails(text="", summary="12 matches in 3 files")
    block = only(told(searched, finished(details=details, duration_s=0.0)), ToolBlock)
    assert shown(block, 56) == ["✓ grep_file a_patter…ly/nested · 12 matches in 3 files ▸"]
    assert shown(block, 40) == ["✓ grep_file a_pat…ested · 12 matches … ▸"]


def test_a_file_that_is_made_says_so() -> None:
    action = WriteAction(path="a.py", diff="", added_lines=1, removed_lines=0, creates=True)
    transcript = told(ToolStarted(call=ToolCall(id="1", name="write_file", arguments="{}"), action=action))
    assert shown(only(transcript, ToolBlock))[0].startswith("• write_file a.py (new) · running")


def test_live_output_keeps_only_its_tail() -> None:
    transcript = told(started(), *[ToolOutputDelta(call_id="1", text="x" * 99 + "\n") for _ in range(3_000)])
    output = only(transcript, ToolBlock).output.whole
    assert MAX_OUTPUT_CHARS // 2 < len(output) <= 2 * MAX_OUTPUT_CHARS
    assert output.startswith("x")


def test_a_turn_that_ends_closes_everything() -> None:
    transcript = told(
        ReasoningDelta(text="hm"),
        ReplyDelta(text="so"),
        started(),
        TurnEnded(turn=1, outcome="cancelled", usage=Usage(), duration_s=3.2),
    )
    assert only(transcript, ToolBlock).state == "cancelled"
    assert not only(transcript, ReplyBlock).open
    assert shown(only(transcript, FooterBlock)) == ["· interrupted · 3.2\u00a0s"]


def test_a_failed_turn_shows_its_error_with_the_next_step() -> None:
    transcript = told(
        TurnEnded(turn=1, outcome="failed", usage=Usage(), error="no\x1b[2J server", hint="start it")
    )
    assert kinds(transcript) == [NoticeBlock]
    assert shown(only(transcript, NoticeBlock)) == ["✗ error: no server", "  start it"]


def test_the_footer_says_what_the_turn_cost() -> None:
    transcript = told(completed("x"), dataclasses.replace(ENDED, duration_s=75.0))
    [line] = shown(only(transcript, FooterBlock))
    assert line.replace("\u00a0", " ") == "· 12.3 tokens/s · 1,240 in · 310 out · 1 min 15 s"


def test_the_time_that_questions_waited_is_not_the_turns() -> None:
    transcript = told(completed("x"), dataclasses.replace(ENDED, duration_s=40.0, waited_s=38.0))
    [line] = shown(only(transcript, FooterBlock))
    assert line.replace("\u00a0", " ").endswith("· 310 out · 2.0 s · 38 s for your answers")


def test_a_compaction_keeps_its_summary_behind_the_fold() -> None:
    transcript = told(
        ContextCompacted(before_tokens=3900, after_tokens=1800, summary="the goal", dropped=(1, 2, 3))
    )
    block = only(transcript, NoticeBlock)
    assert shown(block) == ["▸ compacted: ~3,900 → ~1,800 tokens; 3 messages summarised"]
    block.folded = False
    assert shown(block)[1:] == ["  the goal"]


def test_a_commands_answer_is_markdown_below_what_was_typed() -> None:
    transcript = told(CommandRan(command="/tools", text="**all** of [it]"))
    assert shown(transcript.blocks[0]) == ["› /tools", "  all of [it]"]


def test_a_report_quotes_what_would_be_markup_and_hangs_what_wraps() -> None:
    checks = [Check(name="server", verdict="warn", text="*a* `b` _c_ [d](e)" + " word" * 9, hint="Do that.")]
    transcript = told(CommandRan(command="/doctor", text=report(checks)))
    first, *others = shown(only(transcript, CommandBlock), 40)[1:]
    lines = [line for line in (first, *others) if line.strip()]
    assert "warn server: *a* `b` _c_ [d](e)" in lines[0]
    assert all(line.startswith("    ") for line in lines[1:])
    assert lines[-1].strip() == "Do that."


def test_a_message_that_joins_a_turn_is_the_users() -> None:
    assert shown(told(UserMessageAdded(text="  also\nthis [b]")).blocks[0]) == ["›   also", "  this [b]"]


def test_a_cleared_history_empties_the_transcript() -> None:
    transcript = told(TurnStarted(turn=1, text="hi"), ENDED)
    transcript.blocks.take_changes()
    transcript.apply(HistoryCleared())
    transcript.apply(TurnStarted(turn=2, text="again"))
    assert kinds(transcript) == [UserBlock]
    assert transcript.blocks.take_changes().first_new == 0


def test_changes_name_what_is_new_and_what_was_touched_in_place() -> None:
    transcript = told(TurnStarted(turn=1, text="hi"), ReplyDelta(text="a"))
    transcript.blocks.take_changes()
    transcript.apply(ReplyDelta(text="b"))
    changes = transcript.blocks.take_changes()
    assert (changes.first_new, changes.touched) == (2, frozenset({transcript.blocks[1].id}))
