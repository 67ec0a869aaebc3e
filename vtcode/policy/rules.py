"""May this call run? The order of judgement, first match wins. Pure; facts are collected beforehand.

    denied            `[tools.policies]`, an explicit `default_policy`, a rule of `[commands]` that denies any
                      part of a line, a path that `[paths]` closes
    denied            in `plan` mode, writing a file, a line that the built-in read-only set does not cover
    asked             a protected path; a path outside the workspace; a file that may hold secrets; a line
                      that is to run outside the sandbox; a line for another shell than the system's bash; a
                      line that is more than plain words
    asked             a rule of `[commands]` that asks about any part of a line
    allowed           a line that the user granted, word for word
    asked             a line that names a file that may hold secrets, or would search through one
    allowed           the user's other grants; the rules of `[commands]` that allow, for every part of a line
    allowed           the built-in read-only set, unless `run_pty_cmd` was set to prompt
    allowed           in `auto` mode, what happens in a full sandbox, or could: with the same exception
    as configured     `[tools.policies]`, the built-in policies, `default_policy`

What is configured to be denied is never asked about, and no grant or allow rule beats it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.permissions import BUILT_IN, Decision, Mode, standing_policy
from vtcode.policy import denied
from vtcode.policy import grants as grant_rules
from vtcode.policy.command_rules import CommandRules, allowing_rule, asking_rule, denying_rule
from vtcode.policy.options import NotReadOnly
from vtcode.policy.paths import protected_mention, protected_name, root_of, sensitive_mention
from vtcode.policy.protected_writes import protected_write
from vtcode.policy.readonly import MAY_HOLD_SECRETS, objection, reading
from vtcode.policy.shell import parse
from vtcode.system.denied import DeniedPaths
from vtcode.system.facts import Facts
from vtcode.system.inside import is_inside
from vtcode.system.sensitive import is_sensitive
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.actions import Action
    from vtcode.policy.grants import Grants
    from vtcode.policy.shell import ParsedCommand

_PROTECTED_PATH = "protected path"
_SENSITIVE_FILE = "sensitive file"
_OUTSIDE_SANDBOX = "outside the sandbox"
_HARD_LINK = "hard link"
_OUTSIDE = "outside the workspace"
_RISKY_FORM = "more than plain words"
_ALWAYS_ASKED = "what may write there always asks"
_PLAN = "plan mode"
_PLAN_WORDS = (
    "nothing is changed in plan mode. Look with read_file, list_files, grep_file and commands that only "
    "read; put the plan into update_plan, which the user then approves"
)
_AUTO = "auto mode"
_NOTHING_KNOWN = Facts(workspace="/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the configuration says about permissions."""

    default: Decision = "prompt"
    default_explicit: bool = False
    """`default_policy` was set in some layer; unset, it changes nothing."""
    tools: Mapping[str, Decision] = field(default_factory=dict)
    """The explicit entries of `[tools.policies]`."""
    commands: CommandRules = field(default_factory=CommandRules)
    shell: str = "bash"
    """The shell that runs commands; lines for another one than bash can't be read, and are asked about."""
    paths: DeniedPaths = field(default_factory=DeniedPaths)
    """What is closed, for files and commands alike."""
    mode: Mode = "build"
    contained: bool = False
    """Commands run in a full sandbox, where they can write to the workspace: in auto mode the tools for files
    may do so without a question, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided, and why."""

    decision: Decision
    rule: str
    """The rule that decided: `commands.deny_list "rm"`, `tools.policies.write_file`, `built-in`, ..."""
    reason: str
    """For a person; where denied, for the model too."""
    always_rule: str = ""
    """What the answer "always" would save, as it is shown and never broader; empty: it can't be given."""
    must_ask: bool = False
    """No standing permission may answer in the user's place, whatever was allowed beforehand."""


