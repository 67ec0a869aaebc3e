"""What the configuration says about permissions, in the policy's own terms."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.policy import CommandRule, CommandRules, Policy
from vtcode.policy.command_rules import example_problem
from vtcode.system.denied import DeniedPaths
from vtcode.system.installed import found_in_path

if TYPE_CHECKING:
    from vtcode.config.load import Configuration
    from vtcode.config.schema import CommandRuleSettings


def policy_of(configuration: Configuration) -> Policy:
    """Return the policy that a configuration sets."""
    settings = configuration.settings
    rules = tuple(_rule(rule) for rule in settings.commands.rules)
    return Policy(
        default=settings.tools.default_policy,
        default_explicit=configuration.chosen("tools.default_policy"),
        tools=settings.tools.policies,
        shell=shell_of(configuration),
        commands=CommandRules(**settings.commands.model_dump(exclude={"rules"}), rules=rules),
        mode=settings.agent.default_mode,
        paths=denied_paths(configuration),
    )


def shell_of(configuration: Configuration) -> str:
    """Return the file of the configured shell, so that what is judged is what runs; else its name."""
    wanted = configuration.settings.pty.preferred_shell
    found = found_in_path(wanted, str(configuration.workspace), os.environ.get("PATH", ""))
    return found or wanted


def denied_paths(configuration: Configuration) -> DeniedPaths:
    """Return what a configuration closes."""
    home = os.path.realpath(Path.home())
    return DeniedPaths(patterns=configuration.settings.paths.deny, home=home)


def rule_problem(rule: CommandRuleSettings) -> str:
    """Say which of its own examples a configured rule gets wrong; empty: none."""
    return example_problem(_rule(rule), rule.match, rule.no_match)


def _rule(rule: CommandRuleSettings) -> CommandRule:
    return CommandRule(
        decision=rule.decision,
        words=rule.words or "",
        glob=rule.glob or "",
        regex=rule.regex or "",
        reason=rule.reason,
    )
