"""What is found out about programs, paths, patterns and git before a command is judged."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.policy.support import TOOL, Place, make_place
from vtcode.actions import WriteAction
from vtcode.policy import Grants, Policy
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge
from vtcode.system.exposure import FolderSearch, secret_in_reach
from vtcode.system.facts import MAX_MATCHES, CommandPlace, PartFacts, PartQuery, collect


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def _part(place: Place, query: PartQuery) -> PartFacts:
    here = CommandPlace(cwd=str(place.root), workspace=str(place.root))
    return collect([query], here, environ=place.environ).parts[0]


class TestPrograms:
    def test_a_program_of_the_system_is_trusted(self, place: Place) -> None:
        part = _part(place, PartQuery(program="cat", paths=()))
        assert part.is_program_trusted
        assert part.program.endswith("/cat")

    @pytest.mark.parametrize("name", ["./ls", "bin/grep"])
    def test_a_program_of_the_workspace_is_not(self, name: str, place: Place) -> None:
        part = _part(place, PartQuery(program=name, paths=()))
        assert part.program
        assert not part.is_program_trusted

    @pytest.mark.parametrize("entry", ["bin", "./bin", "{root}/bin"])
    def test_the_first_one_in_path_counts(self, entry: str, place: Place) -> None:
        place.environ["PATH"] = f"{entry.format(root=place.root)}:{place.environ['PATH']}"
        assert not _part(place, PartQuery(program="grep", paths=())).is_program_trusted
        assert place.judge("grep x a.txt").decision == "prompt"
        assert place.judge("cat a.txt").decision == "allow"

    def test_an_empty_entry_of_path_is_the_current_folder(self, place: Place) -> None:
        place.environ["PATH"] = f":{place.environ['PATH']}"
        assert not _part(place, PartQuery(program="ls", paths=())).is_program_trusted

    def test_a_link_from_the_workspace_to_a_system_program_is_not_trusted(self, place: Place) -> None:
        (place.root / "bin" / "cat").symlink_to("/bin/cat")
        assert not _part(place, PartQuery(program="bin/cat", paths=())).is_program_trusted

    def test_a_missing_program_is_nothing(self, place: Place) -> None:
        assert _part(place, PartQuery(program="no-such-program", paths=())).program == ""


class TestShell:
    @pytest.mark.parametrize("entry", ["bin", "", "{root}/bin"])
    def test_a_shell_of_the_workspace_has_everything_asked(self, entry: str, place: Place) -> None:
        for folder in (place.root, place.root / "bin"):
            (folder / "bash").symlink_to("/bin/bash")
        place.environ["PATH"] = f"{entry.format(root=place.root)}:{place.environ['PATH']}"
        granted = Grants().with_rule("run_pty_cmd(ls)")
        verdict = place.judge("ls", Policy(tools={TOOL: "allow"}), granted)
        assert (verdict.decision, verdict.must_ask) == ("prompt", True)
        assert "bash, not the system's own" in verdict.reason

    def test_a_missing_shell_has_everything_asked(self, place: Place) -> None:
        facts = collect_facts(place.action("ls"), place.root, place.environ, shell="no-such-shell")
        verdict = judge(TOOL, place.action("ls"), Policy(tools={TOOL: "allow"}), Grants(), facts)
        assert (verdict.decision, verdict.must_ask) == ("prompt", True)

    def test_the_configured_shell_is_the_one_that_is_looked_at(self, place: Place) -> None:
        (place.root / "bin" / "bash").symlink_to("/bin/bash")
        for shell, trusted in ((f"{place.root}/bin/bash", False), ("/bin/bash", True)):
            facts = collect_facts(place.action("ls"), place.root, place.environ, shell=shell)
            assert (facts.shell, facts.is_shell_trusted) == (shell, trusted)


class TestPaths:
    def test_links_are_followed(self, place: Place) -> None:
        part = _part(place, PartQuery(program="cat", paths=("leak.txt", "src", "missing/x")))
        assert part.paths["leak.txt"].endswith("/outside/secret.txt")
        assert part.paths["missing/x"] == str(place.root / "missing" / "x")
        assert part.folders == {"src"}

    def test_paths_are_meant_from_where_the_command_runs(self, place: Place) -> None:
        part = _part(place, PartQuery(program="cat", paths=("app.py",), moves=("src",)))
        assert part.paths["app.py"] == str(place.root / "src" / "app.py")
        assert part.folder == str(place.root / "src")

    def test_nothing_is_found_out_where_the_folder_is_unknown(self, place: Place) -> None:
        assert _part(place, PartQuery(program="cat", paths=("a.txt",), moves=None)) == PartFacts()

    @pytest.mark.parametrize(("folder", "wanted"), [(".ssh", "prompt"), (".git", "prompt"), ("src", "allow")])
    def test_where_secrets_lie_no_command_runs_unasked(self, folder: str, wanted: str, place: Place) -> None:
        (place.root / folder).mkdir(exist_ok=True)
        action = replace(place.action("ls"), cwd=str(place.root / folder))
        facts = collect_facts(action, place.root, place.environ)
        assert judge(TOOL, action, Policy(), Grants(), facts).decision == wanted

    def test_an_option_behind_an_operand_may_be_a_file(self, place: Place) -> None:
        assert place.judge("cat a.txt -n").decision == "allow"
        (place.root / "-n").symlink_to(place.root.parent / "outside" / "secret.txt")
        assert place.judge("cat -n a.txt").decision == "allow"
        assert place.judge("cat a.txt -n").decision == "prompt"

    def test_a_folder_of_the_workspace_that_was_added_too_loses_no_protection(self, place: Place) -> None:
        added = place.root / ".vscode"
        added.mkdir()
        action = place.action("cd .vscode && touch tasks.json")
        facts = collect_facts(action, place.root, place.environ, added_folders=[added])
        verdict = judge(TOOL, action, Policy(tools={TOOL: "allow"}), Grants(), facts)
        assert (verdict.decision, verdict.rule) == ("prompt", "protected path")

    def test_a_folder_that_git_takes_for_a_repository_is_written_to_only_when_asked(
        self, place: Place
    ) -> None:
        place.run("git", "init", "--quiet", "--bare", "bare")
        for path, wanted in (("bare/config", "prompt"), ("src/config", "allow")):
            action = WriteAction(path=path, diff="", added_lines=1, removed_lines=0, creates=False)
            facts = collect_facts(action, place.root)
            allowing = Policy(tools={"write_file": "allow"})
            assert judge("write_file", action, allowing, Grants(), facts).decision == wanted

    def test_a_dangling_link_leads_where_it_says(self, place: Place) -> None:
        (place.root / "dangling").symlink_to("/etc/no-such-file")
        assert place.judge("cat dangling").decision == "prompt"

    def test_a_workspace_reached_through_a_link_is_the_same_workspace(self, place: Place) -> None:
        link = place.root.parent / "link"
        link.symlink_to(place.root)
        same = Place(root=link, environ=place.environ)
        assert same.judge("cat a.txt").decision == "allow"
        assert same.judge(f"cat {place.root}/a.txt").decision == "allow"


class TestPatterns:
    @pytest.mark.parametrize(
        "pattern", ["*.txt", "src/*.py", "s*/*", "??.txt", "*", "no*thing", "*/app.py", ".e*"]
    )
    def test_no_name_that_bash_finds_is_left_out(self, pattern: str, place: Place) -> None:
        found = _part(place, PartQuery(program="ls", paths=(), patterns=(pattern,))).matches[pattern]
        command = ["bash", "--noprofile", "--norc", "-O", "nullglob", "-c", f"printf '%s\\n' {pattern}"]
        listed = subprocess.run(
            command, cwd=place.root, env=place.environ, capture_output=True, text=True, check=True
        )
        assert set(listed.stdout.split("\n")) - {""} <= set(found)

    def test_a_letter_of_two_bytes_is_found_where_bash_counts_bytes(self, place: Place) -> None:
        (place.root / "é.txt").symlink_to(place.root.parent / "outside" / "secret.txt")
        place.environ["LC_ALL"] = "C"
        found = _part(place, PartQuery(program="cat", paths=(), patterns=("??.txt",))).matches["??.txt"]
        assert "é.txt" in found
        assert place.judge("cat ??.txt").decision == "prompt"

    def test_too_many_names_are_not_followed(self, place: Place) -> None:
        many = place.root / "many"
        many.mkdir()
        for number in range(MAX_MATCHES + 1):
            (many / str(number)).touch()
        assert "many/*" not in _part(place, PartQuery(program="ls", paths=(), patterns=("many/*",))).matches
        assert place.judge("ls many/*").decision == "prompt"

    def test_a_file_that_looks_like_an_option_is_no_harmless_name(self, place: Place) -> None:
        assert place.judge("sort *.txt").decision == "prompt", "a link leads outside"
        (place.root / "leak.txt").unlink()
        assert place.judge("sort *.txt").decision == "allow"
        (place.root / "-o.txt").touch()
        assert place.judge("sort *.txt").decision == "prompt"


class TestEnvironment:
    @pytest.mark.parametrize("name", ["GIT_EXTERNAL_DIFF", "POSIXLY_CORRECT"])
    def test_a_variable_that_changes_what_git_does_is_asked_about(self, name: str, place: Place) -> None:
        assert place.judge("git diff").decision == "allow"
        place.environ[name] = "x"
        assert place.judge("git diff").decision == "prompt"

    def test_a_configuration_of_ripgrep_in_the_workspace_is_asked_about(self, place: Place) -> None:
        place.environ["RIPGREP_CONFIG_PATH"] = str(place.root.parent / "home" / "ripgreprc")
        assert place.judge("rg x src").decision == "allow"
        assert place.judge("rg x").decision == "prompt", "it may say --hidden, and there is a .env"
        place.environ["RIPGREP_CONFIG_PATH"] = str(place.root / "ripgreprc")
        assert place.judge("rg x src").decision == "prompt"


class TestSearches:
    @pytest.mark.parametrize(
        "line",
        [
            "grep -r x",
            "grep -rn x .",
            "grep --recursive x ./",
            "egrep -ri x .",
            "cd src && grep -r x ..",
            "grep -r --include='*.py' --include='.e*' x .",
            "grep -r --exclude=a --include='*.py' x .",
            "grep -r -f a.txt",
            "rg --hidden x",
            "rg -. x .",
            "rg -uu x",
            "rg x -g '.env'",
            "rg x -g '*'",
            "rg x -g '{.env,a}'",
            "rg --iglob '.ENV' x",
            "git grep --untracked KEY",
        ],
    )
    def test_a_search_that_would_reach_secrets_is_asked_about(self, line: str, place: Place) -> None:
        verdict = place.judge(line)
        assert verdict.decision == "prompt"
        assert ".env, which may hold secrets" in verdict.reason

    @pytest.mark.parametrize(
        "line",
        [
            "grep -rn x src",
            "grep -r --include='*.py' x .",
            "grep -n x README.md src/app.py",
            "rg x",
            "rg --hidden x src",
            "rg -g '*.py' x",
            "rg -g '!*.py' x",
            "rg --files --hidden",
            "git grep KEY",
        ],
    )
    def test_a_search_that_passes_them_over_is_not(self, line: str, place: Place) -> None:
        assert place.judge(line).decision == "allow"

    def test_a_key_without_a_dot_is_reached_by_every_search(self, place: Place) -> None:
        (place.root / "src" / "server.pem").touch()
        assert place.judge("rg x").decision == "prompt"
        assert place.judge("grep -r x src").decision == "prompt"
        assert place.judge("grep -r --include='*.py' x src").decision == "allow"

    def test_a_folder_with_keys_is_reached(self, place: Place) -> None:
        (place.root / "src" / ".ssh").mkdir()
        assert place.judge("grep -r x src").decision == "prompt"

    def test_gits_own_folder_is_read_unless_it_holds_a_token(self, place: Place) -> None:
        (place.root / ".env").unlink()
        assert place.judge("grep -r x .").decision == "allow"
        place.run("git", "remote", "add", "origin", "https://token@example.org/x")
        assert place.judge("grep -r x .").decision == "prompt"
        assert place.judge("rg x").decision == "allow"
        assert place.judge("rg --hidden x").decision == "prompt"

    def test_what_is_too_much_to_look_at_is_asked_about(self, tmp_path: Path) -> None:
        for number in range(3):
            (tmp_path / str(number)).touch()
        search = FolderSearch(operands=())
        assert secret_in_reach([str(tmp_path)], search, max_entries=3) == ""
        assert secret_in_reach([str(tmp_path)], search, max_entries=2) is None

    @pytest.mark.parametrize(
        "file", [".ignore", ".gitignore", ".rgignore", ".git/info/exclude", "src/.ignore"]
    )
    @pytest.mark.parametrize(
        "line", ["!.env", "!/.env", "!.env/", "!.e*", "!*", "![.]env", "!\\.env", "!.ENV"]
    )
    def test_an_ignore_file_may_let_hidden_secrets_in(self, file: str, line: str, place: Place) -> None:
        (place.root / "src" / ".env").write_text("KEY=1\n")
        (place.root / file).write_text(f"*.log\n{line}\n")
        assert place.judge("rg KEY src").decision == "prompt"

    @pytest.mark.parametrize("line", [".env", "!.gitkeep", "# !.env", "!src"])
    def test_other_lines_of_an_ignore_file_let_none_in(self, line: str, place: Place) -> None:
        (place.root / ".ignore").write_text(f"{line}\n")
        assert place.judge("rg KEY").decision == "allow"


class TestGit:
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("core.fsmonitor", "./evil"),
            ("core.pager", "./evil"),
            ("core.pager", "less"),
            ("pager.log", "./evil"),
            ("core.worktree", "/"),
            ("diff.external", "./evil"),
            ("diff.python.textconv", "./evil"),
            ("diff.python.command", "./evil"),
            ("filter.x.clean", "./evil"),
            ("filter.lfs.process", "git-lfs filter-process"),
            ("log.showSignature", "true"),
            ("gpg.program", "./evil"),
            ("gpg.ssh.program", "./evil"),
            ("format.pretty", "%G?"),
            ("format.pretty", "%+G?"),
            ("branch.sort", "signature:grade"),
            ("remote.origin.promisor", "true"),
        ],
    )
    def test_a_helper_in_the_repository_makes_reading_asked(self, key: str, value: str, place: Place) -> None:
        assert place.judge("git log").decision == "allow"
        place.run("git", "config", "--local", key, value)
        verdict = place.judge("git log")
        assert verdict.decision == "prompt"
        assert key.lower() in verdict.reason.lower()

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("core.fsmonitor", "false"),
            ("pager.log", "true"),
            ("user.name", "x"),
            ("alias.status", "!evil"),
            ("format.pretty", "oneline"),
        ],
    )
    def test_a_harmless_setting_asks_nothing(self, key: str, value: str, place: Place) -> None:
        place.run("git", "config", "--local", key, value)
        assert place.judge("git log").decision == "allow"

    @pytest.mark.parametrize(
        ("key", "value", "decision"),
        [
            ("core.pager", "delta", "allow"),
            ("filter.lfs.process", "git-lfs filter-process", "allow"),
            ("filter.lfs.clean", "git-lfs clean -- %f", "allow"),
            ("gpg.program", "/opt/gpg", "allow"),
            ("filter.x.clean", "./evil", "prompt"),
            ("core.fsmonitor", ".git/hooks/watch", "prompt"),
            ("diff.external", "git-lfs; ./evil", "prompt"),
        ],
    )
    def test_the_users_own_usual_helpers_ask_nothing(
        self, key: str, value: str, decision: str, place: Place
    ) -> None:
        place.run("git", "config", "--global", key, value)
        assert place.judge("git status").decision == decision

    def test_a_helper_in_the_environments_configuration_is_seen(self, place: Place) -> None:
        setting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "diff.external", "GIT_CONFIG_VALUE_0": "./x"}
        place.environ.update(setting)
        assert place.judge("git diff").decision == "prompt"

    @pytest.mark.parametrize(
        "key", ["include.path", "includeIf.gitdir:**.path", "includeIf.onbranch:main.path"]
    )
    def test_a_helper_in_an_included_file_is_seen(self, key: str, place: Place) -> None:
        (place.root / "harmless.inc").write_text("[core]\n\tfsmonitor = ./evil\n")
        assert place.judge("git status").decision == "allow"
        place.run("git", "config", "--local", key, str(place.root / "harmless.inc"))
        assert place.judge("git status").decision == "prompt"

    def test_a_helper_in_the_configuration_of_a_work_tree_is_seen(self, place: Place) -> None:
        place.run("git", "config", "--local", "extensions.worktreeConfig", "true")
        assert place.judge("git diff").decision == "allow"
        place.run("git", "config", "--worktree", "diff.external", "./evil")
        assert place.judge("git diff").decision == "prompt"

    def test_a_hook_in_a_folder_of_the_configuration_is_seen(self, place: Place) -> None:
        hook = place.root / "src" / "post-index-change"
        hook.write_text("#!/bin/sh\n")
        assert place.judge("git status").decision == "allow"
        place.run("git", "config", "--local", "core.hooksPath", "src")
        assert place.judge("git status").decision == "prompt"

    def test_a_hook_that_status_would_run_is_seen(self, place: Place) -> None:
        hook = place.root / ".git" / "hooks" / "post-index-change"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\n")
        assert place.judge("git status").decision == "prompt"

    def test_the_configuration_of_a_submodule_counts(self, place: Place) -> None:
        inner = place.root / "inner"
        inner.mkdir()
        place.run("git", "init", "--quiet", "inner")
        identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
        place.run("git", "-C", "inner", *identity, "commit", "--quiet", "--allow-empty", "-m", "x")
        place.run("git", "add", "inner")
        assert place.judge("git status").decision == "allow"
        place.run("git", "-C", "inner", "config", "core.fsmonitor", "./evil")
        assert place.judge("git status").decision == "prompt"

    def test_a_folder_that_looks_like_a_bare_repository_is_one(self, place: Place) -> None:
        place.run("git", "init", "--quiet", "--bare", "trap")
        place.run("git", "-C", "trap", "config", "core.fsmonitor", "./evil")
        assert place.judge("cd trap && git status").decision == "prompt"

    def test_outside_a_repository_nothing_can_be_run(self, tmp_path: Path, place: Place) -> None:
        folder = tmp_path / "plain"
        folder.mkdir()
        environ = {**place.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
        assert Place(root=folder, environ=environ).judge("git status").decision == "allow"

    def test_the_users_own_rule_needs_no_look_at_helpers(self, place: Place) -> None:
        place.run("git", "config", "--local", "diff.external", "./evil")
        assert place.judge("git diff", Policy(tools={"run_pty_cmd": "allow"})).decision == "allow"


class TestWhatGitObeys:
    @pytest.fixture(autouse=True)
    def _configured(self, place: Place) -> None:
        place.run("git", "config", "core.hooksPath", "tools/hooks")
        place.run("git", "config", "include.path", "../team.gitconfig")
        (place.root / "tools" / "hooks").mkdir(parents=True)
        (place.root / "tools" / "other").touch()
        (place.root / "way").symlink_to("tools/hooks")

    @pytest.mark.parametrize(
        "path", ["tools/hooks/pre-commit", "tools/hooks/new/x", "way/pre-commit", "team.gitconfig"]
    )
    def test_writing_there_is_asked_whatever_is_allowed(self, path: str, place: Place) -> None:
        policy = Policy(tools={"write_file": "allow", "run_pty_cmd": "allow"})
        action = WriteAction(path=path, diff="", added_lines=1, removed_lines=0, creates=True)
        facts = collect_facts(action, place.root)
        assert judge("write_file", action, policy, Grants(), facts).rule == "protected path"
        assert place.judge(f"cp a.txt {path}", policy).rule == "protected path"

    @pytest.mark.parametrize("path", ["tools/other", "a.txt", "new.txt"])
    def test_writing_elsewhere_is_not(self, path: str, place: Place) -> None:
        policy = Policy(tools={"write_file": "allow", "run_pty_cmd": "allow"})
        action = WriteAction(path=path, diff="", added_lines=1, removed_lines=0, creates=True)
        facts = collect_facts(action, place.root)
        assert judge("write_file", action, policy, Grants(), facts).decision == "allow"
        assert place.judge(f"cp a.txt {path}", policy).decision == "allow"

    def test_reading_there_needs_no_question(self, place: Place) -> None:
        assert place.judge("ls tools/hooks").decision == "allow"


class TestDiffOfFolders:
    def test_outside_a_repository_folders_are_not_compared(self, place: Place) -> None:
        for folder in ("one", "two"):
            (place.root / folder).mkdir()
            (place.root / folder / ".env").write_text(folder)
        assert place.judge("git diff one two").decision == "allow"
        (place.root / ".git").rename(place.root.parent / "git")
        assert place.judge("git diff one two").decision == "prompt"
        assert place.judge("git diff a.txt b.txt").decision == "allow"

    def test_nor_are_those_beside_a_repository(self, place: Place) -> None:
        (place.root / ".git").rename(place.root / "src" / ".git")
        (place.root / "bin2").mkdir()
        assert place.judge("cd src && git diff ../bin ../bin2").decision == "prompt"
