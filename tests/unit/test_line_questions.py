from __future__ import annotations

import pytest

from vtcode.actions import Action, CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.frontends.line.palette import Palette
from vtcode.frontends.line.questions import Again, Asking, asking
from vtcode.questions import (
    Answer,
    Choice,
    ChoiceQuestion,
    PermissionQuestion,
    PickQuestion,
    PickRow,
    Question,
    Unusable,
)

CHOICES = (
    Choice(id="once", label="Yes, once", key="y"),
    Choice(id="session", label="Yes, for this session", key="s"),
    Choice(id="deny", label="No", key="n"),
    Choice(id="reason", label="No, and say why", key="r", takes_text=True),
)
COMMAND = CommandAction(command="rm -rf build", cwd="/home/ada/project", timeout_s=60.0)
ROWS = (
    PickRow(id="acme/coder", label="Coder 7B", detail="loaded", group="Loaded", current=True),
    PickRow(id="acme/writer", label="Writer", group="On the server"),
    PickRow(id="other/coder-xl", label="Coder XL", group="On the server"),
)
ACTIONS = (
    Choice(id="refresh", label="Refresh", key="r"),
    Choice(id="save", label="Save as default", key="s"),
)


def ask(question: Question) -> Asking:
    return asking(question, Palette(colours=False))


def permission(action: Action = COMMAND, always_rule: str = "") -> PermissionQuestion:
    return PermissionQuestion(
        call_id="1",
        tool="run_pty_cmd",
        action=action,
        reason="it changes files",
        rule="built-in",
        always_rule=always_rule,
        choices=CHOICES,
    )


def pick(rows: tuple[PickRow, ...] = ROWS) -> Asking:
    return ask(PickQuestion(title="Models", rows=rows, custom_label="Custom model", actions=ACTIONS))


def test_a_permission_question_shows_what_will_happen_and_every_answer() -> None:
    assert ask(permission(always_rule="rm -rf build")).text() == (
        "[question] May run_pty_cmd do this?\n"
        "Run this command in /home/ada/project, for 60 seconds at most:\n"
        "  rm -rf build\n"
        "Why this is asked: it changes files (rule: built-in)\n"
        '"Always" saves the rule: rm -rf build\n'
        "  1. y: Yes, once\n"
        "  2. s: Yes, for this session\n"
        "  3. n: No\n"
        "  4. r: No, and say why (words may follow)\n"
        "Enter alone or Ctrl-C: No"
    )


def test_what_hides_in_a_command_is_spelled_out() -> None:
    action = CommandAction(command="echo \x1b[8mx\u202e\nrm y\r", cwd="/a\x1bb", timeout_s=1.0)
    text = ask(permission(action)).text()
    assert "  echo \\x1b[8mx\\u202e\n  rm y\\r\n" in text
    assert "in /a\\x1bb, for 1 seconds" in text


def test_a_write_is_shown_as_its_diff() -> None:
    action = WriteAction(
        path="src/a.py", diff="@@ -1 +1 @@\n-a\n+\tb\x1b\n", added_lines=1, removed_lines=1, creates=False
    )
    text = ask(permission(action)).text()
    assert "Write src/a.py (1 line added, 1 removed):\n@@ -1 +1 @@\n-a\n+\tb\\x1b\n" in text


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (ReadAction(path="/etc/hosts", summary="/etc/hosts lines 1-20"), "Read /etc/hosts lines 1-20"),
        (PlanAction(steps=1), "Set a plan of 1 step\n"),
        (
            IntegrationsAction(address="http://box:1234", servers=("mcp/a",)),
            "run MCP servers of its own in this session: mcp/a on http://box:1234\n",
        ),
        (WriteAction(path="a", diff="", added_lines=0, removed_lines=0, creates=False), "(nothing changes)"),
    ],
)
def test_other_actions_are_described(action: Action, says: str) -> None:
    assert says in ask(permission(action)).text()


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("y", "once"),
        ("Y", "once"),
        ("1", "once"),
        ("1.", "once"),
        (" s ", "session"),
        ("n", "deny"),
        ("3", "deny"),
        ("", "deny"),
        ("  ", "deny"),
    ],
)
def test_a_letter_or_a_number_answers_and_nothing_refuses(typed: str, choice: str) -> None:
    assert ask(permission()).answered(typed) == Answer(choice=choice)


@pytest.mark.parametrize("typed", ["x", "5", "0", "yes", "y please", "once", "11"])
def test_anything_else_is_asked_again(typed: str) -> None:
    answer = ask(permission()).answered(typed)
    assert isinstance(answer, Again)
    assert "y, s, n, r" in answer.text


def test_a_reason_may_follow_at_once() -> None:
    assert ask(permission()).answered("r use make") == Answer(choice="reason", text="use make")


def test_a_reason_is_asked_for_where_none_followed() -> None:
    asked = ask(permission())
    assert asked.answered("r") == Again(prompt="In your words: ")
    assert asked.answered("n") == Answer(choice="reason", text="n")


