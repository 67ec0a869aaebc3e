"""Whether a tool call may run.

The judgement itself (`rules.judge`) is pure: words, rules and facts. Beside it stand what collects the facts
(`gathering.collect_facts`) and what keeps the user's answers on the disk (`Grants`, `TrustStore`). Reading
command lines takes a good part of the package's import: it waits for the first call that is judged.
"""

from vtcode.policy.command_rules import CommandRule, CommandRules
from vtcode.policy.grants import Grants
from vtcode.policy.trust import TrustStore
from vtcode.policy.verdict import Policy, Verdict

__all__ = [
    "CommandRule",
    "CommandRules",
    "Grants",
    "Policy",
    "TrustStore",
    "Verdict",
]
