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

from typing import TYPE_CHECKING, assert_never

from vtcode.actions import CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.policy import denied
from vtcode.policy.command_case import CommandCase
from vtcode.policy.paths import is_obeyed, protected_name, root_of
from vtcode.policy.verdict import (
    AUTO,
    PROTECTED_PATH,
    SENSITIVE_FILE,
    Policy,
    Verdict,
    as_configured,
    asked,
    denied_by_rule,
    denied_in_plan,
    standing,
)
from vtcode.system.facts import Facts
from vtcode.system.sensitive import is_sensitive

if TYPE_CHECKING:
    from vtcode.actions import Action
    from vtcode.policy.grants import Grants

_HARD_LINK = "hard link"
_OUTSIDE = "outside the workspace"
_NOTHING_KNOWN = Facts(workspace="/")


def judge(tool: str, action: Action, policy: Policy, grants: Grants, facts: Facts | None = None) -> Verdict:
    """Decide whether `tool` may do `action`; without facts, what depends on them is asked."""
    decision, rule = standing(tool, policy)
    if decision == "deny":
        return denied_by_rule(tool, rule)
    known = facts or _NOTHING_KNOWN
    match action:
        case CommandAction():
            return CommandCase(tool, action, policy, grants, known).verdict()
        case WriteAction() | ReadAction():
            return _judge_file(tool, action, policy, grants, known)
        case IntegrationsAction() if policy.mode == "plan":
            return denied_in_plan()
        case PlanAction() | IntegrationsAction():
            return as_configured(tool, policy, grants)
        case _:
            assert_never(action)


def _judge_file(
    tool: str, action: WriteAction | ReadAction, policy: Policy, grants: Grants, facts: Facts
) -> Verdict:
    if closed := denied.rule_for_file(action, policy.paths, facts):
        return denied_by_rule(tool, closed)
    writes, path = action.kind == "write", action.path
    if writes and policy.mode == "plan":
        return denied_in_plan()
    names = {path: ""}
    leads_out = path.startswith(("/", "~")) or ".." in path.split("/")
    if facts.path:
        names[facts.path] = root_of(facts.path, facts.roots)
        leads_out = not names[facts.path]
    protected = next((found for name, root in names.items() if (found := protected_name(name, root))), "")
    if writes and protected:
        return asked(PROTECTED_PATH, f"{protected} is protected: writing there always asks")
    if leads_out:
        return asked(_OUTSIDE, f"{path} is outside the workspace")
    if writes and facts.git_folder:
        return asked(PROTECTED_PATH, f"git takes {facts.git_folder} for a repository, and obeys its config")
    if writes and is_obeyed(facts.path, facts):
        return asked(PROTECTED_PATH, f"git obeys what stands in {path}, by its configuration")
    if writes and facts.has_other_names:
        return asked(_HARD_LINK, f"{path} has further names (hard links), which keep the old content")
    shows_content = action.kind == "read" and not action.names_only
    if shows_content and any(is_sensitive(name, root) for name, root in names.items()):
        return asked(SENSITIVE_FILE, f"{path} may hold secrets: reading it always asks")
    if writes and policy.mode == "auto" and policy.contained:
        return _as_in_sandbox(tool, policy, grants)
    return as_configured(tool, policy, grants)


def _as_in_sandbox(tool: str, policy: Policy, grants: Grants) -> Verdict:
    """Allow what a command could do as well, unless the user wants to be asked about this very tool."""
    if policy.tools.get(tool) == "prompt":
        return as_configured(tool, policy, grants)
    return Verdict(decision="allow", rule=AUTO, reason=f"allowed by {AUTO}")
