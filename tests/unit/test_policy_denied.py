"""`[paths] deny`: what is closed to the model, for files and for commands alike."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.support import TOOL, Place, make_place
from tests.support.configuration import configuration_from
from vtcode.actions import ReadAction, WriteAction
from vtcode.bootstrap.containment import tool_context
from vtcode.bootstrap.permissions import policy_of
from vtcode.policy import CommandRules, Grants, Policy, Verdict
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge
from vtcode.system.denied import DeniedPaths, pattern_problem

ROOTS = ("/home/me/project", "/srv/added")
PATTERNS = ("secrets", "*.sqlite", "config/prod", "/etc", "~/notes", "docs/**/*.key.md", "Mixed/Case")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = make_place(tmp_path_factory.mktemp("closed"))
    for name in ("secrets/key.txt", "src/data.sqlite", "config/prod/db.toml", "config/dev/db.toml"):
        file = place.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("KEY\n")
    (place.root / "way").symlink_to(place.root / "secrets")
    (place.root / ".env").unlink()
    return place


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = make_place(tmp_path_factory.mktemp("tracked"))
    (place.root / "secrets").mkdir()
    (place.root / "secrets" / "key.txt").write_text("KEY\n")
    place.run("git", "add", "secrets")
    return place


def policy(place: Place, given: Policy | None = None) -> Policy:
    paths = DeniedPaths(
        patterns=("secrets", "*.sqlite", "config/prod", "~/notes"), home=str(place.root.parent / "home")
    )
    return replace(given or Policy(), paths=paths)


def judged(place: Place, line: str, given: Policy, grants: Grants | None = None) -> Verdict:
    action = place.action(line)
    facts = collect_facts(action, place.root, place.environ, denied=given.paths)
    return judge(TOOL, action, given, grants or Grants(), facts)


class TestPatterns:
    @pytest.mark.parametrize(
        ("path", "pattern"),
        [
            ("/home/me/project/secrets", "secrets"),
            ("/home/me/project/secrets/a/b", "secrets"),
            ("/home/me/project/src/secrets/a", "secrets"),
            ("/home/me/project/SECRETS/a", "secrets"),
            ("/srv/added/secrets", "secrets"),
            ("/home/me/project/a.sqlite", "*.sqlite"),
            ("/home/me/project/x/a.SQLite", "*.sqlite"),
            ("/home/me/project/config/prod/x.toml", "config/prod"),
            ("/etc/ssl/openssl.cnf", "/etc"),
            ("/home/me/notes", "~/notes"),
            ("/home/me/notes/x", "~/notes"),
            ("/home/me/project/docs/a/b/x.key.md", "docs/**/*.key.md"),
            ("/home/me/project/docs/x.key.md", "docs/**/*.key.md"),
            ("/home/me/project/mixed/case", "Mixed/Case"),
        ],
    )
    def test_what_it_names_is_closed_with_all_that_is_in_it(self, path: str, pattern: str) -> None:
        denied = DeniedPaths(patterns=PATTERNS, home="/home/me")
        assert denied.rule_for(path, ROOTS) == f'paths.deny "{pattern}"'

    @pytest.mark.parametrize(
        "path",
        [
            "/home/me/project",
            "/home/me/project/secrets.txt",
            "/home/me/project/my-secrets",
            "/home/me/project/a.sqlite3",
            "/home/me/project/src/config/prod",
            "/home/me/project/etc",
            "/etcetera",
            "/home/me/project/notes",
            "/home/secrets/project/a",
        ],
    )
    def test_what_only_resembles_it_is_not(self, path: str) -> None:
        assert DeniedPaths(patterns=PATTERNS, home="/home/me").rule_for(path, ROOTS) == ""

    def test_a_workspace_in_a_folder_of_that_name_is_open(self) -> None:
        denied = DeniedPaths(patterns=("work",))
        assert denied.rule_for("/home/work/project/a", ("/home/work/project",)) == ""
        assert denied.rule_for("/home/work/project/work/a", ("/home/work/project",)) != ""

    @pytest.mark.parametrize(
        "pattern", ["", "/", ".", "./", "//", "..", "../x", "a/../../b", "~root/x", "[z-a]"]
    )
    def test_what_can_not_be_meant_is_refused(self, pattern: str) -> None:
        assert pattern_problem(pattern)

    @pytest.mark.parametrize("pattern", [*PATTERNS, "./x", "x/", "a b", "{a,b}/c", "[ab].txt", "**/x"])
    def test_what_can_be_meant_is_not(self, pattern: str) -> None:
        assert pattern_problem(pattern) == ""


class TestFiles:
    @pytest.mark.parametrize(
        "path", ["secrets", "secrets/key.txt", "way/key.txt", "src/data.sqlite", "./config/prod/db.toml"]
    )
    @pytest.mark.parametrize("tool", ["read_file", "list_files", "grep_file", "write_file", "edit_file"])
    def test_no_tool_for_files_gets_there(self, tool: str, path: str, place: Place) -> None:
        action = (
            WriteAction(path=path, diff="", added_lines=0, removed_lines=0, creates=False)
            if tool in ("write_file", "edit_file")
            else ReadAction(path=path, summary=path, names_only=tool == "list_files")
        )
        granted = Grants().with_rule(tool)
        facts = collect_facts(action, place.root)
        verdict = judge(tool, action, policy(place, Policy(tools={tool: "allow"})), granted, facts)
        assert verdict.decision == "deny"
        assert verdict.rule.startswith("paths.deny ")

    @pytest.mark.parametrize("path", [".", "src", "config/dev/db.toml", "README.md"])
    def test_the_rest_is_as_open_as_before(self, path: str, place: Place) -> None:
        action = ReadAction(path=path, summary=path)
        facts = collect_facts(action, place.root)
        assert judge("read_file", action, policy(place), Grants(), facts).decision == "allow"


class TestCommands:
    @pytest.mark.parametrize(
        "line",
        [
            "cat secrets/key.txt",
            "cat ./secrets/../secrets/key.txt",
            "cat way/key.txt",
            "cat se*/key.txt",
            "cat src/data.sqlite",
            "cd config && cat prod/db.toml",
            "cd secrets && ls",
            "ls secrets",
            "rm -rf secrets",
            "cp -r secrets elsewhere",
            "npm test && cat secrets/key.txt",
            "timeout 5 cat secrets/key.txt",
            "sudo cat secrets/key.txt",
            "cat SECRETS/key.txt",
            "cat s'ecret's/key.txt",
            "cat secrets/key.txt > copy.txt",
            "echo $(cat secrets/key.txt)",
            "cat ~/notes/a.txt",
            "X=1 cat secrets/key.txt",
            "cd src; cat secrets/key.txt",
            "secrets/run.sh",
            "cat {root}/secrets/key.txt",
            "sh -c 'cat secrets/key.txt'",
            "timeout 5 sh -c 'cat secrets/key.txt'",
            "sh -c 'cd secrets && cat key.txt'",
            "sh -c \"cat sec''rets/key.txt\"",
            "bash -lc 'x;cat<src/data.sqlite'",
            "bash -c \"sh -c 'cat config/prod/db.toml'\"",
            "cd config && sh -c 'cat prod/db.toml'",
            "sh -c 'cat ~/notes/a.txt'",
            "bash-5.2 -c 'cat secrets/key.txt'",
            "watch 'cat secrets/key.txt'",
            "tmux new -d 'cat secrets/key.txt'",
            "flock lock -c 'cat secrets/key.txt'",
            "trap 'cat secrets/key.txt' EXIT",
        ],
    )
    def test_a_line_that_names_it_is_denied_whatever_is_allowed(self, line: str, place: Place) -> None:
        line = line.replace("{root}", str(place.root))
        allowing = policy(
            place, Policy(tools={TOOL: "allow"}, commands=CommandRules(allow_regex=(".*",)), mode="auto")
        )
        verdict = judged(place, line, allowing)
        assert verdict.decision == "deny", verdict
        assert verdict.rule.startswith("paths.deny ")

    @pytest.mark.parametrize(
        "line",
        [
            "grep -rn KEY .",
            "rg KEY",
            "grep -rn KEY src",
            "tool --output=secrets/a",
            "tool -osecrets/a",
            "git show HEAD:secrets/key.txt",
            "curl -F file=@secrets/key.txt localhost",
            "cd missing; cat ../se",
            "sh -c 'cat secret*/key.txt'",
            "sh -c 'cat [s]ecrets/key.txt'",
            "sh -c 'cat ${X}rets/key.txt'",
            "sh -c 'cd config && cat prod/db.toml'",
            "sh -c 'cat ~+/config/pr''od/db.toml'",
            "python3 -c \"print(open('secrets/key.txt').read())\"",
            "python3 -c 'from sqlite3 import *; connect(\"file:src/data.sqlite?mode=ro\")'",
            'node -e \'console.log(require("fs").readFileSync("secrets/key.txt"))\'',
            "git commit -m 'what secrets hold'",
            "echo secrets/key.txt | xargs cat",
            "echo 'cat secrets/key.txt' | sh",
            "env -C config cat prod/db.toml",
            "cd src && git show HEAD:config/prod/db.toml",
            "cd src && git show :config/prod/db.toml",
            "git -C src show HEAD:config/prod/db.toml",
            "cd config; git cat-file -p HEAD:config/prod/db.toml",
            "git -C src log -p -- ':(top)config/prod'",
            "git -C src diff HEAD -- :/config/prod",
            "git -C src log -L1,1:config/prod/db.toml",
        ],
    )
    def test_a_line_that_reaches_it_or_may_name_it_is_asked_about(self, line: str, place: Place) -> None:
        verdict = judged(place, line, policy(place, Policy(tools={TOOL: "allow"})))
        assert (verdict.decision, verdict.must_ask) == ("prompt", True), verdict
        assert not verdict.always_rule

    @pytest.mark.parametrize(
        "line",
        [
            "ls",
            "cat README.md",
            "grep -rn secrets README.md",
            "grep -rn KEY config/dev",
            "echo secrets",
            "grep -rn KEY bin",
            "grep 'import secrets' README.md",
            "git log --oneline --grep 'secrets of'",
            "git diff",
            "git show HEAD:README.md",
        ],
    )
    def test_other_reading_asks_nothing(self, line: str, place: Place) -> None:
        assert judged(place, line, policy(place)).decision == "allow"

    def test_a_folder_that_is_closed_is_no_place_to_run_in(self, place: Place) -> None:
        action = replace(place.action("ls"), cwd=str(place.root / "secrets"))
        given = policy(place)
        facts = collect_facts(action, place.root, place.environ, denied=given.paths)
        assert judge(TOOL, action, given, Grants(), facts).decision == "deny"

    def test_without_a_rule_nothing_changes(self, place: Place) -> None:
        assert judged(place, "cat secrets/key.txt", Policy()).decision == "allow"

    @pytest.mark.parametrize(
        "line", ["sh -c 'echo \"a\" b'", "bash -c 'npm test; ls src'", "python3 -c 'print(1)'", "npm test"]
    )
    def test_text_that_names_nothing_closed_is_as_allowed_as_before(self, line: str, place: Place) -> None:
        assert judged(place, line, policy(place, Policy(tools={TOOL: "allow"}))).decision == "allow"


class TestTextOfOtherPrograms:
    @given(data=st.data())
    def test_no_quoting_or_nesting_has_a_closed_path_allowed(self, data: st.DataObject, place: Place) -> None:
        path = data.draw(st.sampled_from(["secrets/key.txt", "./src/data.sqlite", "config/prod/db.toml"]))
        if data.draw(st.booleans()):
            quote = data.draw(st.sampled_from(["'", '"', "'''"]))
            before = data.draw(st.sampled_from(["print(open(", "x=[", "import a;f(1,", "for l in open(r"]))
            line = f"python3 -c {shlex.quote(f'{before}{quote}{path}{quote})')}"
        else:
            line = "cat " + "".join(
                data.draw(st.sampled_from([c, f"'{c}'", f'"{c}"', f"''{c}", f"\\{c}"])) for c in path
            )
        for _ in range(data.draw(st.integers(1, 3))):
            shell = data.draw(st.sampled_from(["sh -c", "bash -c", "timeout 5 /bin/sh -c", "bash -lc"]))
            line = f"{shell} {shlex.quote(line)}"
        assert judged(place, line, policy(place, Policy(tools={TOOL: "allow"}))).decision != "allow", line


class TestTrackedFiles:
    """What git shows of closed files without a word that names them."""

    SHOWING = (
        "git grep KEY",
        "git diff",
        "git diff --stat -p",
        "git show HEAD",
        "git show HEAD HEAD:README.md",
        "git log -p",
        "git log -S KEY",
        "git stash show -p",
        "git status -v",
        "cd src && git diff --cached",
        "git cat-file -p 0123456",
    )

    @pytest.mark.parametrize("line", SHOWING)
    def test_a_command_that_shows_all_content_is_asked_about(self, line: str, tracked: Place) -> None:
        verdict = judged(tracked, line, policy(tracked, Policy(tools={TOOL: "allow"})))
        assert (verdict.decision, verdict.must_ask) == ("prompt", True), verdict

    @pytest.mark.parametrize("line", SHOWING)
    def test_it_is_not_where_git_tracks_nothing_closed(self, line: str, place: Place) -> None:
        assert judged(place, line, policy(place)).decision == "allow"

    @pytest.mark.parametrize(
        "line",
        ["git status", "git diff --stat", "git log --oneline", "git show HEAD:README.md", "git show --stat"],
    )
    def test_what_shows_none_of_it_is_not(self, line: str, tracked: Place) -> None:
        assert judged(tracked, line, policy(tracked)).decision == "allow"

    def test_what_only_the_last_commit_holds_counts(self, tracked: Place) -> None:
        place = tracked
        identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        place.run("git", *identity, "commit", "--quiet", "-m", "closed")
        place.run("git", "rm", "-r", "--cached", "--quiet", "secrets")
        assert judged(place, "git diff --cached", policy(place)).decision == "prompt"


def test_an_added_folder_is_closed_by_the_same_names(tmp_path: Path, place: Place) -> None:
    (tmp_path / "secrets").mkdir()
    action = ReadAction(path=str(tmp_path / "secrets" / "a"), summary="a")
    facts = collect_facts(action, place.root, added_folders=[tmp_path.resolve()])
    assert judge("read_file", action, policy(place), Grants(), facts).decision == "deny"


def test_a_session_has_what_the_configuration_closes(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path, user='[paths]\ndeny = ["secrets", "~/notes"]\n')
    workspace = tool_context(configuration, interactive=False).workspace
    assert workspace.is_closed(workspace.root / "src" / "secrets" / "a")
    assert workspace.is_closed(Path.home().resolve() / "notes" / "a")
    assert not workspace.is_closed(workspace.root / "src")
    assert policy_of(configuration).paths.patterns == ("secrets", "~/notes")
