from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.actions import CommandAction, ReadAction, WriteAction
from vtcode.commands.checks import Check, report
from vtcode.details import CommandDetails, Details, DiffDetails, PlanDetails, PlanStep, TextDetails
from vtcode.events import (
    CommandRan,
    ContextCompacted,
    Event,
    HistoryCleared,
    ModelLoading,
    ModelSelected,
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
    ToolStatus,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.frontends.line.app import WELCOME
from vtcode.frontends.line.palette import Palette, palette_for
from vtcode.frontends.line.rendering import Rendering
from vtcode.frontends.line.wording import wrapped
from vtcode.messages import AssistantMessage, ToolCall, Usage

COMMAND = CommandAction(command="pytest -q", cwd="/work", timeout_s=60.0)
DIFF = DiffDetails(
    path="a.py", diff="@@ -1 +1 @@\n-old\n+new\n", added_lines=1, removed_lines=1, creates=False
)


def shown(*events: Event, colours: bool = False, shows_reasoning: bool = True) -> str:
    rendering = Rendering(Palette(colours=colours), shows_reasoning=shows_reasoning)
    return "".join(rendering.render(event) for event in events)


def started(
    name: str = "run_pty_cmd", action: CommandAction | ReadAction | WriteAction = COMMAND
) -> ToolStarted:
    return ToolStarted(call=ToolCall(id="1", name=name, arguments="{}"), action=action)


def finished(details: Details, status: ToolStatus = "completed", text: str = "") -> ToolFinished:
    return ToolFinished(call_id="1", name="a_tool", status=status, text=text, details=details)


def command_ended(exit_code: int | None, *, timed_out: bool = False, dropped_bytes: int = 0) -> ToolFinished:
    details = CommandDetails(
        command="x", output="", exit_code=exit_code, timed_out=timed_out, dropped_bytes=dropped_bytes
    )
    return finished(details)


def completed(text: str = "") -> ReplyCompleted:
    return ReplyCompleted(message=AssistantMessage(text=text), finish="stop", usage=Usage())


def ended(error: str = "", hint: str = "") -> TurnEnded:
    return TurnEnded(
        turn=1,
        outcome="failed" if error else "completed",
        usage=Usage(completion_tokens=12),
        duration_s=1.5,
        error=error,
        hint=hint,
    )


def test_a_turn_reads_from_top_to_bottom() -> None:
    text = shown(
        TurnStarted(turn=1, text="Run the tests"),
        ReasoningDelta(text="\nThe user wants"),
        ReasoningDelta(text=" tests."),
        ReplyDelta(text="I run "),
        ReplyDelta(text="them."),
        completed(),
        started(),
        ToolOutputDelta(call_id="1", text="..F\n1 fail"),
        ToolOutputDelta(call_id="1", text="ed\n"),
        command_ended(1),
        ReplyDelta(text="One fails."),
        completed(),
        ended(),
    )
    assert text == (
        "[you] Run the tests\n"
        "[reasoning] The user wants tests.\n"
        "[answer] I run them.\n"
        "[tool] run_pty_cmd: pytest -q\n"
        "  | ..F\n"
        "  | 1 failed\n"
        "[done: exit code 1]\n"
        "One fails.\n"
        "[done] 12 tokens written in 1.5 s\n"
    )


def test_hidden_reasoning_leaves_no_trace() -> None:
    text = shown(ReasoningDelta(text="Hm."), ReplyDelta(text="Yes."), shows_reasoning=False)
    assert text == "Yes."


def test_blanks_before_an_answer_are_not_shown() -> None:
    assert shown(ReplyDelta(text="\n\n"), ReplyDelta(text=" Yes"), ReplyDelta(text="\n\nNo")) == "Yes\n\nNo"


def test_progress_is_told_in_few_lines() -> None:
    loading = [ModelLoading(model="m", progress=share / 100) for share in range(100)]
    assert shown(*loading) == "[loading] m\n[loading] m, 25%\n[loading] m, 50%\n[loading] m, 75%\n"


def test_loading_without_numbers_is_told_once() -> None:
    assert shown(*[ModelLoading(model="m", progress=None)] * 3) == "[loading] m\n"


def test_a_prompt_that_is_read_in_one_go_is_not_worth_a_line() -> None:
    assert shown(PromptProgress(processed_tokens=40, total_tokens=40)) == ""
    assert shown(PromptProgress(processed_tokens=256, total_tokens=1024)) == (
        "[reading] The model reads 1,024 tokens, 25%\n"
    )


def test_a_long_call_being_written_is_told_once() -> None:
    deltas = [ToolCallDelta(index=0, name="write_file", text="x" * 90) for _ in range(9)]
    assert shown(*deltas) == "[writing] A call of write_file\n"


def test_a_short_call_being_written_is_not_worth_a_line() -> None:
    deltas = [ToolCallDelta(index=0, name="read_file", text=piece) for piece in ('{"', 'path"', ":")]
    assert shown(*deltas) == ""


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (command_ended(0), "[done: exit code 0]"),
        (command_ended(-9), "[done: ended by signal 9]"),
        (command_ended(None), "[done: goes on in the background]"),
        (command_ended(None, timed_out=True), "[done: stopped at its time limit]"),
        (command_ended(0, dropped_bytes=2048), "[done: exit code 0; 2,048 bytes of its output were cut]"),
        (finished(TextDetails(text="x", summary="120 lines")), "[done: 120 lines]"),
        (finished(TextDetails(text=""), "failed", "No such file.\nMore."), "[failed: No such file.]"),
        (finished(TextDetails(text=""), "denied", "Denied by the user"), "[denied: Denied by the user]"),
        (finished(TextDetails(text=""), "cancelled", "Interrupted"), "[cancelled]"),
    ],
)
def test_every_end_of_a_call_is_told_in_words(event: ToolFinished, words: str) -> None:
    assert shown(event) == f"{words}\n"


