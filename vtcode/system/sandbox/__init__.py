"""What commands run in, so that a command can do little harm: one back end a module.

A back end either holds all that it says, or is not used; what holds in the end is told by `Containment`.
"""

from vtcode.system.sandbox.base import Aftermath, Containment, Launch, Sandbox, SandboxPolicy, SandboxRequest
from vtcode.system.sandbox.choice import open_sandbox

__all__ = ["Aftermath", "Containment", "Launch", "Sandbox", "SandboxPolicy", "SandboxRequest", "open_sandbox"]
