"""`[[commands.rules]]`: checked with their place, united over the layers, narrowed without trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.configuration import configuration_from
from vtcode.bootstrap.permissions import policy_of
from vtcode.config.explain import rows
from vtcode.config.load import Overrides
from vtcode.errors import ConfigError
from vtcode.policy import CommandRule

ALLOW = '[[commands.rules]]\ndecision = "allow"\nwords = "npm test"\n'
DENY = '[[commands.rules]]\ndecision = "deny"\nregex = "curl"\nreason = "no network"\n'


def test_a_rule_becomes_one_of_the_policy(tmp_path: Path) -> None:
    rules = policy_of(configuration_from(tmp_path, user=ALLOW + DENY)).commands.rules
    assert rules == (
        CommandRule(decision="allow", words="npm test"),
        CommandRule(decision="deny", regex="curl", reason="no network"),
    )


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ('words = "x"', "commands.rules.decision"),
        ('decision = "maybe"\nwords = "x"', '"maybe" is not allowed'),
        ('decision = "deny"', "exactly one of words, glob and regex"),
        ('decision = "deny"\nwords = "x"\nglob = "y"', "exactly one of words, glob and regex"),
        ('decision = "deny"\nregex = "("', "not a regular expression"),
        ('decision = "deny"\nwords = " "', "would match every command"),
        ('decision = "deny"\nword = "x"', "words, glob, regex, reason, match, no_match"),
        ('decision = "deny"\nwords = "x"\nmatch = "x"', "commands.rules.match"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(rule: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        configuration_from(tmp_path, user=f"{ALLOW}\n[[commands.rules]]\n{rule}\n")
    assert "vtcode.toml:5: " in caught.value.message
    assert problem in caught.value.message


def test_rules_of_all_layers_hold_together(tmp_path: Path) -> None:
    overrides = Overrides(assignments=('commands.rules=[{decision="deny", words="rm"}]',))
    configuration = configuration_from(
        tmp_path, user=ALLOW + DENY, workspace=DENY, overrides=overrides, trusted=True
    )
    assert [rule.decision for rule in configuration.settings.commands.rules] == ["allow", "deny", "deny"]


def test_without_trust_a_workspace_narrows_by_its_rules_and_widens_nothing(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path, workspace=ALLOW + DENY)
    assert [rule.decision for rule in configuration.settings.commands.rules] == ["deny"]
    assert configuration.widening == ('commands.rules: { decision = "allow", words = "npm test" }',)


@pytest.mark.parametrize("kind", ["list", "glob", "regex"])
def test_what_one_layer_has_asked_no_other_takes_back(kind: str, tmp_path: Path) -> None:
    configuration = configuration_from(
        tmp_path,
        user=f'[commands]\nask_{kind} = ["rm"]\n',
        overrides=Overrides(assignments=(f"commands.ask_{kind}=[]",)),
    )
    assert getattr(configuration.settings.commands, f"ask_{kind}") == ("rm",)


def test_rules_are_shown_as_toml(tmp_path: Path) -> None:
    (row,) = [row for row in rows(configuration_from(tmp_path, user=DENY)) if row.key == "commands.rules"]
    assert 'decision = "deny"' in row.as_toml
    assert row.layer == "user"
