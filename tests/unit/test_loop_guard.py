from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vtcode.agent.loop_guard import STUCK_AT, TOLD_AT, LoopGuard
from vtcode.messages import ToolCall


def call(arguments: str = "{}", name: str = "run_pty_cmd") -> ToolCall:
    return ToolCall(id="c", name=name, arguments=arguments)


def test_the_same_call_with_the_same_result_is_told_and_then_found_stuck() -> None:
    guard = LoopGuard()
    told = [guard.note(call(), "completed", "exit code 0") for _ in range(TOLD_AT)]
    assert [bool(words) for words in told] == [False] * (TOLD_AT - 1) + [True]
    assert "3 in a row" in told[-1]
    assert not guard.stuck
    for _ in range(STUCK_AT - TOLD_AT):
        guard.note(call(), "completed", "exit code 0")
    assert "6 in a row" in guard.stuck


def test_a_circle_of_several_calls_is_found() -> None:
    guard = LoopGuard()
    for _ in range(4):
        for name in ("a", "b", "c"):
            guard.note(call(name), "completed", f"what {name} brings")
    assert guard.stuck


def test_something_new_in_between_ends_the_row() -> None:
    guard = LoopGuard()
    for number in range(20):
        assert not guard.note(call("pytest"), "completed", "exit code 0\n3 passed")
        assert not guard.note(call(f"edit {number}", "edit_file"), "completed", "written")


def test_the_same_error_of_different_calls_is_found() -> None:
    guard = LoopGuard()
    for number in range(STUCK_AT):
        guard.note(call(str(number), "edit_file"), "failed", f"a.py was not changed\nline {number}")
    assert "the same error" in guard.stuck


def test_the_same_error_of_a_command_is_found_however_often_files_are_edited_in_between() -> None:
    guard = LoopGuard()
    for number in range(STUCK_AT):
        guard.note(call(f"edit {number}", "edit_file"), "completed", f"a.py written, {number}")
        guard.note(call(f"ls {number}"), "completed", f"exit code 0\n{number} files")
        guard.note(call("pytest"), "failed", f"exit code 1\na.py:{number}: NameError: x")
        guard.note(call(f"{number}", "read_file"), "completed", f"line {number}")
    assert "the same error" in guard.stuck


def test_errors_are_counted_anew_where_the_command_worked_or_failed_otherwise() -> None:
    guard = LoopGuard()
    for number in range(2 * STUCK_AT):
        name = "abcdefghijklmnop"[number]
        assert not guard.note(call(f"edit {number}", "edit_file"), "completed", f"a.py written, {number}")
        assert not guard.note(call("pytest"), "failed", f"exit code 1\nfailed: test_{name}")
    for number in range(2 * STUCK_AT):
        assert not guard.note(call("make"), "failed", "exit code 1\nno target")
        assert not guard.note(call("make"), "completed", f"exit code 0\nbuilt {number}")


def test_a_tool_that_works_on_another_file_has_left_its_error_behind() -> None:
    guard = LoopGuard()
    for number in range(2 * STUCK_AT):
        assert not guard.note(call(f"{number}", "edit_file"), "failed", "a.py was not changed")
        assert not guard.note(call(f"b {number}", "edit_file"), "completed", f"b.py written, {number}")


def test_numbers_in_an_error_make_it_no_other_error() -> None:
    guard = LoopGuard()
    for number in range(STUCK_AT):
        guard.note(call(str(number)), "failed", f"exit code 1\nprocess {number}: no such device")
    assert guard.stuck


def test_commands_that_fail_without_a_word_are_no_row() -> None:
    guard = LoopGuard()
    for number in range(2 * STUCK_AT):
        assert not guard.note(call(f"grep {number}"), "failed", "exit code 1\n(no output)")


def test_what_the_user_denies_is_no_error_of_the_models() -> None:
    guard = LoopGuard()
    for number in range(2 * STUCK_AT):
        assert not guard.note(call(str(number)), "denied", "Denied by the user.")


def test_where_the_user_lets_it_go_on_counting_begins_anew() -> None:
    guard = LoopGuard()
    for _ in range(STUCK_AT):
        guard.note(call(), "completed", "the same")
    guard.begin_anew()
    assert not guard.stuck
    assert not guard.note(call(), "completed", "the same")


@given(st.lists(st.text(), unique=True, max_size=60))
def test_polling_whose_output_changes_is_never_stopped(outputs: list[str]) -> None:
    guard = LoopGuard()
    assert not any(guard.note(call(), "completed", output) for output in outputs)


@given(st.lists(st.text(), unique=True, max_size=60), st.text())
def test_editing_many_files_is_never_stopped(files: list[str], answer: str) -> None:
    guard = LoopGuard()
    assert not any(guard.note(call(file, "edit_file"), "completed", answer) for file in files)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), min_size=6 + STUCK_AT, max_size=40))
def test_whatever_brings_nothing_new_for_long_is_found(made: list[tuple[str, str]]) -> None:
    guard = LoopGuard()
    for name, result in [*made[:6], *made[:6], *made[:6]]:
        guard.note(call(name), "completed", result)
    assert guard.stuck
