"""`/policy` in a session, and `vtcode policy explain`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import run_vtcode
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.actions import CommandAction
from vtcode.cli.arguments import parse
from vtcode.cli.policy_command import run_policy
from vtcode.commands.builtin import dispatch
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice
from vtcode.providers.script import Turn
from vtcode.questions import ChoiceQuestion

TOOL = "run_pty_cmd"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def _command(bench: Bench, line: str) -> CommandAction:
    return CommandAction(command=line, cwd=str(bench.workspace), timeout_s=10)


class TestCommand:
    async def test_a_rule_is_granted_once_it_was_confirmed(self, bench: Bench) -> None:
        recorder = Recorder("no", "yes")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            for wanted in ("prompt", "allow"):
                await dispatch(session, recorder, "/policy allow npm run *")
                assert session.gate.judge(TOOL, _command(bench, "npm run x")).decision == wanted
            assert session.gate.judge(TOOL, _command(bench, "npm install")).decision == "prompt"
        question = recorder.questions[0]
        assert isinstance(question, ChoiceQuestion)
        assert question.title == "Allow run_pty_cmd(npm run *)?"
        async with bench.session(recorder) as session:
            assert session.gate.judge(TOOL, _command(bench, "npm run x")).decision == "allow"

    @pytest.mark.parametrize("rule", ["write_file", "run_pty_cmd(npm run *)"])
    async def test_a_granted_rule_is_forgotten_for_good_once_it_was_confirmed(
        self, rule: str, bench: Bench
    ) -> None:
        recorder = Recorder("yes", "no", "yes")
        typed = rule.removeprefix("run_pty_cmd(").removesuffix(")")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, f"/policy allow {typed}")
            for left in ((rule,), ()):
                assert session.gate.grants().rules() == (rule,)
                await dispatch(session, recorder, f"/policy forget {typed}")
                assert session.gate.grants().rules() == left

    @pytest.mark.parametrize(("verb", "wanted"), [("ask", "prompt"), ("deny", "deny")])
    async def test_a_rule_that_narrows_holds_at_once_and_is_saved_for_the_user(
        self, verb: str, wanted: str, bench: Bench
    ) -> None:
        recorder = Recorder("yes")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, f"/policy {verb} ls")
            assert session.gate.judge(TOOL, _command(bench, "ls")).decision == wanted
        saved = tomllib.loads(bench.locations.user_file.read_text())
        assert saved["commands"] == {f"{verb}_list": ["ls"]}

    @pytest.mark.parametrize("verb", ["ask", "deny"])
    async def test_a_rule_that_narrows_is_forgotten_for_good(self, verb: str, bench: Bench) -> None:
        recorder = Recorder("yes", "no", "yes")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, f"/policy {verb} ls")
            for wanted in ("asked", "allow"):
                await dispatch(session, recorder, "/policy forget ls")
                decision = session.gate.judge(TOOL, _command(bench, "ls")).decision
                assert (decision == "allow") == (wanted == "allow")
        saved = tomllib.loads(bench.locations.user_file.read_text())
        assert saved["commands"] == {f"{verb}_list": []}
        async with bench.session(recorder) as session:
            assert session.gate.judge(TOOL, _command(bench, "ls")).decision == "allow"

    async def test_a_rule_of_another_layer_is_not_forgotten_and_its_place_is_told(self, bench: Bench) -> None:
        bench.settings += ['commands.deny_list=["ls"]']
        recorder = Recorder("yes")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, "/policy forget ls")
            assert session.gate.judge(TOOL, _command(bench, "ls")).decision == "deny"
        told = recorder.of(Notice)[-1]
        assert told.level == "error"
        assert "-c" in (told.hint or "")

    async def test_a_rule_that_another_layer_holds_too_stays_in_force(self, bench: Bench) -> None:
        bench.settings += ['commands.deny_list=["ls"]']
        recorder = Recorder("yes", "yes")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, "/policy deny ls")
            await dispatch(session, recorder, "/policy forget ls")
            assert session.gate.judge(TOOL, _command(bench, "ls")).decision == "deny"
        assert "also set by" in recorder.of(Notice)[-1].text

    async def test_closed_paths_are_shown(self, bench: Bench) -> None:
        bench.settings += ['paths.deny=["secrets"]']
        recorder = Recorder()
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, "/policy")
        assert "secrets" in recorder.of(CommandRan)[-1].text

    @pytest.mark.parametrize(
        "line",
        [
            "/policy allow",
            "/policy allow npm test; rm a",
            "/policy allow npm $x",
            "/policy allow *",
            "/policy forget npm test",
            "/policy frobnicate x",
        ],
    )
    async def test_what_is_no_rule_changes_nothing(self, line: str, bench: Bench) -> None:
        recorder = Recorder("yes")
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, line)
            assert session.gate.grants().rules() == ()
        assert recorder.of(Notice)[-1].level == "error"
        assert recorder.questions == []

    async def test_where_a_decision_is_explained_is_said(self, bench: Bench) -> None:
        recorder = Recorder()
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, "/policy explain rm -r a")
        assert recorder.of(Notice)[-1].hint == "In a terminal: vtcode policy explain -- rm -r a"

    async def test_rules_are_shown_with_their_reason(self, bench: Bench) -> None:
        rule = '{decision = "deny", words = "curl", reason = "no network here"}'
        bench.settings += [f"commands.rules=[{rule}]", 'commands.ask_list=["git push"]']
        recorder = Recorder()
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, "/policy")
        shown = recorder.of(CommandRan)[-1].text
        assert all(text in shown for text in ("curl", "no network here", "commands.ask_list", "git push"))


class TestExplain:
    @pytest.fixture
    def folder(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        monkeypatch.chdir(project)
        (project / "vtcode.toml").write_text(
            '[paths]\ndeny = ["closed"]\n'
            '[[commands.rules]]\ndecision = "deny"\nwords = "git push"\nreason = "ask the owner"\n'
        )
        yield project
        assert not (project / "ran").exists(), "nothing is run"

    def _explained(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
        exit_code = run_policy(parse(["policy", "explain", "--json", *arguments]))
        told = capsys.readouterr()
        assert (exit_code, told.err) == (0, "")
        explained: dict[str, object] = json.loads(told.out)
        assert list(explained) == ["decision", "rule", "reason", "parts"]
        return explained

    @pytest.mark.usefixtures("folder")
    @pytest.mark.parametrize(
        ("arguments", "decision", "rule"),
        [
            (["--", "ls", "-la"], "allow", "built-in"),
            (["--", "touch ran"], "prompt", "tools.default_policy"),
            (["--", "touch ran; git push"], "deny", 'commands.rules "git push"'),
            (["--", "touch ran > x"], "prompt", "more than plain words"),
            (["--", "ls \x1b[2K"], "prompt", "more than plain words"),
            (
                ["--tool", "write_file", "--args", '{"path": ".git/x", "content": ""}'],
                "prompt",
                "protected path",
            ),
            (["--tool", "read_file", "--args", '{"path": "vtcode.toml"}'], "allow", "built-in"),
            (["--tool", "read_file", "--args", '{"path": "/etc/passwd"}'], "deny", "outside the workspace"),
            (["--tool", "run_pty_cmd", "--args", '{"command": "ls", "cwd": "missing"}'], "deny", "none"),
            (["--tool", "read_file", "--args", '{"path": "closed/a"}'], "deny", 'paths.deny "closed"'),
            (
                ["--tool", "edit_file", "--args", '{"path": "closed/a", "old_str": "x", "new_str": "y"}'],
                "deny",
                'paths.deny "closed"',
            ),
            (["--", "cat", "closed/a"], "deny", 'paths.deny "closed"'),
        ],
    )
    def test_a_decision_is_told_with_its_rule(
        self, arguments: list[str], decision: str, rule: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        explained = self._explained(capsys, *arguments)
        assert (explained["decision"], explained["rule"]) == (decision, rule)
        assert explained["reason"]

    @pytest.mark.usefixtures("folder")
    def test_the_parts_are_the_words_that_programs_get(self, capsys: pytest.CaptureFixture[str]) -> None:
        explained = self._explained(capsys, "--", "touch 'ran twice' | c\\at && ls")
        assert explained["parts"] == [
            {"words": ["touch", "ran twice"], "joined_by": ""},
            {"words": ["cat"], "joined_by": "|"},
            {"words": ["ls"], "joined_by": "&&"},
        ]

    @pytest.mark.usefixtures("folder")
    def test_words_after_the_dashes_are_words_of_one_command(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        explained = self._explained(capsys, "--", "touch", "ran; x", "--json")
        assert explained["parts"] == [{"words": ["touch", "ran; x", "--json"], "joined_by": ""}]

    def test_the_program_tells_it_in_words_too(self, folder: Path, home: Path) -> None:
        done = run_vtcode("policy", "explain", "git push", cwd=folder, home=home)
        assert done.returncode == 0
        assert "decision  deny" in done.stdout
        assert "ask the owner" in done.stdout

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--tool", "nope"], ["--tool", "read_file", "--args", "{}"], ["ls", "--tool", "read_file"]],
    )
    @pytest.mark.usefixtures("folder")
    def test_what_can_not_be_explained_is_a_usage_error(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(UsageError):
            run_policy(parse(["policy", "explain", *arguments]))
        assert capsys.readouterr().out == ""

    def test_a_rule_that_fails_its_own_example_rejects_the_file(self, folder: Path, home: Path) -> None:
        text = '[[commands.rules]]\ndecision = "allow"\nglob = "npm *"\nno_match = ["npm publish"]\n'
        (folder / "vtcode.toml").write_text(
            f'# rules\n[[commands.rules]]\ndecision = "deny"\nwords = "x"\n{text}'
        )
        done = run_vtcode("policy", "explain", "ls", cwd=folder, home=home)
        assert done.returncode == 2
        assert "vtcode.toml:5: the rule commands.rules \"npm *\" matches 'npm publish'" in done.stderr