def judge(tool: str, action: Action, policy: Policy, grants: Grants, facts: Facts | None = None) -> Verdict:
    """Decide whether `tool` may do `action`; without facts, what depends on them is asked."""
    decision, rule = standing(tool, policy)
    if decision == "deny":
        return _denied(tool, rule)
    known = facts or _NOTHING_KNOWN
    match action:
        case CommandAction():
            return _CommandCase(tool, action, policy, grants, known).verdict()
        case WriteAction() | ReadAction():
            return _judge_file(tool, action, policy, grants, known)
        case IntegrationsAction() if policy.mode == "plan":
            return _denied_in_plan()
        case PlanAction() | IntegrationsAction():
            return _as_configured(tool, policy, grants)
        case _:
            assert_never(action)


def standing(tool: str, policy: Policy) -> tuple[Decision, str]:
    """Return what the configuration says of the tool as a whole, and the rule that says it."""
    return standing_policy(tool, policy.tools, policy.default, default_chosen=policy.default_explicit)


def _as_configured(tool: str, policy: Policy, grants: Grants) -> Verdict:
    decision, rule = standing(tool, policy)
    if tool in grants.tools:
        return Verdict(decision="allow", rule=f'grant "{tool}"', reason=f"always allowed: {tool}")
    if decision == "allow":
        return Verdict(decision="allow", rule=rule, reason=f"{tool} is allowed by {rule}")
    return Verdict(decision="prompt", rule=rule, reason=f"{tool} needs a yes", always_rule=tool)


def _asked(rule: str, reason: str) -> Verdict:
    """Ask about what nothing that was said beforehand can allow."""
    return Verdict(decision="prompt", rule=rule, reason=_shown(reason), must_ask=True)


def _shown(reason: str) -> str:
    """The model's words and names from the disk may hide what they say; a reason must not."""
    return revealed(reason, keep_newlines=False)


def _denied(tool: str, rule: str, why: str = "") -> Verdict:
    return Verdict(decision="deny", rule=rule, reason=_with_why(f"{tool} is denied by the rule {rule}", why))


def _denied_in_plan() -> Verdict:
    return Verdict(decision="deny", rule=_PLAN, reason=_PLAN_WORDS)


def _with_why(text: str, why: str) -> str:
    """Add the user's own words for a rule."""
    return f"{text}: {_shown(why)}" if why else text


def _judge_file(
    tool: str, action: WriteAction | ReadAction, policy: Policy, grants: Grants, facts: Facts
) -> Verdict:
    if closed := denied.rule_for_file(action, policy.paths, facts):
        return _denied(tool, closed)
    writes, path = action.kind == "write", action.path
    if writes and policy.mode == "plan":
        return _denied_in_plan()
    names = {path: ""}
    leads_out = path.startswith(("/", "~")) or ".." in path.split("/")
    if facts.path:
        names[facts.path] = root_of(facts.path, facts.roots)
        leads_out = not names[facts.path]
    protected = next((found for name, root in names.items() if (found := protected_name(name, root))), "")
    if writes and protected:
        return _asked(_PROTECTED_PATH, f"{protected} is protected: writing there always asks")
    if leads_out:
        return _asked(_OUTSIDE, f"{path} is outside the workspace")
    if writes and facts.git_folder:
        return _asked(_PROTECTED_PATH, f"git takes {facts.git_folder} for a repository, and obeys its config")
    if writes and _is_obeyed(facts.path, facts):
        return _asked(_PROTECTED_PATH, f"git obeys what stands in {path}, by its configuration")
    if writes and facts.has_other_names:
        return _asked(_HARD_LINK, f"{path} has further names (hard links), which keep the old content")
    shows_content = action.kind == "read" and not action.names_only
    if shows_content and any(is_sensitive(name, root) for name, root in names.items()):
        return _asked(_SENSITIVE_FILE, f"{path} may hold secrets: reading it always asks")
    if writes and policy.mode == "auto" and policy.contained:
        return _as_in_sandbox(tool, policy, grants)
    return _as_configured(tool, policy, grants)


def _as_in_sandbox(tool: str, policy: Policy, grants: Grants) -> Verdict:
    """Allow what a command could do as well, unless the user wants to be asked about this very tool."""
    if policy.tools.get(tool) == "prompt":
        return _as_configured(tool, policy, grants)
    return Verdict(decision="allow", rule=_AUTO, reason=f"allowed by {_AUTO}")


