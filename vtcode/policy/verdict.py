"""What the configuration says about permissions, and what was decided about a call. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.permissions import Decision, Mode, standing_policy
from vtcode.policy.command_rules import CommandRules
from vtcode.system.denied import DeniedPaths
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.policy.grants import Grants

PROTECTED_PATH = "protected path"
SENSITIVE_FILE = "sensitive file"
AUTO = "auto mode"
_PLAN = "plan mode"
_PLAN_WORDS = (
    "nothing is changed in plan mode. Look with read_file, list_files, grep_file and commands that only "
    "read; put the plan into update_plan, which the user then approves"
)


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


def standing(tool: str, policy: Policy) -> tuple[Decision, str]:
    """Return what the configuration says of the tool as a whole, and the rule that says it."""
    return standing_policy(tool, policy.tools, policy.default, default_chosen=policy.default_explicit)


def as_configured(tool: str, policy: Policy, grants: Grants) -> Verdict:
    """Decide by what is configured for the tool as a whole, and by what the user granted it."""
    decision, rule = standing(tool, policy)
    if tool in grants.tools:
        return Verdict(decision="allow", rule=f'grant "{tool}"', reason=f"always allowed: {tool}")
    if decision == "allow":
        return Verdict(decision="allow", rule=rule, reason=f"{tool} is allowed by {rule}")
    return Verdict(decision="prompt", rule=rule, reason=f"{tool} needs a yes", always_rule=tool)


def asked(rule: str, reason: str) -> Verdict:
    """Ask about what nothing that was said beforehand can allow."""
    return Verdict(decision="prompt", rule=rule, reason=shown(reason), must_ask=True)


def shown(reason: str) -> str:
    """Return a reason that hides nothing, as the model's words and names from the disk may."""
    return revealed(reason, keep_newlines=False)


def denied_by_rule(tool: str, rule: str, why: str = "") -> Verdict:
    """Deny what a rule denies; `why` are the user's own words for it."""
    return Verdict(decision="deny", rule=rule, reason=with_why(f"{tool} is denied by the rule {rule}", why))


def denied_in_plan() -> Verdict:
    """Deny what would change something while the model plans."""
    return Verdict(decision="deny", rule=_PLAN, reason=_PLAN_WORDS)


def with_why(text: str, why: str) -> str:
    """Add the user's own words for a rule."""
    return f"{text}: {shown(why)}" if why else text