def test_a_diff_is_shown_where_no_question_has_shown_it() -> None:
    asked = PermissionRequested(call_id="1", rule="built-in", reason="it writes")
    assert shown(finished(DIFF)) == "[done: a.py, 1 line added, 1 removed]\n@@ -1 +1 @@\n-old\n+new\n"
    assert shown(asked, finished(DIFF)) == "[done: a.py, 1 line added, 1 removed]\n"


def test_a_change_that_was_taken_in_part_says_so() -> None:
    assert shown(finished(replace(DIFF, hunks=1, asked_hunks=2))).startswith(
        "[done: a.py, 1 line added, 1 removed, 1 of 2 hunks]\n"
    )


def test_the_time_that_questions_waited_is_told_apart() -> None:
    text = shown(replace(ended(), duration_s=40.0, waited_s=38.0))
    assert text == "[done] 12 tokens written in 2.0 s, and 38 s for your answers\n"


def test_a_plan_has_its_status_in_words() -> None:
    steps = (
        PlanStep(step="Read", status="completed"),
        PlanStep(step="Write", status="in_progress"),
        PlanStep(step="Test", status="pending"),
    )
    assert shown(finished(PlanDetails(steps=steps))) == (
        "[done: 3 steps]\n  done: Read\n  in progress: Write\n  to do: Test\n"
    )


def test_a_waiting_command_says_what_can_be_done() -> None:
    text = shown(
        ToolOutputDelta(call_id="1", text="Starting\nOverwrite? "),
        ToolAwaitingInput(call_id="1", prompt="Overwrite? "),
    )
    assert text.startswith("  | Starting\n[waiting] The command waits for input: Overwrite? \n")
    assert "/bg" in text
    assert "/kill" in text


def test_of_a_progress_bar_the_last_state_is_shown() -> None:
    bar = ToolOutputDelta(call_id="1", text="10%\r50%\r100%\r\ndone\n")
    assert shown(bar) == "  | 100%\n  | done\n"


def test_output_without_a_last_newline_is_not_lost() -> None:
    assert shown(ToolOutputDelta(call_id="1", text="no newline"), command_ended(0)).startswith(
        "  | no newline\n"
    )


def test_the_outputs_of_two_commands_do_not_mix() -> None:
    text = shown(
        ToolOutputDelta(call_id="1", text="one "),
        ToolOutputDelta(call_id="2", text="two\n"),
        ToolOutputDelta(call_id="1", text="one\n"),
    )
    assert text == "  | two\n  | one one\n"


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (HistoryCleared(), "[cleared]"),
        (HistoryCleared(from_turn=3), "[rewound] The conversation goes on as it was before turn 3."),
        (ModelSelected(provider="p", model="m", window_tokens=8192), "m answers from now on, window 8,192"),
        (UserMessageAdded(text="also this"), "[you, added] also this"),
        (
            UserMessageAdded(text="[Note from vtcode: plan mode] Change nothing."),
            "[note] The model was told: plan mode\n",
        ),
        (
            UserMessageAdded(text="[Note from vtcode: files] The user took back: a.py."),
            "[note] The model was told: The user took back: a.py.",
        ),
        (
            TurnStarted(turn=2, text="[Note from vtcode: connection] Go on."),
            "[note] The model was told: Go on.",
        ),
        (
            ContextCompacted(before_tokens=7000, after_tokens=3000, stubbed=("1", "2")),
            "[compacted] ~7,000 → ~3,000 tokens; 2 results stubbed",
        ),
        (Notice(level="warning", text="Careful.", hint="Do this."), "[warning] Careful. Do this."),
        (ended(error="No server.", hint="Start it."), "[failed] No server.\n[next step] Start it."),
        (PermissionResolved(call_id="1", decision="allow", scope="session"), "[allowed] for this session"),
        (
            PermissionResolved(call_id="1", decision="deny", scope="once", feedback="not now"),
            "[refused: not now]",
        ),
        (PermissionResolved(call_id="1", decision="cancelled", scope="once"), "[question withdrawn]"),
        (CommandRan(command="/x", text="# Title\n| `a` | b |\n| --- | --- |"), "Title\na: b\n"),
        (CommandRan(command="/x", text="| Rule | |\n| --- | --- |\n| `a \\| b` | c |"), "Rule\na | b: c\n"),
    ],
)
def test_facts_are_told_in_words(event: Event, says: str) -> None:
    assert says in shown(event)


