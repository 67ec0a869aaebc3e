"""/config: the list, the questions, and what is written where."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.commands.builtin import dispatch
from vtcode.events import Notice
from vtcode.providers.script import Turn
from vtcode.questions import Answer, ChoiceQuestion, PickQuestion


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def run(bench: Bench, line: str, *answers: str | Answer) -> Recorder:
    recorder = Recorder(*answers)
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        await dispatch(session, recorder, line)
    return recorder


def notices(recorder: Recorder) -> str:
    return "\n".join(f"{notice.text} {notice.hint}".rstrip() for notice in recorder.of(Notice))


def user_file(bench: Bench) -> Path:
    return bench.locations.user_file


async def test_the_list_tells_every_value_with_its_layer(bench: Bench) -> None:
    (bench.workspace / "vtcode.toml").write_text("[ui]\nvim_mode = true\n")
    recorder = await run(bench, "/config")
    (question,) = recorder.questions
    assert isinstance(question, PickQuestion)
    rows = {row.id: row.cells for row in question.rows}
    assert rows["ui.vim_mode"] == ("true", "workspace")
    assert rows["agent.provider"] == ('"scripted"', "-c")
    assert rows["tools.max_tool_loops"][1] == "built-in"


async def test_a_picked_setting_is_told_about_and_written_where_the_user_says(bench: Bench) -> None:
    user_file(bench).parent.mkdir(parents=True)
    user_file(bench).write_text("# mine\n[ui] # look\nvim_mode = false # yet\n")
    recorder = await run(bench, "/settings", "ui.vim_mode", "=true", "user")
    _, value, place = recorder.questions
    assert isinstance(value, ChoiceQuestion)
    assert isinstance(place, ChoiceQuestion)
    assert "vim" in value.body.lower()
    assert f"Now: false (user: {user_file(bench)})" in value.body
    assert [choice.label for choice in value.choices[:2]] == ["true", "false"]
    assert place.title == "Write ui.vim_mode = true?"
    assert str(user_file(bench)) in place.choices[0].label
    assert user_file(bench).read_text() == "# mine\n[ui] # look\nvim_mode = true # yet\n"
    assert "holds from the next start on" in notices(recorder)


async def test_a_typed_value_goes_to_the_project(bench: Bench) -> None:
    recorder = await run(bench, "/config tools.max_tool_loops", Answer(choice="value", text="7"), "workspace")
    written = tomllib.loads((bench.workspace / "vtcode.toml").read_text())
    assert written == {"tools": {"max_tool_loops": 7}}
    assert not user_file(bench).exists()
    assert len(recorder.questions) == 2


async def test_key_and_value_in_the_line_leave_only_the_place_to_ask(bench: Bench) -> None:
    recorder = await run(bench, '/config commands.deny_list ["curl x", "wget"]', "user")
    assert tomllib.loads(user_file(bench).read_text()) == {"commands": {"deny_list": ["curl x", "wget"]}}
    assert len(recorder.questions) == 1


@pytest.mark.parametrize("answers", [(), ("tools.max_tool_loops",), ("tools.max_tool_loops", "=5")])
async def test_nothing_is_written_when_a_question_is_closed(bench: Bench, answers: tuple[str, ...]) -> None:
    await run(bench, "/config", *answers)
    assert not user_file(bench).exists()
    assert not (bench.workspace / "vtcode.toml").exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("/config tools.max_tool_loop 5", "Did you mean tools.max_tool_loops?", id="no such key"),
        pytest.param("/config tools.max_tool_loops many", "tools.max_tool_loops", id="wrong type"),
        pytest.param("/config tools.default_policy maybe", '"allow", "prompt", "deny"', id="not allowed"),
        pytest.param("/config commands.rules []", "is a list of tables", id="tables"),
        pytest.param("/config tools 5", "There is no setting tools.", id="a section"),
        pytest.param("/config a\x1bb c", r"There is no setting a\x1bb.", id="an escape"),
    ],
)
async def test_what_the_schema_does_not_take_is_refused_before_anything_is_asked(
    bench: Bench, line: str, words: str
) -> None:
    recorder = await run(bench, line, "user")
    assert words in notices(recorder)
    assert recorder.questions == []
    assert not user_file(bench).exists()


async def test_a_value_that_is_overruled_is_said_to_be_so(bench: Bench) -> None:
    (bench.workspace / "vtcode.toml").write_text("[ui]\nvim_mode = true\n")
    recorder = await run(bench, "/config ui.vim_mode false", "user")
    assert f"it is set by workspace: {bench.workspace / 'vtcode.toml'}" in notices(recorder)


async def test_what_was_saved_shows_that_it_holds_later(bench: Bench) -> None:
    recorder = Recorder("user")
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        await dispatch(session, recorder, "/config ui.vim_mode true")
        await dispatch(session, recorder, "/config")
    question = recorder.questions[-1]
    assert isinstance(question, PickQuestion)
    assert {row.id: row.cells for row in question.rows}["ui.vim_mode"] == (
        "true",
        "user, from the next start",
    )


@pytest.mark.parametrize("line", ["/config ui.vim_mode maybe", "/config tools.max_tool_loops -4"])
async def test_a_value_that_is_refused_names_no_flag_that_nobody_used(bench: Bench, line: str) -> None:
    told = notices(await run(bench, line))
    assert line.split()[1] in told
    assert "-c" not in told
