"""The gate in sessions: what answers in the user's place, what an answer covers, and which shell runs."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.actions import CommandAction
from vtcode.agent.gate import Admission
from vtcode.events import ToolFinished
from vtcode.messages import ToolCall
from vtcode.providers.script import Turn
from vtcode.questions import Answer, PermissionQuestion

TOOL = "run_pty_cmd"
SCOPES = ("session", "always", "workspace")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _line(command: str) -> Turn:
    return Turn(calls=(call(TOOL, command=command),))


def _action(bench: Bench, line: str) -> CommandAction:
    return CommandAction(command=line, cwd=str(bench.workspace), timeout_s=10)


def _shell_that_marks(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    shell = folder / "bash"
    shell.write_text('#!/bin/sh\ntouch not-the-system\nexec /bin/bash "$@"\n')
    shell.chmod(0o755)


class TestAnswers:
    @pytest.mark.parametrize("scope", ["once", *SCOPES])
    async def test_a_shell_that_was_allowed_alone_is_not_allowed_behind_a_pipe(
        self, scope: str, bench: Bench
    ) -> None:
        recorder = Recorder(scope, "deny")
        turns = (_line("bash < /dev/null"), _line("echo 'touch made' | bash"), Turn(text="Done."))
        async with bench.session(recorder, *turns) as session:
            await session.submit("go")
            assert len(recorder.questions) == 2
        async with bench.session(recorder) as later:
            piped = later.gate.judge(TOOL, _action(bench, "echo 'touch made' | bash"))
            alone = later.gate.judge(TOOL, _action(bench, "bash"))
        assert piped.decision == "prompt"
        assert not (bench.workspace / "made").exists()
        assert (alone.decision == "allow") == (scope in ("always", "workspace"))

    @pytest.mark.parametrize("scope", SCOPES)
    @pytest.mark.parametrize(
        ("line", "broader"),
        [
            ("touch '*'", "touch made"),
            ("touch '[m]ade'", "touch made"),
            ("git commit -m a", "git push"),
            ("'npm test' x", "npm test x"),
            ("./tool", "./tool x"),
        ],
    )
    async def test_no_answer_covers_more_than_it_shows(
        self, line: str, broader: str, scope: str, bench: Bench
    ) -> None:
        async with bench.session(Recorder(scope), _line(line), Turn(text="Done.")) as session:
            await session.submit("go")
            assert session.gate.judge(TOOL, _action(bench, line)).decision == "allow"
            assert session.gate.judge(TOOL, _action(bench, broader)).decision == "prompt"
        if scope == "session":
            return
        async with bench.session(Recorder()) as later:
            assert later.gate.judge(TOOL, _action(bench, line)).decision == "allow"
            assert later.gate.judge(TOOL, _action(bench, broader)).decision == "prompt"

    @pytest.mark.parametrize(
        ("line", "is_offered"), [("touch a", True), ("touch a && touch b", False), ("touch a | sh", False)]
    )
    async def test_only_a_rule_about_one_command_can_be_written_to_the_projects_file(
        self, line: str, is_offered: bool, bench: Bench
    ) -> None:
        recorder = Recorder("deny")
        async with bench.session(recorder, _line(line), Turn(text="Done.")) as session:
            await session.submit("go")
        (question,) = recorder.questions
        assert isinstance(question, PermissionQuestion)
        offered = [choice.id for choice in question.choices]
        assert "always" in offered
        assert ("workspace" in offered) is is_offered

    async def test_an_answer_covers_a_call_that_waited_for_it(self, bench: Bench) -> None:
        # One thread, so that what is given to it second is done once the first is.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
        waiting: list[asyncio.Task[Admission]] = []
        asked: list[object] = []

        async def answer(question: object) -> Answer:
            asked.append(question)
            waiting.append(asyncio.create_task(gate.admit(_call("2"), action, _unheard)))
            await asyncio.to_thread(bool)
            await asyncio.to_thread(bool)
            return Answer(choice="session")

        async with bench.session(Recorder(), Turn(text="Hi.")) as session:
            gate, action = session.gate, _action(bench, "touch a")
            gate.ask = answer
            first = await gate.admit(_call("1"), action, _unheard)
            second = await waiting[0]
        assert (first.allowed, second.allowed, len(asked)) == (True, True, 1)
        assert (first.answered_by, second.answered_by) == ("user_session", "rule")


class TestFullAuto:
    """What only the user may say stays denied where nobody can be asked, whatever runs by itself."""

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("write_file", {"path": "AGENTS.md", "content": "x"}),
            ("edit_file", {"path": "vtcode.toml", "old_text": "", "new_text": "x"}),
            ("read_file", {"path": ".env"}),
            (TOOL, {"command": "cat .env"}),
            (TOOL, {"command": "echo $(touch made)"}),
            (TOOL, {"command": "echo x > AGENTS.md"}),
            (TOOL, {"command": "X=1 touch made"}),
            (TOOL, {"command": "touch asked"}),
            (TOOL, {"command": "touch denied"}),
        ],
    )
    async def test_it_does_not_answer_where_only_the_user_can(
        self, name: str, arguments: dict[str, str], bench: Bench
    ) -> None:
        (bench.workspace / ".env").write_text("KEY=1\n")
        bench.settings += [
            "automation.full_auto.enabled=true",
            'automation.full_auto.allowed_tools=["*"]',
            'commands.ask_list=["touch asked"]',
            'commands.deny_list=["touch denied"]',
        ]
        recorder = Recorder()
        turns = (Turn(calls=(call(name, **arguments),)), Turn(text="Done."))
        async with bench.session(recorder, *turns, interactive=False, full_auto=True) as session:
            await session.submit("go")
        (finished,) = recorder.of(ToolFinished)
        assert finished.status == "denied"
        assert {path.name for path in bench.workspace.iterdir()} <= {".env", "vtcode.toml"}

    async def test_it_does_not_answer_for_a_line_outside_the_sandbox(self, bench: Bench) -> None:
        action = replace(_action(bench, "touch made"), outside_sandbox="it must write")
        bench.settings += [
            "automation.full_auto.enabled=true",
            'automation.full_auto.allowed_tools=["*"]',
        ]
        recorder = Recorder()
        async with bench.session(recorder, Turn(text="."), interactive=False, full_auto=True) as session:
            outside = await session.gate.admit(_call("1"), action, _unheard)
            inside = await session.gate.admit(_call("2"), replace(action, outside_sandbox=""), _unheard)
        assert (outside.allowed, outside.answered_by) == (False, "nobody")
        assert (inside.allowed, inside.answered_by) == (True, "full_auto")


class TestShell:
    async def test_a_shell_of_the_workspace_is_asked_about(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"bin:{os.environ['PATH']}")
        _shell_that_marks(bench.workspace / "bin")
        recorder = Recorder("deny")
        async with bench.session(recorder, _line("ls"), Turn(text="Done.")) as session:
            await session.submit("go")
        (question,) = recorder.questions
        assert isinstance(question, PermissionQuestion)
        assert f"{bench.workspace}/bin/bash, not the system's own" in question.reason
        assert not (bench.workspace / "not-the-system").exists()

    async def test_the_shell_that_was_judged_is_the_one_that_runs(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", f"{bench.workspace}/bin:{os.environ['PATH']}")
        recorder = Recorder()
        async with bench.session(recorder, _line("ls"), Turn(text="Done.")) as session:
            _shell_that_marks(bench.workspace / "bin")
            await session.submit("go")
        assert recorder.questions == []
        assert [event.status for event in recorder.of(ToolFinished)] == ["completed"]
        assert not (bench.workspace / "not-the-system").exists()


def _call(identifier: str) -> ToolCall:
    return ToolCall(id=identifier, name=TOOL, arguments="{}")


async def _unheard(_event: object) -> None:
    """Nobody listens."""
