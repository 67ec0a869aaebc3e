"""What no permission given beforehand covers: what is denied, what is protected, what may hold secrets."""

from __future__ import annotations

import pytest

from tests.policy.support import TOOL, Place, make_place
from vtcode.actions import ReadAction, WriteAction
from vtcode.policy import CommandRules, Grants, Policy, Verdict
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge
from vtcode.policy.verdict import standing

DENYING = Policy(default="deny", default_explicit=True)
WRITE = WriteAction(path="a.txt", diff="+x\n", added_lines=1, removed_lines=0, creates=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("permitted"))


def _reading(path: str, *, tool: str = "read_file", policy: Policy | None = None) -> Verdict:
    action = ReadAction(path=path, summary=path, names_only=tool == "list_files")
    return judge(tool, action, policy or Policy(), Grants().with_rule(tool))


class TestDeny:
    def test_an_explicit_default_of_deny_beats_a_grant_for_a_tool(self) -> None:
        verdict = judge("write_file", WRITE, DENYING, Grants().with_rule("write_file"))
        assert (verdict.decision, verdict.rule) == ("deny", "tools.default_policy")

    def test_an_explicit_default_of_deny_beats_grants_and_allow_rules_for_commands(
        self, place: Place
    ) -> None:
        policy = Policy(
            default="deny", default_explicit=True, commands=CommandRules(allow_list=("git status",))
        )
        granted = Grants().with_rule("run_pty_cmd(npm test)")
        for line in ("git status", "npm test", "git status && npm test", "ls", "ls > x", "rm .git/x"):
            verdict = place.judge(line, policy, granted)
            assert (verdict.decision, verdict.rule) == ("deny", "tools.default_policy")

    def test_an_entry_for_the_tool_still_beats_a_default_of_deny(self, place: Place) -> None:
        policy = Policy(default="deny", default_explicit=True, tools={TOOL: "prompt"})
        assert place.judge("npm test", policy).decision == "prompt"
        assert place.judge("npm test", policy, Grants().with_rule("run_pty_cmd(npm test)")).decision == (
            "allow"
        )


class TestMustAsk:
    @pytest.mark.parametrize(
        "line",
        [
            "rm -rf .git",
            "echo x > vtcode.toml",
            "$x a",
            "`a`",
            "make <<E\nE",
            "'",
            "make > $x",
            "make > a.txt",
            "echo $HOME",
        ],
    )
    def test_protected_paths_and_risky_forms_are_for_the_user_alone(self, line: str, place: Place) -> None:
        verdict = place.judge(line)
        assert (verdict.decision, verdict.must_ask) == ("prompt", True)

    @pytest.mark.parametrize("line", ["npm test", "rm a.txt"])
    def test_what_an_allowed_tool_covers_may_be_permitted_beforehand(self, line: str, place: Place) -> None:
        verdict = place.judge(line)
        assert (verdict.decision, verdict.must_ask) == ("prompt", False)
        assert place.judge(line, Policy(tools={TOOL: "allow"})).decision == "allow"

    def test_writing_a_protected_file_is_for_the_user_alone(self) -> None:
        action = WriteAction(path=".git/config", diff="", added_lines=0, removed_lines=0, creates=True)
        assert judge("write_file", action, Policy(), Grants()).must_ask
        assert not judge("write_file", WRITE, Policy(), Grants()).must_ask

    @pytest.mark.parametrize(
        ("line", "rule"),
        [
            ("echo x > .git/hooks/pre-commit", "protected path"),
            ("set x (cat vtcode.toml)", "protected path"),
            ("rm -rf .gi?", "protected path"),
            ("npm test", "more than plain words"),
        ],
    )
    def test_lines_for_another_shell_are_for_the_user_alone_and_named_by_what_they_touch(
        self, line: str, rule: str, place: Place
    ) -> None:
        verdict = place.judge(line, Policy(shell="/usr/bin/fish", tools={TOOL: "allow"}))
        assert (verdict.decision, verdict.rule, verdict.must_ask) == ("prompt", rule, True)


class TestSensitiveFiles:
    @pytest.mark.parametrize(
        "path",
        [".env", "sub/.ENV", ".env.local", ".ssh/config", "id_rsa", "server.key", ".git/config", ".env."],
    )
    @pytest.mark.parametrize("tool", ["read_file", "grep_file"])
    def test_what_may_hold_secrets_is_read_only_after_a_question(self, path: str, tool: str) -> None:
        verdict = _reading(path, tool=tool, policy=Policy(tools={tool: "allow"}))
        assert (verdict.decision, verdict.rule, verdict.always_rule) == ("prompt", "sensitive file", "")
        assert verdict.must_ask
        assert f"{path} may hold secrets" in verdict.reason

    @pytest.mark.parametrize("path", [".env.example", ".env.sample", "src/environment.py", "keys.md", "."])
    def test_examples_and_ordinary_files_are_read_without_a_question(self, path: str) -> None:
        assert _reading(path).decision == "allow"

    def test_names_alone_hold_no_secrets(self) -> None:
        assert _reading(".ssh", tool="list_files").decision == "allow"

    def test_a_link_to_secrets_is_seen_through(self, place: Place) -> None:
        (place.root / "harmless.txt").symlink_to(".env")
        action = ReadAction(path="harmless.txt", summary="harmless.txt")
        verdict = judge("read_file", action, Policy(), Grants(), collect_facts(action, place.root))
        assert verdict.rule == "sensitive file"

    def test_a_denied_tool_is_not_asked_about(self) -> None:
        assert _reading(".env", policy=Policy(tools={"read_file": "deny"})).decision == "deny"


def test_the_standing_policy_is_the_shared_one() -> None:
    assert standing("read_file", Policy()) == ("allow", "built-in")
    assert standing("read_file", DENYING) == ("deny", "tools.default_policy")
    assert standing("write_file", Policy()) == ("prompt", "tools.default_policy")