def _is_obeyed(real: str, facts: Facts) -> bool:
    return any(is_inside(real, place) for place in facts.obeyed_by_git)


@dataclass(frozen=True, slots=True)
class _Part:
    """What speaks for one simple command."""

    rule: str
    """The rule that allows it; empty: none."""
    reason: str
    """Why none does."""


class _CommandCase:
    """The judgement of one command line."""

    def __init__(
        self, tool: str, action: CommandAction, policy: Policy, grants: Grants, facts: Facts
    ) -> None:
        self._tool = tool
        self._policy = policy
        self._grants = grants
        self._facts = facts
        self._parsed: ParsedCommand = parse(action.command)
        self._cwd = action.cwd
        self._outside_sandbox = action.outside_sandbox
        self._contained = action.contained
        self._standing, self._standing_rule = standing(tool, policy)
        self._is_for_bash = policy.shell.rpartition("/")[2] == "bash"

    def verdict(self) -> Verdict:
        """Go through the order of judgement."""
        parsed, rules = self._parsed, self._policy.commands
        if denying := denying_rule(parsed, rules):
            return _denied(self._tool, denying.name, denying.reason)
        if closed := denied.rule_for_line(parsed, self._cwd, self._policy.paths, self._facts):
            return _denied(self._tool, closed)
        objections = self._objections()
        if self._policy.mode == "plan" and not self._only_reads(objections):
            return _denied_in_plan()
        outside = f"it is to run outside the sandbox, because, says the model: {self._outside_sandbox}"
        if protected := self._protected(objections):
            return _asked(_PROTECTED_PATH, f"{protected}; {outside}" if self._outside_sandbox else protected)
        if self._outside_sandbox:
            return _asked(_OUTSIDE_SANDBOX, outside)
        risk = self._risk(objections)
        if risk or objections is None:
            return _asked(_RISKY_FORM, risk)
        if asking := asking_rule(parsed, rules):
            return _asked(asking.name, _with_why(f"{asking.name} has this asked", asking.reason))
        return self._by_parts(objections)

    def _only_reads(self, objections: tuple[str, ...] | None) -> bool:
        """Whether the built-in read-only set covers the whole line, whatever else may be allowed."""
        return self._is_for_bash and objections is not None and not any(objections)

    def _risk(self, objections: tuple[str, ...] | None) -> str:
        """Say why the line can't be taken at its word; empty: it can."""
        if not self._is_for_bash:
            return f"lines for {self._policy.shell} can't be judged"
        if not self._facts.is_shell_trusted:
            return f"the shell is {self._facts.shell or 'not found'}, not the system's own"
        if self._parsed.plain or self._answers_itself(objections):
            return ""
        return f"the line holds {self._parsed.risk}"

    def _by_parts(self, objections: tuple[str, ...]) -> Verdict:
        if granted := self._grants.allowing_line(self._parsed):
            return self._allowed(granted)
        if closed := denied.rule_for_piece(self._parsed, self._policy.paths, self._facts, objections):
            return _asked(closed, f"it may name what {closed} closes")
        if secret := self._secret(objections):
            return _asked(_SENSITIVE_FILE, f"{secret}: what may read it always asks")
        parts = [self._part(index, said) for index, said in enumerate(objections)]
        if all(part.rule for part in parts):
            return self._allowed(", ".join(dict.fromkeys(part.rule for part in parts)))
        if self._policy.mode == "auto" and self._contained and self._built_in_answers():
            return self._allowed(_AUTO)
        if self._standing == "allow":
            return self._allowed(self._standing_rule)
        return Verdict(
            decision="prompt",
            rule=self._standing_rule,
            reason=_shown(next(part.reason for part in parts if not part.rule)),
            always_rule=self._always_rule(parts),
        )

    def _part(self, index: int, said: str) -> _Part:
        part = self._parsed.parts[index]
        # A rule about words knows nothing of what a pipe feeds in: `sh` alone is not `anything | sh`.
        granted = "" if part.joined_by == "|" else self._grants.allowing_words(part.words)
        if rule := granted or allowing_rule(part, self._policy.commands):
            return _Part(rule, "")
        if not said and self._built_in_answers():
            return _Part(BUILT_IN, "")
        return _Part("", said or f"{self._tool} needs a yes by {self._standing_rule}")

    def _always_rule(self, parts: list[_Part]) -> str:
        open_parts = [index for index, part in enumerate(parts) if not part.rule]
        only = self._parsed.parts[open_parts[0]]
        if len(open_parts) == 1 and only.joined_by != "|":
            return grant_rules.rule_for_words(only.words)
        return grant_rules.rule_for_line(self._parsed)

    def _objections(self) -> tuple[str, ...] | None:
        """For each part, what speaks against its only reading, inside the workspace; empty: nothing.

        None: the parts are not exactly what would run.
        """
        facts, parts = self._facts, self._parsed.parts
        if not self._parsed.is_exact:
            return None
        if len(facts.parts) != len(parts):
            return ("nothing is known about the programs and paths",) * len(parts)
        said: list[str] = []
        for part, known in zip(parts, facts.parts, strict=True):
            try:
                said.append(objection(reading(part), facts, known))
            except NotReadOnly as reason:
                said.append(str(reason))
        return tuple(said)

    def _protected(self, objections: tuple[str, ...] | None) -> str:
        """Say which protected file the line may write to; a part that only reads is not looked at."""
        if objections is None or not self._is_for_bash:
            found = protected_mention(self._parsed.line, is_shell=True)
            return f"{found} is protected: {_ALWAYS_ASKED}" if found else ""
        for index, said in enumerate(objections):
            found = self._protected_in(index) if said else ""
            if found and said.endswith(MAY_HOLD_SECRETS):
                return f"{said}: what may read it always asks"
            if found:
                return f"{found} is protected: {_ALWAYS_ASKED}"
        return ""

    def _protected_in(self, index: int) -> str:
        """Name the protected file that one part names, in whatever way."""
        words = self._parsed.parts[index].words
        if found := protected_write(words):
            return found
        targets = [target for word in words for target in self._targets(index, word)]
        names = (protected_name(real, root) for real, root in targets if root)
        obeyed = (real for real, _root in targets if _is_obeyed(real, self._facts))
        return next((name for name in names if name), "") or next(obeyed, "")

    def _secret(self, objections: tuple[str, ...]) -> str:
        """Say what may hold secrets and is named or reached by the line; a part that only reads others is not
        looked at."""
        for index, part in enumerate(self._parsed.parts):
            if not objections[index]:
                continue
            if self._reach(index):
                return objections[index]
            for word in part.words[1:]:
                if any(is_sensitive(real, root) for real, root in self._targets(index, word)):
                    return f"{word} may hold secrets"
                if found := sensitive_mention(word):
                    return f"{found} may hold secrets"
        return ""

    def _reach(self, index: int) -> str:
        """Return what may hold secrets and would be read by this part's search through folders."""
        parts = self._facts.parts
        return parts[index].secret_in_reach or "" if index < len(parts) else ""

    def _targets(self, index: int, word: str) -> list[tuple[str, str]]:
        """Return where `word` leads to as a path, links followed, each with the root that it is in."""
        facts = self._facts
        if index >= len(facts.parts):
            return []
        known = facts.parts[index]
        words = (word, *known.matches.get(word, ()))
        reals = [known.paths[name] for name in words if name in known.paths]
        return [(real, root_of(real, facts.roots)) for real in reals]

    def _answers_itself(self, objections: tuple[str, ...] | None) -> bool:
        """Whether a line with patterns is nothing but reading, so that it can be judged like a plain one."""
        return self._parsed.has_patterns_only and self._only_reads(objections) and self._built_in_answers()

    def _built_in_answers(self) -> bool:
        """Whether something else than the user's own rules may answer for the user."""
        return self._policy.tools.get(self._tool) != "prompt"

    def _allowed(self, rule: str) -> Verdict:
        return Verdict(decision="allow", rule=rule, reason=f"allowed by {rule}")
