"""The order of judgement: what is denied, asked and allowed, and by which rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.support import TOOL, Place, make_place
from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.permissions import Decision
from vtcode.policy import CommandRule, CommandRules, Grants, Policy, Verdict
from vtcode.policy.command_rules import example_problem
from vtcode.policy.gathering import collect_facts
from vtcode.policy.rules import judge


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = make_place(tmp_path_factory.mktemp("ruled"))
    (place.root / "linked.txt").symlink_to(place.root / ".env")
    return place


def _write(path: str) -> WriteAction:
    return WriteAction(path=path, diff="+x\n", added_lines=1, removed_lines=0, creates=True)


def _read(path: str) -> ReadAction:
    return ReadAction(path=path, summary=path)


def _denying(*entries: str) -> Policy:
    return Policy(commands=CommandRules(deny_list=entries))


def _allowing(*entries: str) -> Policy:
    return Policy(commands=CommandRules(allow_list=entries))


class TestTools:
    @pytest.mark.parametrize("tool", ["read_file", "list_files", "grep_file"])
    def test_reading_tools_need_no_question(self, tool: str) -> None:
        verdict = judge(tool, _read("src"), Policy(), Grants())
        assert (verdict.decision, verdict.rule) == ("allow", "built-in")

    def test_a_plan_needs_no_question(self) -> None:
        assert judge("update_plan", PlanAction(steps=2), Policy(), Grants()).decision == "allow"

    @pytest.mark.parametrize("policy", ["allow", "prompt", "deny"])
    def test_integrations_are_asked_about_unless_a_policy_says_otherwise(self, policy: Decision) -> None:
        action = IntegrationsAction(address="http://localhost:1234", servers=("mcp/files",))
        chosen = Policy(tools={"integrations": policy})
        assert judge("integrations", action, Policy(), Grants()).decision == "prompt"
        assert judge("integrations", action, chosen, Grants()).decision == policy

    @pytest.mark.parametrize("tool", ["write_file", "edit_file"])
    def test_writing_tools_are_asked_about(self, tool: str) -> None:
        verdict = judge(tool, _write("a.txt"), Policy(), Grants())
        assert (verdict.decision, verdict.always_rule) == ("prompt", tool)

    @pytest.mark.parametrize("decision", ["prompt", "allow"])
    def test_an_explicit_default_leaves_the_built_in_policies(self, decision: str) -> None:
        policy = Policy(default="prompt" if decision == "prompt" else "allow", default_explicit=True)
        assert judge("read_file", _read("src"), policy, Grants()).decision == "allow"

    def test_an_explicit_default_of_allow_allows_the_rest(self) -> None:
        policy = Policy(default="allow", default_explicit=True)
        verdict = judge("write_file", _write("a.txt"), policy, Grants())
        assert (verdict.decision, verdict.rule) == ("allow", "tools.default_policy")

    def test_an_explicit_default_of_deny_beats_the_built_in_policies(self) -> None:
        policy = Policy(default="deny", default_explicit=True)
        verdict = judge("read_file", _read("src"), policy, Grants())
        assert (verdict.decision, verdict.rule) == ("deny", "tools.default_policy")

    def test_an_entry_for_the_tool_beats_everything_built_in(self) -> None:
        policy = Policy(
            tools={"read_file": "deny", "write_file": "allow"}, default="deny", default_explicit=True
        )
        denied = judge("read_file", _read("src"), policy, Grants())
        assert denied.decision == "deny"
        assert "tools.policies.read_file" in denied.reason
        allowed = judge("write_file", _write("a.txt"), policy, Grants())
        assert (allowed.decision, allowed.rule) == ("allow", "tools.policies.write_file")

    def test_a_grant_allows_what_would_be_asked(self) -> None:
        grants = Grants().with_rule("write_file")
        verdict = judge("write_file", _write("a.txt"), Policy(), grants)
        assert (verdict.decision, verdict.rule) == ("allow", 'grant "write_file"')

    def test_a_grant_does_not_allow_what_is_denied(self) -> None:
        policy = Policy(tools={"write_file": "deny"})
        assert (
            judge("write_file", _write("a.txt"), policy, Grants().with_rule("write_file")).decision == "deny"
        )


class TestFiles:
    @pytest.mark.parametrize(
        "path",
        [
            ".git/config",
            ".git",
            ".GIT/hooks/pre-commit",
            "sub/.git/config",
            ".g\u200bit/config",
            "vtcode.toml",
            "VTCODE.TOML",
            ".vtcode/x",
            "AGENTS.md",
            "docs/agents.MD",
            ".envrc",
            ".vscode/tasks.json",
            ".mcp.json",
            ".bashrc",
            ".zshenv",
            ".husky/pre-commit",
            "./.git/config",
            "src/../.git/config",
            ".git./config",
        ],
    )
    def test_writing_a_protected_file_is_asked_whatever_is_allowed(self, path: str) -> None:
        policy = Policy(tools={"write_file": "allow"})
        verdict = judge("write_file", _write(path), policy, Grants().with_rule("write_file"))
        assert (verdict.decision, verdict.rule, verdict.always_rule) == ("prompt", "protected path", "")

    @pytest.mark.parametrize(
        "path", [".gitignore", ".gitattributes", "git/x", "vtcode.toml.example", "src/agents.py"]
    )
    def test_ordinary_files_are_not_protected(self, path: str) -> None:
        assert (
            judge("write_file", _write(path), Policy(tools={"write_file": "allow"}), Grants()).decision
            == "allow"
        )

    def test_reading_a_protected_file_is_not_asked(self) -> None:
        assert judge("read_file", _read("AGENTS.md"), Policy(), Grants()).decision == "allow"

    def test_a_link_to_a_protected_folder_is_seen_through(self, place: Place) -> None:
        action = _write("hooklink/pre-commit")
        facts = collect_facts(action, place.root)
        verdict = judge("write_file", action, Policy(tools={"write_file": "allow"}), Grants(), facts)
        assert (verdict.decision, verdict.rule) == ("prompt", "protected path")

    @pytest.mark.parametrize("path", ["/etc/passwd", "../x", "~/x", "src/../../x"])
    def test_a_path_outside_is_asked_about(self, path: str) -> None:
        verdict = judge("read_file", _read(path), Policy(), Grants())
        assert (verdict.decision, verdict.rule) == ("prompt", "outside the workspace")

    def test_a_link_to_outside_is_seen_through(self, place: Place) -> None:
        action = _read("leak.txt")
        assert (
            judge("read_file", action, Policy(), Grants(), collect_facts(action, place.root)).decision
            == "prompt"
        )

    def test_a_reason_hides_nothing(self) -> None:
        verdict = judge("read_file", _read("../a\x1b[2K\u202eb\nc"), Policy(), Grants())
        assert r"../a\x1b[2K\u202eb\nc" in verdict.reason

    def test_a_path_that_is_none_is_no_crash(self, place: Place) -> None:
        action = _write("a\0b")
        assert (
            judge("write_file", action, Policy(), Grants(), collect_facts(action, place.root)).decision
            == "prompt"
        )

    def test_a_denied_tool_is_not_asked_about_for_a_protected_file(self) -> None:
        verdict = judge("write_file", _write(".git/x"), Policy(tools={"write_file": "deny"}), Grants())
        assert verdict.decision == "deny"


class TestDenyRules:
    @pytest.mark.parametrize(
        "line",
        [
            "rm a.txt",
            "/bin/rm a.txt",
            "r''m a.txt",
            "\\rm a.txt",
            "RM a.txt",
            "ls; rm a.txt",
            "ls && pwd || rm a.txt",
            "ls | rm",
            "sudo rm a.txt",
            "sudo -u root env X=1 nice rm a.txt",
            "timeout 5 rm a.txt",
            "find . -exec rm x +",
            "ls | xargs -n 1 rm",
            "busybox rm a.txt",
            "bash -c 'rm a.txt'",
            "bash -lc 'ls; rm a.txt'",
            "sudo sh -c 'bash -c \"rm a.txt\"'",
            "env -S 'rm a.txt'",
            "eval rm a.txt",
            "eval 'rm a.txt'",
            "echo $(rm a.txt)",
            "echo `rm a.txt`",
            "X=1 rm a.txt",
            "rm a.txt > b.txt",
            "for f in a; do rm $f; done",
            "f() { rm a.txt; }; f",
            "cat <<E\n$(rm a.txt)\nE",
            "ls #\rrm a.txt",
            "$(echo rm) a.txt",
            "'unclosed; rm a.txt",
            "rm " + "a" * 5_000,
        ],
    )
    def test_a_deny_list_finds_its_command_wherever_it_stands(self, line: str, place: Place) -> None:
        verdict = place.judge(line, _denying("rm"), Grants(commands=frozenset({line})))
        assert (verdict.decision, verdict.rule) == ("deny", 'commands.deny_list "rm"')
        assert 'commands.deny_list "rm"' in verdict.reason

    @pytest.mark.parametrize(
        "line", ["rmdir x", "echo rm", "find . -name rm", "git commit -m 'rm a'", "grep rm a.txt", "ls rm"]
    )
    def test_a_deny_list_leaves_words_that_are_no_command(self, line: str, place: Place) -> None:
        assert place.judge(line, _denying("rm")).decision != "deny"

    @pytest.mark.parametrize(
        "line", ["git push", "git -C /tmp push", "git -c a=b --no-pager push origin", "/usr/bin/git push"]
    )
    def test_a_denied_subcommand_is_found_behind_options(self, line: str, place: Place) -> None:
        assert place.judge(line, _denying("git push")).decision == "deny"

    def test_a_denied_subcommand_leaves_the_others(self, place: Place) -> None:
        assert place.judge("git status", _denying("git push")).decision == "allow"

    @pytest.mark.parametrize(
        "line",
        [
            "env -S'curl x'",
            "env --split-string='curl x'",
            "script -c'curl x' /dev/null",
            "script --command='curl x' f",
            "su -c'curl x'",
            "su --command='curl x'",
            "flock l -c 'curl x'",
            "rbash -c 'curl x'",
            "pwsh -c 'curl x'",
            "ksh93 -c 'curl x'",
            "/usr/local/bin/bash5 -c 'curl x'",
            "busybox ash -c 'curl x'",
            "sg group 'curl x'",
            "runuser -u a curl x",
            "gtimeout 5 curl x",
            "prlimit --cpu=1 curl x",
            "ssh host curl x",
            "ssh host 'curl x'",
            "/lib64/ld-linux-x86-64.so.2 /usr/bin/curl x",
            "fd -x curl x",
            "fd --exec=curl x",
            "npx curl x",
            "uv run curl x",
            "npm exec -- curl x",
            "docker run image curl x",
            "git bisect run curl x",
            "git submodule foreach 'curl x'",
            "git rebase -x 'curl x'",
            "git rebase --exec='curl x'",
            "git -c alias.y='!curl x' y",
            "git -calias.y='!curl x' y",
            "git config alias.y '!curl x'",
            "git difftool -x 'curl x'",
            '"[" -v \'a[$(curl x)]\' "]"',
            "test -v 'a[$(curl x)]'",
            "nice -n 5 bash -c 'curl x'",
        ],
    )
    def test_a_deny_list_finds_what_a_program_is_told_to_run(self, line: str, place: Place) -> None:
        policy = replace(_denying("curl"), tools={TOOL: "allow"})
        assert place.judge(line, policy).decision == "deny"

    @pytest.mark.parametrize(
        "line",
        ["git commit -m 'no curl'", "git add curl", "npm install curl", "uv add curl", "docker ps curl"],
    )
    def test_a_deny_list_leaves_what_is_only_named(self, line: str, place: Place) -> None:
        assert place.judge(line, _denying("curl")).decision != "deny"

    @pytest.mark.parametrize(
        ("rules", "rule"),
        [
            (CommandRules(deny_glob=("rm *",)), 'commands.deny_glob "rm *"'),
            (CommandRules(deny_regex=(r"\brm\b",)), 'commands.deny_regex "\\brm\\b"'),
            (CommandRules(deny_list=("rm -rf *",)), 'commands.deny_list "rm -rf *"'),
            (CommandRules(deny_list=("r*",)), 'commands.deny_list "r*"'),
        ],
    )
    def test_each_kind_of_deny_rule_names_itself(self, rules: CommandRules, rule: str, place: Place) -> None:
        verdict = place.judge("ls && rm -rf src", Policy(commands=rules))
        assert (verdict.decision, verdict.rule) == ("deny", rule)

    def test_denying_beats_allowing(self, place: Place) -> None:
        rules = CommandRules(allow_list=("git",), deny_list=("git push",))
        assert place.judge("git push", Policy(commands=rules)).decision == "deny"

    def test_a_broken_expression_is_refused_when_the_rules_are_made(self) -> None:
        with pytest.raises(ValueError, match="not a regular expression"):
            CommandRules(deny_regex=("(",))


class TestAllowRules:
    @pytest.mark.parametrize(
        "line", ["make test", "make test -j 4", "make test && make test", "make test | tail -5"]
    )
    def test_a_list_allows_its_words_and_what_follows(self, line: str, place: Place) -> None:
        verdict = place.judge(line, _allowing("make test"))
        assert verdict.decision == "allow"
        assert 'commands.allow_list "make test"' in verdict.rule

    @pytest.mark.parametrize(
        "line", ["make tests", "make", "maketest", "make testx", "'make test'", "./make test"]
    )
    def test_a_list_matches_whole_words(self, line: str, place: Place) -> None:
        assert place.judge(line, _allowing("make test")).decision == "prompt"

    @pytest.mark.parametrize(
        "line",
        [
            "make test; touch x",
            "make test > x",
            "make test $(touch x)",
            "X=1 make test",
            "make test &",
            "make *",
            "make test\\\n",
            "sudo make test",
            "cp x .git/hooks/pre-commit",
        ],
    )
    def test_an_allow_rule_never_covers_more_than_plain_words(self, line: str, place: Place) -> None:
        assert place.judge(line, _allowing("make", "cp")).decision == "prompt"

    @pytest.mark.parametrize(
        ("rules", "line", "decision"),
        [
            (CommandRules(allow_glob=("npm run *",)), "npm run build", "allow"),
            (CommandRules(allow_glob=("npm run *",)), "npm install", "prompt"),
            (CommandRules(allow_regex=("cargo (check|test)( .*)?",)), "cargo test --all", "allow"),
            (CommandRules(allow_regex=("cargo",)), "cargo publish", "prompt"),
            (CommandRules(allow_regex=("cargo",)), "evil cargo", "prompt"),
            (CommandRules(allow_glob=("npm test *",)), "'npm test' x", "prompt"),
            (CommandRules(allow_glob=("'npm test' *",)), "'npm test' x", "allow"),
            (CommandRules(allow_glob=("'npm test' *",)), r"\'npm test\' x", "prompt"),
            (CommandRules(allow_glob=("git commit -m *",)), "git commit -m 'a b'", "allow"),
            (CommandRules(allow_glob=("git diff HEAD~1",)), "git diff HEAD~1", "allow"),
            (CommandRules(allow_regex=("./npm test",)), "'./npm test'", "prompt"),
            (CommandRules(allow_regex=("./npm test",)), "./npm test", "allow"),
            (CommandRules(allow_regex=(r"cargo test '[\w ]+'",)), "cargo test 'a b'", "allow"),
            (CommandRules(allow_glob=("bash",)), "cat a.txt | bash", "prompt"),
            (CommandRules(allow_regex=("bash",)), "cat a.txt | bash", "prompt"),
            (CommandRules(allow_glob=("cargo *",)), "cargo test | head -3", "allow"),
            (CommandRules(allow_list=("jq",)), "cat a.txt | jq .", "allow"),
            (CommandRules(allow_list=("cargo *",)), "cargo test", "allow"),
            (CommandRules(allow_list=("",)), "cargo test", "prompt"),
        ],
    )
    def test_globs_and_expressions_match_a_whole_part(
        self, rules: CommandRules, line: str, decision: str, place: Place
    ) -> None:
        assert place.judge(line, Policy(commands=rules)).decision == decision

    def test_an_explicit_prompt_is_obeyed_but_for_the_users_own_rules(self, place: Place) -> None:
        rules = CommandRules(allow_list=("git status",))
        policy = Policy(tools={TOOL: "prompt"}, commands=rules)
        assert place.judge("ls", policy).decision == "prompt"
        assert place.judge("git status -s", policy).decision == "allow"
        assert place.judge("git status && ls", policy).decision == "prompt"
        assert place.judge("ls", policy, Grants().with_rule("run_pty_cmd(ls)")).decision == "allow"

    def test_a_denied_tool_runs_nothing(self, place: Place) -> None:
        policy = Policy(tools={TOOL: "deny"}, commands=CommandRules(allow_list=("ls",)))
        verdict = place.judge("ls", policy, Grants().with_rule("run_pty_cmd(ls)"))
        assert (verdict.decision, verdict.rule) == ("deny", f"tools.policies.{TOOL}")


class TestAskRules:
    asking = Policy(tools={TOOL: "allow"}, commands=CommandRules(ask_list=("git push", "rm")))

    @pytest.mark.parametrize(
        "line", ["git push", "git -C x push", "ls && git push", "sudo rm a.txt", "timeout 5 /bin/rm a.txt"]
    )
    def test_a_rule_that_asks_finds_its_command_wherever_it_stands(self, line: str, place: Place) -> None:
        verdict = place.judge(line, self.asking, Grants().with_rule(f"run_pty_cmd({line})"))
        assert verdict.decision == "prompt"
        assert verdict.rule in {'commands.ask_list "git push"', 'commands.ask_list "rm"'}
        assert (verdict.must_ask, verdict.always_rule) == (True, "")

    @pytest.mark.parametrize("line", ["git fetch", "make", "ls"])
    def test_it_leaves_the_others(self, line: str, place: Place) -> None:
        assert place.judge(line, self.asking).decision == "allow"

    @pytest.mark.parametrize(
        ("rules", "rule"),
        [
            (CommandRules(ask_glob=("ls *",)), 'commands.ask_glob "ls *"'),
            (CommandRules(ask_regex=(r"\bsrc\b",)), 'commands.ask_regex "\\bsrc\\b"'),
            (
                CommandRules(rules=(CommandRule(decision="prompt", words="ls", reason="slow disk"),)),
                'commands.rules "ls"',
            ),
        ],
    )
    def test_it_beats_the_rules_that_allow_and_the_read_only_set(
        self, rules: CommandRules, rule: str, place: Place
    ) -> None:
        verdict = place.judge("ls src", Policy(commands=replace(rules, allow_list=("ls",))))
        assert (verdict.decision, verdict.rule) == ("prompt", rule)

    def test_denying_beats_asking_whatever_stands_first(self, place: Place) -> None:
        rules = (CommandRule(decision="prompt", words="ls"), CommandRule(decision="deny", words="ls"))
        for order in (rules, rules[::-1]):
            assert place.judge("ls", Policy(commands=CommandRules(rules=order))).decision == "deny"

    def test_the_users_own_words_for_a_rule_are_told(self, place: Place) -> None:
        for decision in ("prompt", "deny"):
            rules = CommandRules(rules=(CommandRule(decision=decision, words="ls", reason="slow \x1b disk"),))
            assert place.judge("ls", Policy(commands=rules)).reason.endswith(r"slow \x1b disk")


class TestExamples:
    @pytest.mark.parametrize(
        ("rule", "match", "no_match", "problem"),
        [
            (CommandRule(decision="allow", words="npm run"), ("npm run x", "npm run x && npm run y"), (), ""),
            (CommandRule(decision="allow", words="npm run"), ("npm",), (), "does not match"),
            (CommandRule(decision="allow", words="npm run"), (), ("npm run x; rm a", "npm run $x"), ""),
            (CommandRule(decision="allow", glob="git *"), (), ("git push",), "must not"),
            (CommandRule(decision="deny", glob="rm -rf *"), ("sudo rm -rf /", "ls; rm -rf a"), ("rm a",), ""),
            (CommandRule(decision="deny", regex="curl"), ("wget x",), (), "does not match"),
            (CommandRule(decision="prompt", words="git push"), ("git -C x push",), ("git pull",), ""),
        ],
    )
    def test_a_rule_is_held_against_its_examples(
        self, rule: CommandRule, match: tuple[str, ...], no_match: tuple[str, ...], problem: str
    ) -> None:
        found = example_problem(rule, match, no_match)
        assert problem in found
        assert bool(found) == bool(problem)


class TestExplicitAllow:
    allow = Policy(tools={TOOL: "allow"})

    @pytest.mark.parametrize("line", ["make", "rm a.txt", "make && rm a.txt", "ls *.py"])
    def test_it_covers_plain_words(self, line: str, place: Place) -> None:
        assert place.judge(line, self.allow).decision == "allow"

    @pytest.mark.parametrize(
        "line",
        [
            "$x a",
            "`a`",
            "make\x1b",
            "make <<E\nE",
            "'",
            "make > $x",
            "a" * 5_000,
            "X=1 make",
            "make > a.txt",
            "echo $HOME",
            "(make)",
            "rm *.txt",
            "make &",
        ],
    )
    def test_it_does_not_cover_more_than_plain_words(self, line: str, place: Place) -> None:
        verdict = place.judge(line, self.allow)
        assert (verdict.decision, verdict.rule, verdict.must_ask) == ("prompt", "more than plain words", True)

    @pytest.mark.parametrize(
        "line",
        [
            "rm -rf .git",
            "echo x > .git/hooks/pre-commit",
            "echo x >> AGENTS.md",
            "cp a.txt hooklink/x",
            "rm .gi? -rf $x",
            "bash -c 'echo x > vtcode.toml'",
            "dd of=.vscode/tasks.json",
            "sh -c 'echo x > AGENT*'",
            "sh -c 'echo x > AGENTS.m?'",
            "sh -c 'cd .gi*; echo x > config'",
            "sh -c 'echo x > AGENTS\"\".md'",
            "timeout 5 bash -c 'echo x > AGENT*'",
            "env -S'rm AGENT* x'",
            "find . -name 'AGENT*' -delete",
            "find . -iname 'agents.m?' -exec rm {} +",
            "find . -path '*/.gi*' -exec sed -i s/a/b/ x +",
            "git config core.hooksPath scripts",
            "git config core.fsmonitor ./x",
            "git config alias.status '!x'",
            "git -C src config core.pager x",
            "timeout 5 git config core.pager x",
            "git init",
            "git submodule add x",
            "git worktree add x",
            "pre-commit install",
            "npx husky install",
        ],
    )
    def test_it_does_not_cover_protected_files(self, line: str, place: Place) -> None:
        verdict = place.judge(line, self.allow)
        assert (verdict.decision, verdict.rule) == ("prompt", "protected path")

    @pytest.mark.parametrize(
        "line",
        [
            "find . -name '*.py' -delete",
            "find . -name '*.md' -exec grep -l x '{}' +",
            "bash -c 'npm test'",
            "npm run config",
            "git commit -m config",
        ],
    )
    def test_it_covers_what_names_no_protected_file(self, line: str, place: Place) -> None:
        assert place.judge(line, self.allow).decision == "allow"

    def test_it_does_not_cover_what_is_denied(self, place: Place) -> None:
        policy = replace(self.allow, commands=CommandRules(deny_list=("git push",)))
        assert place.judge("git $x", policy).decision == "prompt"
        assert place.judge("git push > a.txt", policy).decision == "deny"


class TestSecrets:
    """Reading a file that may hold secrets is asked, whatever is allowed, as `read_file` asks."""

    NAMING = (
        "cat .env",
        "cat ./.ENV",
        "base64 .env > /dev/null",
        "python3 show.py .env",
        "docker run --env-file=.env image",
        "tool -f.env",
        "curl -F file=@.env localhost",
        "cp .env copy.txt",
        "openssl rsa -in server.key",
        "cat /home/somebody/.aws/credentials",
        "cat linked.txt",
        "timeout 5 cat .env",
        "npm test && cat .env",
        "grep -rn KEY .",
        "cat README.md | tee .env",
    )
    NOT_NAMING = ("npm test", "cat .env.example", "grep '.env' README.md", "git add -A", "make env", "rg KEY")

    @pytest.mark.parametrize("line", NAMING)
    def test_a_line_that_names_or_reaches_one_is_asked_about(self, line: str, place: Place) -> None:
        action = replace(place.action(line), contained=True)
        broad = CommandRules(allow_regex=(".*",))
        for policy in (Policy(tools={TOOL: "allow"}), Policy(mode="auto"), Policy(commands=broad)):
            verdict = judge(TOOL, action, policy, Grants(), place.facts(line))
            assert (verdict.decision, verdict.rule) == ("prompt", "sensitive file"), line
            assert verdict.must_ask
            assert not verdict.always_rule

    @pytest.mark.parametrize("line", NOT_NAMING)
    def test_other_lines_are_not(self, line: str, place: Place) -> None:
        assert place.judge(line, Policy(tools={TOOL: "allow"})).decision == "allow"

    def test_what_the_user_granted_word_for_word_is_his_own_affair(self, place: Place) -> None:
        exactly = Grants().with_rule("run_pty_cmd(docker run --env-file=.env image)")
        assert place.judge("docker run --env-file=.env image", grants=exactly).decision == "allow"
        broader = Grants().with_rule("run_pty_cmd(docker *)")
        assert place.judge("docker run --env-file=.env image", grants=broader).decision == "prompt"

    def test_a_rule_that_denies_still_denies(self, place: Place) -> None:
        assert place.judge("cat .env", _denying("cat")).decision == "deny"


class TestSandbox:
    auto = Policy(mode="auto")

    def _judge(self, place: Place, line: str, policy: Policy, *, contained: bool = True) -> Verdict:
        action = replace(place.action(line), contained=contained)
        return judge(TOOL, action, policy, Grants(), place.facts(line))

    @pytest.mark.parametrize("line", ["make", "rm a.txt", "make && npm test | tail -3"])
    def test_plain_words_in_a_full_sandbox_need_no_question_in_auto_mode(
        self, line: str, place: Place
    ) -> None:
        verdict = self._judge(place, line, self.auto)
        assert (verdict.decision, verdict.rule) == ("allow", "auto mode")
        assert self._judge(place, line, self.auto, contained=False).decision == "prompt"
        assert self._judge(place, line, Policy()).decision == "prompt"

    @pytest.mark.parametrize("line", ["make > a.txt", "$x", "rm -rf .git", "ls | $SHELL", "X=1 make"])
    def test_what_is_risky_or_protected_is_asked_all_the_same(self, line: str, place: Place) -> None:
        assert self._judge(place, line, self.auto).must_ask

    def test_rules_that_deny_or_ask_and_an_explicit_prompt_come_first(self, place: Place) -> None:
        denying = replace(self.auto, commands=CommandRules(deny_list=("make",)))
        asking = replace(self.auto, commands=CommandRules(ask_list=("make",)))
        prompting = replace(self.auto, tools={TOOL: "prompt"})
        assert self._judge(place, "make", denying).decision == "deny"
        assert self._judge(place, "make", asking).decision == "prompt"
        assert self._judge(place, "make", prompting).decision == "prompt"

    @pytest.mark.parametrize("line", ["ls", "make", "npm test"])
    def test_what_is_to_run_outside_the_sandbox_is_always_asked_about(self, line: str, place: Place) -> None:
        action = replace(place.action(line), outside_sandbox="it needs \x1b the network")
        policy = Policy(tools={TOOL: "allow"}, mode="auto", commands=CommandRules(allow_list=("npm",)))
        verdict = judge(TOOL, action, policy, Grants().with_rule(f"run_pty_cmd({line})"), place.facts(line))
        assert (verdict.decision, verdict.rule, verdict.must_ask) == ("prompt", "outside the sandbox", True)
        assert r"it needs \x1b the network" in verdict.reason

    def test_changes_to_files_need_no_question_where_commands_could_make_them(self) -> None:
        contained = replace(self.auto, contained=True)
        verdict = judge("write_file", _write("a.txt"), contained, Grants())
        assert (verdict.decision, verdict.rule) == ("allow", "auto mode")
        for policy in (self.auto, Policy(contained=True), replace(contained, tools={"write_file": "prompt"})):
            assert judge("write_file", _write("a.txt"), policy, Grants()).decision == "prompt"
        for path in (".git/config", "AGENTS.md", "../a.txt", "/etc/passwd"):
            assert judge("write_file", _write(path), contained, Grants()).must_ask


class TestPlanMode:
    plan = Policy(
        mode="plan",
        tools={TOOL: "allow", "write_file": "allow"},
        commands=CommandRules(allow_list=("make", "npm")),
    )

    @pytest.mark.parametrize("line", ["ls", "cat a.txt | grep TODO", "git status && ls src"])
    def test_what_the_built_in_set_covers_runs(self, line: str, place: Place) -> None:
        assert place.judge(line, self.plan).decision == "allow"

    @pytest.mark.parametrize(
        "line",
        [
            "make",
            "npm test",
            "rm a.txt",
            "ls && make",
            "ls > a.txt",
            "ls $(make)",
            "git commit -m x",
            "$x",
            "",
        ],
    )
    def test_any_other_line_is_refused_whatever_else_allows_it(self, line: str, place: Place) -> None:
        grants = Grants().with_rule(f"run_pty_cmd({line})") if line else Grants()
        verdict = place.judge(line, self.plan, grants)
        assert (verdict.decision, verdict.rule) == ("deny", "plan mode")
        assert "update_plan" in verdict.reason

    def test_writing_is_refused_and_reading_and_planning_are_not(self) -> None:
        grants = Grants().with_rule("write_file")
        assert judge("write_file", _write("a.txt"), self.plan, grants).rule == "plan mode"
        assert judge("read_file", ReadAction(path="a.txt", summary=""), self.plan, grants).decision == "allow"
        assert judge("update_plan", PlanAction(steps=2), self.plan, grants).decision == "allow"
        servers = IntegrationsAction(address="http://127.0.0.1:1234", servers=("mcp/x",))
        allowing = replace(self.plan, tools={"integrations": "allow"})
        assert judge("integrations", servers, allowing, grants).rule == "plan mode"

    def test_what_only_reads_is_asked_about_where_it_always_is(self, place: Place) -> None:
        assert place.judge("cat .env", self.plan).decision != "allow"
        asking = replace(self.plan, tools={TOOL: "prompt"})
        assert place.judge("ls", asking).decision == "prompt"


class TestGrants:
    @pytest.mark.parametrize(
        ("rule", "line", "decision"),
        [
            ("run_pty_cmd(npm test)", "npm test", "allow"),
            ("run_pty_cmd(npm test)", "npm 'test'", "allow"),
            ("run_pty_cmd(npm test)", "npm test --all", "prompt"),
            ("run_pty_cmd(npm test)", "cd src && npm test | tail -3", "allow"),
            ("run_pty_cmd(npm test)", "npm test; npm start", "prompt"),
            ("run_pty_cmd(npm test)", "npm test > x", "prompt"),
            ("run_pty_cmd(git add *)", "git add a.txt", "allow"),
            ("run_pty_cmd(git add *)", "git add", "allow"),
            ("run_pty_cmd(git add *)", "git addx", "prompt"),
            ("run_pty_cmd(git add '*')", "git add a.txt", "prompt"),
            ("run_pty_cmd(git add *)", "git add AGENTS.md", "prompt"),
            ("run_pty_cmd(sh)", "cat a.txt | sh", "prompt"),
            ("run_pty_cmd(cat a.txt | sh)", "cat a.txt | sh", "allow"),
            ("run_pty_cmd(cat a.txt | sh)", "cat b.txt | sh", "prompt"),
            ("run_pty_cmd(cat a.txt | sh)", "cat a.txt ; sh", "prompt"),
        ],
    )
    def test_a_grant_covers_what_it_says_and_no_more(
        self, rule: str, line: str, decision: str, place: Place
    ) -> None:
        assert place.judge(line, grants=Grants().with_rule(rule)).decision == decision

    @pytest.mark.parametrize(
        ("line", "rule"),
        [
            ("npm test", "run_pty_cmd(npm test)"),
            ("git commit -m 'a b'", "run_pty_cmd(git commit *)"),
            ("git push origin main", "run_pty_cmd(git push origin main)"),
            ("pytest 'a b' | tail -3", "run_pty_cmd(pytest 'a b')"),
            ("npm i && npm test", "run_pty_cmd(npm i && npm test)"),
            ("cat a.txt | sh", "run_pty_cmd(cat a.txt | sh)"),
            ("npm test > x", ""),
            ("npm $x", ""),
            ("npm *", ""),
            ("rm -rf .git", ""),
            ("echo 'a\nb' | sh", ""),
        ],
    )
    def test_always_would_save_a_rule_that_covers_this_line(self, line: str, rule: str, place: Place) -> None:
        verdict = place.judge(line)
        assert (verdict.decision, verdict.always_rule) == ("prompt", rule)
        if rule:
            assert place.judge(line, grants=Grants().with_rule(rule)).decision == "allow"


class TestReasons:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("ls .git", "`.git` may hold secrets: what may read it always asks"),
            ("cat .git/HEAD", "`.git/HEAD` may hold secrets: what may read it always asks"),
            ("rm -r .git", ".git is protected: what may write there always asks"),
            ("echo x > .git/HEAD", ".git is protected: what may write there always asks"),
        ],
    )
    def test_reading_a_protected_folder_is_not_called_writing(
        self, line: str, reason: str, place: Place
    ) -> None:
        verdict = place.judge(line)
        assert (verdict.rule, verdict.reason) == ("protected path", reason)


class TestShell:
    def test_lines_for_another_shell_are_asked_about(self, place: Place) -> None:
        assert place.judge("ls", Policy(shell="/usr/bin/fish")).decision == "prompt"
        assert place.judge("ls", Policy(shell="/bin/bash")).decision == "allow"

    def test_without_facts_nothing_is_taken_for_harmless(self, place: Place) -> None:
        assert judge(TOOL, place.action("ls"), Policy(), Grants()).decision == "prompt"

    def test_facts_about_another_line_are_not_used(self, place: Place) -> None:
        verdict = judge(TOOL, place.action("ls | cat"), Policy(), Grants(), place.facts("ls"))
        assert verdict.decision == "prompt"


def test_outside_the_sandbox_is_asked_with_its_reason_whatever_was_granted() -> None:
    action = CommandAction(command="git status", cwd="/w", timeout_s=1, outside_sandbox="needs\nthe network")
    policy = Policy(tools={"run_pty_cmd": "allow"}, commands=CommandRules(allow_list=("git",)))
    grants = Grants().with_rule("run_pty_cmd(git status)")
    verdict = judge("run_pty_cmd", action, policy, grants)
    assert (verdict.decision, verdict.rule, verdict.must_ask) == ("prompt", "outside the sandbox", True)
    assert verdict.always_rule == ""
    assert r"needs\nthe network" in verdict.reason


def test_outside_the_sandbox_is_told_of_a_protected_path_too() -> None:
    action = CommandAction(command="touch .git/x", cwd="/w", timeout_s=1, outside_sandbox="it must write")
    verdict = judge("run_pty_cmd", action, Policy(), Grants())
    assert verdict.rule == "protected path"
    assert "it must write" in verdict.reason
