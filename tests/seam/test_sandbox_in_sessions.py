"""The sandbox in a session: what holds is told, and what is asked for outside it is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import until
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.bootstrap.containment import containment_of, sandbox_request
from vtcode.commands.builtin import dispatch
from vtcode.commands.doctor_checks import sandbox_check
from vtcode.errors import ServerUnreachable
from vtcode.events import CommandRan, Notice, ToolFinished
from vtcode.providers.script import Turn
from vtcode.questions import Answer, PermissionQuestion
from vtcode.system.files import Workspace
from vtcode.system.pty import PtyCommand
from vtcode.system.sandbox import Containment, open_sandbox
from vtcode.system.sandbox.protected import Placeholders
from vtcode.system.shell_start import ShellSettings

NO_REASON_TO_ASK = "tools.policies.run_pty_cmd=allow"
HELLO = Turn(text="Hello.")


@pytest.fixture
def bench(folder: Path) -> Bench:
    return Bench(folder, settings=[NO_REASON_TO_ASK])


@pytest.fixture
async def full(bench: Bench) -> Containment:
    holds = await containment_of(bench.configuration())
    if not holds.is_full:
        pytest.skip(holds.describe())
    return holds


async def test_a_model_that_fails_in_the_sandbox_learns_to_ask_and_the_user_sees_its_reason(
    bench: Bench, full: Containment
) -> None:
    target = bench.folder / "target"
    recorder = Recorder("once")
    turns = (
        Turn(calls=(call("run_pty_cmd", command=f"touch {target}"),)),
        Turn(
            calls=(call("run_pty_cmd", command=f"touch {target}", outside_sandbox="the file lies outside"),)
        ),
        Turn(text="Done."),
    )
    async with bench.session(recorder, *turns) as session:
        assert session.status.containment == full
        await session.submit("Go.")
    first, second = recorder.of(ToolFinished)
    assert (first.status, second.status) == ("failed", "completed")
    assert "outside_sandbox" in first.text
    (question,) = recorder.questions
    assert isinstance(question, PermissionQuestion)
    assert (question.rule, question.always_rule) == ("outside the sandbox", "")
    assert "the file lies outside" in question.reason
    assert is_there(target)
    assert_grammar(recorder.events)


async def test_what_the_user_refuses_outside_the_sandbox_is_not_run(bench: Bench, full: Containment) -> None:
    target = bench.folder / "target"
    recorder = Recorder("deny")
    turn = Turn(calls=(call("run_pty_cmd", command=f"touch {target}", outside_sandbox="because"),))
    async with bench.session(recorder, turn, Turn(text="Done.")) as session:
        await session.submit("Go.")
    assert recorder.of(ToolFinished)[0].status == "denied"
    assert not is_there(target)


async def test_a_command_of_the_users_own_is_not_sandboxed(bench: Bench, full: Containment) -> None:
    target = bench.folder / "target"
    async with bench.session(Recorder(), HELLO) as session:
        await session.run_command(f"touch {target}")
    assert is_there(target)


async def test_what_a_job_made_is_told_when_the_user_ends_it(bench: Bench, full: Containment) -> None:
    recorder = Recorder(Answer(choice="end", text="job 1"))
    sandbox = open_sandbox(sandbox_request(bench.configuration(), Workspace(bench.workspace)))
    line = "mkdir -p sub/.git; sleep 1000"
    async with bench.session(recorder, HELLO) as session:
        command = await PtyCommand.start(
            line, cwd=str(bench.workspace), settings=ShellSettings(sandbox=sandbox)
        )
        session.jobs.add(line, command)
        await until(lambda: is_there(bench.workspace / "sub" / ".git"))
        await dispatch(session, recorder, "/jobs")
    sandbox.close()
    assert is_there(bench.workspace / "sub" / ".git")
    told = recorder.of(Notice)[-1]
    assert told.level == "warning"
    assert told.text.startswith("Ended job 1.\n[Made meanwhile")
    assert "other programs obey: sub/.git." in told.text


async def test_a_model_chosen_while_a_job_keeps_the_name_free_is_saved_for_the_user(bench: Bench) -> None:
    async with bench.session(Recorder(), HELLO) as session:
        held = Placeholders([bench.workspace], ["vtcode.toml"])
        saved_in = session.saved_settings.save_default_model("lmstudio", "some-model")
        held.release()
    assert saved_in == bench.locations.user_file
    assert "some-model" in saved_in.read_text()


async def test_a_session_without_the_sandbox_it_wants_says_so_at_its_start(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(bench.folder))
    holds = await containment_of(bench.configuration())
    if holds.back_end == "Seatbelt":
        pytest.skip("Seatbelt needs no program of the user's")
    recorder = Recorder()
    async with bench.session(recorder, HELLO) as session:
        assert session.status.containment == holds
        await dispatch(session, recorder, "/status")
    told = recorder.of(Notice)[0]
    assert (told.level, told.text) == ("warning", f"Sandbox: {holds.describe()}.")
    assert "bubblewrap" in told.hint
    assert holds.describe() in recorder.of(CommandRan)[0].text
    check = sandbox_check(holds)
    assert (check.verdict, check.text) == ("warn", holds.describe())


async def test_a_sandbox_that_the_user_switched_off_is_no_news(bench: Bench) -> None:
    bench.settings.append("sandbox.default_policy=off")
    recorder = Recorder()
    async with bench.session(recorder, HELLO) as session:
        containment = session.status.containment
    assert containment
    assert containment.label == "no sandbox"
    assert not recorder.of(Notice)
    assert sandbox_check(containment).verdict == "ok"


def is_there(path: Path) -> bool:
    return path.exists()


async def test_in_auto_mode_commands_and_changes_to_files_need_no_question(
    bench: Bench, full: Containment
) -> None:
    bench.settings.clear()
    calls = (
        call("write_file", path="a.txt", content="x\n"),
        call("run_pty_cmd", command="cp a.txt b.txt"),
        call("write_file", path="AGENTS.md", content="x\n"),
    )
    recorder = Recorder()
    async with bench.session(recorder, Turn(calls=calls), Turn(text="Done.")) as session:
        await dispatch(session, recorder, "/mode auto")
        assert recorder.of(Notice)[-1].level == "info"
        await session.submit("Go.")
    assert [event.status for event in recorder.of(ToolFinished)] == ["completed", "completed", "denied"]
    assert len(recorder.questions) == 1
    assert (bench.workspace / "b.txt").read_text() == "x\n"


async def test_a_session_that_cannot_be_opened_leaves_no_folder_for_temporary_files(
    bench: Bench, full: Containment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    bench.settings += [
        "agent.provider=openai_compatible",
        "providers.openai_compatible.base_url=http://127.0.0.1:9/v1",
    ]
    with pytest.raises(ServerUnreachable):
        async with bench.session(Recorder()):
            pass
    assert not list(temporary.iterdir())
