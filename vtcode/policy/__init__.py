"""Whether a tool call may run.

The judgement itself (`judge`) is pure: words, rules and facts. Beside it stand what collects the facts
(`collect_facts`) and what keeps the user's answers on the disk (`Grants`, `TrustStore`).
"""

from vtcode.policy.command_rules import CommandRule, CommandRules
from vtcode.policy.gathering import collect_facts
from vtcode.policy.grants import Grants
from vtcode.policy.rules import judge
from vtcode.policy.trust import TrustStore
from vtcode.policy.verdict import Policy, Verdict

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
