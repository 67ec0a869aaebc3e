"""May this command line run? The order of judgement stands in `vtcode.policy.rules`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.permissions import BUILT_IN
from vtcode.policy import denied
from vtcode.policy import grants as grant_rules
from vtcode.policy.command_rules import allowing_rule, asking_rule, denying_rule
from vtcode.policy.options import NotReadOnly
from vtcode.policy.paths import is_obeyed, protected_mention, protected_name, root_of, sensitive_mention
from vtcode.policy.protected_writes import protected_write
from vtcode.policy.readonly import MAY_HOLD_SECRETS, objection, reading
from vtcode.policy.shell import parse
from vtcode.policy.verdict import (
    AUTO,
    PROTECTED_PATH,
    SENSITIVE_FILE,
    Verdict,
    asked,
    denied_by_rule,
    denied_in_plan,
    shown,
    standing,
    with_why,
)
from vtcode.system.sensitive import is_sensitive

if TYPE_CHECKING:
    from vtcode.actions import CommandAction
    from vtcode.policy.grants import Grants
    from vtcode.policy.shell import ParsedCommand
    from vtcode.policy.verdict import Policy
    from vtcode.system.facts import Facts

_OUTSIDE_SANDBOX = "outside the sandbox"
_RISKY_FORM = "more than plain words"
_ALWAYS_ASKED = "what may write there always asks"


@dataclass(frozen=True, slots=True)
class _Part:
    """What speaks for one simple command."""

    rule: str
    """The rule that allows it; empty: none."""
    reason: str
    """Why none does."""


class CommandCase:
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
            return denied_by_rule(self._tool, denying.name, denying.reason)
        if closed := denied.rule_for_line(parsed, self._cwd, self._policy.paths, self._facts):
            return denied_by_rule(self._tool, closed)
        objections = self._objections()
        if self._policy.mode == "plan" and not self._only_reads(objections):
            return denied_in_plan()
        outside = f"it is to run outside the sandbox, because, says the model: {self._outside_sandbox}"
        if protected := self._protected(objections):
            return asked(PROTECTED_PATH, f"{protected}; {outside}" if self._outside_sandbox else protected)
        if self._outside_sandbox:
            return asked(_OUTSIDE_SANDBOX, outside)
        risk = self._risk(objections)
        if risk or objections is None:
            return asked(_RISKY_FORM, risk)
        if asking := asking_rule(parsed, rules):
            return asked(asking.name, with_why(f"{asking.name} has this asked", asking.reason))
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
            return asked(closed, f"it may name what {closed} closes")
        if secret := self._secret(objections):
            return asked(SENSITIVE_FILE, f"{secret}: what may read it always asks")
        parts = [self._part(index, said) for index, said in enumerate(objections)]
        if all(part.rule for part in parts):
            return self._allowed(", ".join(dict.fromkeys(part.rule for part in parts)))
        if self._policy.mode == "auto" and self._contained and self._built_in_answers():
            return self._allowed(AUTO)
        if self._standing == "allow":
            return self._allowed(self._standing_rule)
        return Verdict(
            decision="prompt",
            rule=self._standing_rule,
            reason=shown(next(part.reason for part in parts if not part.rule)),
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
        obeyed = (real for real, _root in targets if is_obeyed(real, self._facts))
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