def test_words_are_asked_for_by_what_they_are_and_what_was_wrong_with_those_of_before_is_said() -> None:
    address = Choice(id="address", label="Look elsewhere", key="a", takes_text=True, words_name="Address")
    unusable = Unusable(choice="address", text="x y", problem="'x y': no address.")
    question = ChoiceQuestion(
        kind="server", title="T", body="B", choices=(address,), refusal="no", unusable=unusable
    )
    asked = ask(question)
    assert "B\n'x y': no address.\n" in asked.text()
    assert asked.answered("a") == Again(prompt="Address: ")


def test_a_choice_question_shows_its_body() -> None:
    question = ChoiceQuestion(
        kind="trust", title="Trust this?", body="Line one\nLine two", choices=CHOICES[:1], refusal="no"
    )
    text = ask(question).text()
    assert text.startswith("[question] Trust this?\nLine one\nLine two\n  1. y: Yes, once\n")
    assert ask(question).answered("") == Answer(choice="no")


def test_a_list_has_numbers_groups_and_the_keys_that_act_on_a_row() -> None:
    assert pick().text() == (
        "[question] Models\n"
        "Loaded:\n"
        "  1. Coder 7B (loaded), the current one\n"
        "On the server:\n"
        "  2. Writer\n"
        "  3. Coder XL\n"
        "  r NUMBER: Refresh\n"
        "  s NUMBER: Save as default\n"
        "  =ID: Custom model\n"
        "Enter alone or Ctrl-C: leave it as it is"
    )


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("2", Answer(choice="acme/writer")),
        ("", Answer(choice="cancel")),
        ("=any/model", Answer(choice="custom", text="any/model")),
        ("= any/model ", Answer(choice="custom", text="any/model")),
        ("r", Answer(choice="refresh", text="acme/coder")),
        ("s 3", Answer(choice="save", text="other/coder-xl")),
        ("s", Answer(choice="save", text="acme/coder")),
    ],
)
def test_a_typed_line_picks_or_acts(typed: str, answer: Answer) -> None:
    assert pick().answered(typed) == answer


@pytest.mark.parametrize(
    ("typed", "says"), [("9", "no number 9"), ("s 9", "no number 9"), ("=", "id after the =")]
)
def test_a_slip_is_explained(typed: str, says: str) -> None:
    answer = pick().answered(typed)
    assert isinstance(answer, Again)
    assert says in answer.text


def test_words_narrow_the_list_and_the_numbers_stay() -> None:
    asked = pick()
    narrowed = asked.answered("CODER")
    assert isinstance(narrowed, Again)
    assert narrowed.text == "Loaded:\n  1. Coder 7B (loaded), the current one\nOn the server:\n  3. Coder XL"
    assert asked.answered("3") == Answer(choice="other/coder-xl")


@pytest.mark.parametrize(("words", "row"), [("writer", "acme/writer"), ("coder", "acme/coder"), ("zzz", "")])
def test_a_key_without_a_number_acts_on_what_is_listed(words: str, row: str) -> None:
    asked = pick()
    asked.answered(words)
    assert asked.answered("s") == Answer(choice="save", text=row)


def test_words_that_fit_nothing_are_told() -> None:
    answer = pick().answered("nonsense")
    assert isinstance(answer, Again)
    assert "Nothing has 'nonsense' in its name." in answer.text


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = tuple(PickRow(id=f"m{number}", label=f"Model {number}") for number in range(100))
    text = pick(rows).text()
    assert "  30. Model 29\n70 more: type a part of a name to see fewer." in text
    assert pick(rows).answered("99") == Answer(choice="m98")


def test_an_empty_list_can_still_be_refreshed() -> None:
    assert pick(()).answered("r") == Answer(choice="refresh", text="")


HUNKS = WriteAction(
    path="src/a.py",
    diff="@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@\n-c\n+d\n@@ -20 +20 @@\n-e\n+f\n",
    added_lines=3,
    removed_lines=3,
    creates=False,
)


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["y", "y", "y"], Answer(choice="once")),
        (["y", "n", "y"], Answer(choice="once", left_out=(2,))),
        (["N", " n ", "y"], Answer(choice="once", left_out=(1, 2))),
        (["n", "n", "n"], Answer(choice="deny")),
        (["y", ""], Answer(choice="deny")),
        (["what", "y", "s", "y", "n"], Answer(choice="once", left_out=(3,))),
    ],
)
def test_hunks_are_asked_about_one_by_one(lines: list[str], answer: Answer) -> None:
    asked = ask(permission(HUNKS))
    assert "  h: Choose among the 3 hunks, one by one\n" in asked.text()
    first = asked.answered("h")
    assert isinstance(first, Again)
    assert first.text == "@@ -1,1 +1,1 @@\n-a\n+b"
    assert first.prompt == "Write hunk 1 of 3? y or n: "
    *others, last = lines
    assert all(isinstance(asked.answered(line), Again) for line in others)
    assert asked.answered(last) == answer


@pytest.mark.parametrize(
    "action",
    [
        COMMAND,
        WriteAction(path="a", diff="@@ -1 +1 @@\n-a\n+b\n", added_lines=1, removed_lines=1, creates=False),
    ],
)
def test_what_has_no_hunks_to_choose_from_is_answered_as_a_whole(action: Action) -> None:
    asked = ask(permission(action))
    assert "h:" not in asked.text()
    again = asked.answered("h")
    assert isinstance(again, Again)
    assert "none of the answers" in again.text
