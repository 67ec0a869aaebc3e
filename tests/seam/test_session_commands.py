"""/resume, /fork, /files, /log and /export on sessions of the program's own."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.commands.builtin import COMMANDS, dispatch
from vtcode.commands.registry import CommandResult
from vtcode.events import CommandRan, Notice, SessionStarted
from vtcode.messages import UserMessage
from vtcode.providers.script import Turn
from vtcode.questions import ChoiceQuestion, PickQuestion
from vtcode.session.session import Session

HELLO = (Turn(text="Hello."), Turn(text="Hello again."))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@asynccontextmanager
async def opened(bench: Bench, recorder: Recorder, *turns: Turn) -> AsyncIterator[Session]:
    async with bench.session(recorder, *(turns or HELLO)) as session:
        yield session


def told(recorder: Recorder) -> str:
    """Return what the commands answered, and what was noticed."""
    answers = [event.text for event in recorder.of(CommandRan)]
    return "\n".join([*answers, *(notice.text for notice in recorder.of(Notice))])


def requests(session: Session) -> list[str]:
    return [said.message.text for said in session.history.said() if isinstance(said.message, UserMessage)]


async def test_a_picked_session_goes_on_where_it_was(bench: Bench) -> None:
    async with opened(bench, Recorder()) as first:
        await first.submit("the first one")
        first_id = first.id
    recorder = Recorder(first_id)
    async with bench.session(recorder) as second:
        result = await dispatch(second, recorder, "/resume")
        assert result.session
        try:
            assert result.session.id == first_id
            assert requests(result.session) == ["the first one"]
            assert recorder.of(SessionStarted)[-1].resumed
        finally:
            await result.session.close()
    (question,) = recorder.questions
    assert isinstance(question, PickQuestion)
    (row,) = question.rows
    assert (row.id, row.label, row.cells) == (first_id, "the first one", ("just now", "1"))


async def test_an_id_that_is_typed_needs_no_list(bench: Bench) -> None:
    async with opened(bench, Recorder()) as first:
        await first.submit("the first one")
    recorder = Recorder()
    async with bench.session(recorder) as second:
        result = await dispatch(second, recorder, f"/continue {first.id}")
        assert result.session
        await result.session.close()
    assert recorder.questions == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("/resume nothing", "No other session of this workspace has an id", id="unknown"),
        pytest.param("/resume 2", "Several sessions have an id", id="several"),
    ],
)
async def test_an_id_that_names_no_single_session_is_refused(bench: Bench, line: str, words: str) -> None:
    for text in ("one", "two"):
        async with opened(bench, Recorder()) as session:
            await session.submit(text)
    recorder = Recorder()
    async with bench.session(recorder) as session:
        assert (await dispatch(session, recorder, line)).session is None
    assert words in told(recorder)


async def test_a_session_that_is_open_elsewhere_leaves_this_one_as_it_is(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, Recorder()) as first:
        await first.submit("the first one")
        async with bench.session(recorder) as second:
            result = await dispatch(second, recorder, f"/resume {first.id}")
            assert result.session is None
            await second.submit("still here")
            assert requests(second) == ["still here"]
    assert "is open in another vtcode" in told(recorder)


async def test_without_other_sessions_there_is_nothing_to_resume(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await dispatch(session, recorder, "/resume")
    assert "This workspace has no other session." in told(recorder)
    assert recorder.questions == []


async def test_a_branch_goes_on_and_leaves_the_session_as_it_was(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await session.submit("before")
        result = await dispatch(session, recorder, "/fork")
        branch = result.session
        assert branch
        try:
            assert branch.id != session.id
            await branch.submit("after")
            assert requests(branch) == ["before", "after"]
            assert requests(session) == ["before"]
            assert branch.recorded_in
            assert stat.S_IMODE(branch.recorded_in.stat().st_mode) == 0o600
        finally:
            await branch.close()
        assert isinstance(branch.past[-1], Notice)
        assert f"the session {branch.id}" in branch.past[-1].text
        assert [known.id for known in bench.store.recorded(bench.workspace)] == [branch.id, session.id]


async def test_a_session_in_which_nothing_was_said_has_no_branch(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        assert (await dispatch(session, recorder, "/fork")).session is None
        assert "there is nothing to branch" in told(recorder)
        assert len(bench.store.recorded(bench.workspace)) == 1


async def test_a_branch_keeps_the_long_texts(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        assert session.recorded_in
        await session.submit("hello")
        outputs = session.recorded_in.with_suffix(".outputs")
        outputs.mkdir()
        (outputs / "1.txt").write_text("long")
        result = await dispatch(session, recorder, "/fork")
        assert result.session
        assert result.session.recorded_in
        assert (result.session.recorded_in.with_suffix(".outputs") / "1.txt").read_text() == "long"
        await result.session.close()


async def test_what_was_done_before_a_branch_can_be_undone_in_it(bench: Bench) -> None:
    turns = (Turn(calls=(call("write_file", path="new.py", content="z = 3\n"),)), Turn(text="Done."))
    recorder = Recorder("once", "ready")
    async with opened(bench, recorder, *turns) as session:
        await session.submit("write")
        assert (bench.workspace / "new.py").is_file()
        result = await dispatch(session, recorder, "/fork")
        assert result.session
        await dispatch(result.session, recorder, "/undo")
        await result.session.close()
    assert not (bench.workspace / "new.py").exists()


async def test_files_tells_what_of_them_is_in_the_window(bench: Bench) -> None:
    (bench.workspace / "long.py").write_text("x = 1\n" * 300)
    (bench.workspace / "short.py").write_text("y = 2\n")
    turns = (
        Turn(calls=(call("read_file", path="short.py"), call("read_file", path="long.py"))),
        Turn(calls=(call("write_file", path="new.py", content="z = 3\n"),)),
        Turn(text="Done."),
    )
    recorder = Recorder("once")
    async with opened(bench, recorder, *turns) as session:
        await session.submit("read")
        await dispatch(session, recorder, "/files")
        rows = recorder.of(CommandRan)[-1].text.splitlines()[2:]
        assert {row.split("|")[1].strip() for row in rows} == {"`long.py`", "`short.py`", "`new.py`"}
        assert {row.split("|")[2].strip() for row in rows if "new.py" in row} == {"changed"}
        assert rows[0].startswith("| `long.py` | read | ~")
        assert all(row.endswith("| as it was read |") for row in rows)
        await dispatch(session, recorder, "/files NEW")
        assert recorder.of(CommandRan)[-1].text.splitlines()[2:] == [row for row in rows if "new.py" in row]
        await dispatch(session, recorder, "/files nowhere")
        assert recorder.of(CommandRan)[-1].text == "No file of such a name was read or changed."


async def test_the_log_is_shown_without_secrets(bench: Bench) -> None:
    file = bench.locations.log_file
    file.parent.mkdir(parents=True, exist_ok=True)
    key = "sk-" + "a1B2c3D4" * 5
    file.write_text("".join(f"line {number}\n" for number in range(30)) + f"```\x1b[31m token {key}\n")
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await dispatch(session, recorder, "/log 2")
    (answer,) = recorder.of(CommandRan)
    assert str(file) in answer.text
    assert "line 29\n" in answer.text
    assert "line 28" not in answer.text
    assert key not in answer.text
    assert "\x1b" not in answer.text
    assert answer.text.endswith("\n````")


@pytest.mark.parametrize("line", ["/log 0", "/log many", "/log 501"])
async def test_the_log_takes_a_number_of_lines(bench: Bench, line: str) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await dispatch(session, recorder, line)
    assert "/log takes how many lines" in told(recorder)


async def test_a_log_that_is_not_there_is_said_to_be_so(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await dispatch(session, recorder, "/log")
    assert "Nothing was logged" in told(recorder)


NASTY = '<script>alert("1")</script><img src="http://example.org/x.png">\x1b[2J'


@pytest.mark.parametrize(
    ("line", "ending"), [("/export", ".md"), ("/export html", ".html"), ("/share markdown", ".md")]
)
async def test_an_export_lies_in_the_state_folder_for_the_user_alone(
    bench: Bench, line: str, ending: str
) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await session.submit("say hello")
        await dispatch(session, recorder, line)
        file = bench.locations.state / "exports" / f"{session.id}{ending}"
    assert str(file) in told(recorder)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "say hello" in file.read_text()
    assert "Hello." in file.read_text()


@pytest.mark.parametrize("form", ["markdown", "html"])
async def test_an_export_names_what_the_program_told_the_model(bench: Bench, form: str) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        session.modes.choose("plan")
        await session.submit("say hello")
        await dispatch(session, recorder, f"/export {form} ./page")
    page = (bench.workspace / "page").read_text()
    assert "The model was told: plan mode" in page
    assert "Note from vtcode" not in page
    assert page.count("You") == 1


TAKE_NOTHING = [command.name for command in COMMANDS if not command.usage]


@pytest.mark.parametrize("name", [*TAKE_NOTHING, "new"])
async def test_a_command_refuses_what_it_would_pass_over(bench: Bench, name: str) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        result = await dispatch(session, recorder, f"/{name} 3")
    (refusal,) = [event for event in recorder.events if isinstance(event, Notice | CommandRan)]
    assert isinstance(refusal, Notice)
    assert "takes nothing after it" in refusal.text
    assert result == CommandResult()
    assert not recorder.questions


async def test_html_holds_what_was_said_as_text_and_loads_nothing(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder, Turn(text=NASTY)) as session:
        await session.submit(NASTY)
        await dispatch(session, recorder, "/export page.html")
    page = (bench.workspace / "page.html").read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "href" not in page


async def test_an_export_holds_no_secret_even_where_the_session_does(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "correct-horse-battery-staple")
    bench.settings.append("security.redact_secrets=false")
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await session.submit("the key is correct-horse-battery-staple & more")
        for line in ("/export out.md", "/export out.html"):
            await dispatch(session, recorder, line)
    for name in ("out.md", "out.html"):
        assert "correct-horse" not in (bench.workspace / name).read_text()
    assert os.environ["SOME_API_KEY"] in session.history.said()[0].message.text


@pytest.mark.parametrize(("answer", "replaced"), [("replace", True), ("keep", False)])
async def test_a_file_that_is_there_is_replaced_only_when_the_user_says_so(
    bench: Bench, answer: str, replaced: bool
) -> None:
    file = bench.workspace / "notes.md"
    file.write_text("mine")
    file.chmod(0o644)
    recorder = Recorder(answer)
    async with opened(bench, recorder) as session:
        await session.submit("hello")
        await dispatch(session, recorder, "/export markdown notes.md")
    (question,) = recorder.questions
    assert isinstance(question, ChoiceQuestion)
    assert str(file) in question.body
    assert (file.read_text() != "mine") == replaced
    assert stat.S_IMODE(file.stat().st_mode) == (0o600 if replaced else 0o644)


async def test_a_link_is_replaced_and_what_it_leads_to_is_not(bench: Bench, tmp_path: Path) -> None:
    target = tmp_path / "target.md"
    target.write_text("mine")
    (bench.workspace / "notes.md").symlink_to(target)
    recorder = Recorder("replace")
    async with opened(bench, recorder) as session:
        await session.submit("hello")
        await dispatch(session, recorder, "/export notes.md")
    assert target.read_text() == "mine"
    assert not (bench.workspace / "notes.md").is_symlink()


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere/out.md", "is not there"), (".", "is a folder"), ("~no-such-user-here/x", "no user's folder")],
)
async def test_where_nothing_can_be_written_the_export_says_so(bench: Bench, name: str, words: str) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await session.submit("hello")
        await dispatch(session, recorder, f"/export markdown {name}")
    assert words in told(recorder)


async def test_help_tells_all_about_one_command(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await dispatch(session, recorder, "/help /continue")
        await dispatch(session, recorder, "/help resumee")
    (answer,) = recorder.of(CommandRan)
    assert "`/resume [ID]`" in answer.text
    assert "`/history`" in answer.text
    assert "it has to wait" in answer.text
    (notice,) = [notice for notice in recorder.of(Notice) if notice.level == "error"]
    assert notice.hint == "Did you mean /resume?"


@pytest.mark.parametrize(
    ("written", "exported"),
    [
        ("![a chart](https://example.org/p.png?q=1)", "[a chart](https://example.org/p.png?q=1)"),
        ("!![a][1]\n\n[1]: https://example.org/p.png", "[a][1]\n\n[1]: https://example.org/p.png"),
        ('An <IMG src="https://example.org/p.png">', 'An &lt;IMG src="https://example.org/p.png">'),
        ("Done! [See](https://example.org)", "Done! [See](https://example.org)"),
    ],
)
async def test_an_export_has_no_picture_that_a_viewer_would_fetch(
    bench: Bench, written: str, exported: str
) -> None:
    recorder = Recorder()
    async with opened(bench, recorder, Turn(text=written)) as session:
        await session.submit("Draw it.")
        await dispatch(session, recorder, "/export notes.md")
    text = (bench.workspace / "notes.md").read_text()
    assert f"\n\n{exported}\n" in text
    assert "![" not in text


async def test_the_doctor_says_what_it_does_before_it_has_found_anything(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        await dispatch(session, recorder, "/doctor")
    told = [event for event in recorder.events if isinstance(event, Notice | CommandRan)]
    assert isinstance(told[-2], Notice)
    assert told[-2].text.startswith("Checking settings")
    assert isinstance(told[-1], CommandRan)


async def test_clear_begins_a_new_session_and_the_one_before_can_be_resumed(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        before = session.id
        await session.submit("the first one")
        await dispatch(session, recorder, "/clear")
        assert session.id != before
        assert f"/resume {before}" in recorder.of(Notice)[-1].hint
        await session.submit("the second one")
        assert requests(session) == ["the second one"]
        assert [known.first_message for known in bench.store.recorded()] == [
            "the second one",
            "the first one",
        ]
        result = await dispatch(session, recorder, f"/resume {before}")
        assert result.session
        assert requests(result.session) == ["the first one"]
        await result.session.close()
        cleared = session.id
    async with bench.session(Recorder(), resume=bench.store.find(cleared)) as again:
        assert requests(again) == ["the second one"]


async def test_clear_before_anything_was_said_keeps_the_session(bench: Bench) -> None:
    recorder = Recorder()
    async with opened(bench, recorder) as session:
        before = session.id
        await dispatch(session, recorder, "/clear")
        assert session.id == before
    assert recorder.of(Notice)[-1].text == "The conversation starts afresh."
