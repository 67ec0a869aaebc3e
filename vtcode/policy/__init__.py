"""Whether a tool call may run: pure judgement over words, rules and facts, and what the user has granted."""

from vtcode.policy.command_rules import CommandRule, CommandRules
from vtcode.policy.gathering import collect_facts
from vtcode.policy.grants import Grants
from vtcode.policy.rules import Policy, Verdict, judge
from vtcode.policy.trust import TrustStore

__all__ = [
    "CommandRule",
    "CommandRules",
    "Grants",
    "Policy",
    "TrustStore",
    "Verdict",
    "collect_facts",
    "judge",
]