def test_half_an_answer_is_said_not_to_count_and_one_that_never_came_is_not_mentioned() -> None:
    discarded = ReplyDiscarded(reason="the stream broke")
    assert shown(discarded) == ""
    told = shown(ReplyDelta(text="half"), discarded, discarded)
    assert told == "half\n[discarded] The answer so far does not count.\n"


def test_a_turn_that_was_stopped_counts_no_tokens_where_nobody_did() -> None:
    event = TurnEnded(turn=1, outcome="cancelled", usage=Usage(), duration_s=1.5)
    assert shown(ReplyDelta(text="half"), event) == "half\n[stopped] after 1.5 s\n"


@given(width=st.integers(min_value=20, max_value=200))
def test_the_greeting_breaks_between_words(width: int) -> None:
    lines = wrapped(WELCOME, width).split("\n")
    assert " ".join(lines) == WELCOME
    assert max(map(len, lines)) < width


def test_a_report_is_plain_and_breaks_between_words_at_the_terminals_width() -> None:
    checks = [Check(name="server", verdict="fail", text="a `*b*` [c] \\d" + " word" * 20, hint="Do that.")]
    rendering = Rendering(Palette(colours=False), width=lambda: 40)
    text = rendering.render(CommandRan(command="/doctor", text=report(checks)))
    first, *others = text.rstrip("\n").split("\n")
    assert first.startswith("- fail server: a `*b*` [c] \\d word")
    assert all(line.startswith("  ") and len(line) < 40 for line in others)
    assert others[-1] == "  Do that."


def test_a_notice_breaks_between_words_and_what_the_user_typed_stays_as_it_is() -> None:
    rendering = Rendering(Palette(colours=False), width=lambda: 30)
    told = rendering.render(Notice(level="info", text="word " * 12)).split("\n")
    assert max(map(len, told)) < 30
    assert set(" ".join(told).split()) == {"[info]", "word"}
    typed = "a\tb  " * 12
    assert rendering.render(TurnStarted(turn=1, text=typed)) == f"[you] {typed}\n"


def test_a_session_says_who_answers_and_where() -> None:
    event = SessionStarted(
        session_id="1",
        workspace="/home/me/project",
        provider="lmstudio",
        model="coder",
        window_tokens=8192,
        system_prompt="",
        tools=(),
    )
    assert shown(event) == "[session] coder on lmstudio, window 8,192 tokens, in /home/me/project\n"


def test_colours_end_with_each_line() -> None:
    for line in shown(finished(DIFF), ReasoningDelta(text="a\nb"), colours=True).split("\n"):
        assert line.count("\x1b[") == 2 * line.count("\x1b[0m")


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours_are_for_terminals_that_have_them(environment: dict[str, str], colours: bool) -> None:
    assert palette_for(environment) == Palette(colours=colours)


HOSTILE = st.text(alphabet=st.sampled_from("a \n\r\t\x1b[]0;m\x07\x9b\u202e\x7f\x00\\"), max_size=30)


@given(HOSTILE)
def test_no_foreign_text_brings_a_control_character_to_the_screen(foreign: str) -> None:
    details = CommandDetails(command=foreign, output=foreign, exit_code=0)
    diff = DiffDetails(path=foreign, diff=f"+{foreign}", added_lines=1, removed_lines=0, creates=True)
    text = shown(
        ReasoningDelta(text=f"x{foreign}"),
        ReplyDelta(text=f"x{foreign}"),
        ReplyDelta(text=foreign),
        ModelLoading(model=foreign, progress=None),
        ToolCallDelta(index=0, name=foreign, text=foreign),
        started(foreign, CommandAction(command=foreign, cwd=foreign, timeout_s=1.0)),
        started(foreign, ReadAction(path=foreign, summary=foreign)),
        started(
            foreign, WriteAction(path=foreign, diff=foreign, added_lines=1, removed_lines=0, creates=True)
        ),
        ToolOutputDelta(call_id="1", text=foreign),
        ToolAwaitingInput(call_id="1", prompt=foreign),
        ToolOutputDelta(call_id="1", text=foreign),
        finished(details),
        finished(diff),
        finished(TextDetails(text=foreign, summary=foreign)),
        finished(TextDetails(text=foreign), "failed", foreign),
        finished(PlanDetails(steps=(PlanStep(step=foreign, status="pending"),))),
        Notice(level="error", text=foreign, hint=foreign),
        ended(error=foreign, hint=foreign),
        CommandRan(command="/x", text=foreign),
    )
    assert not set(text) & set("\r\x1b\x07\x9b\u202e\x7f\x00")
