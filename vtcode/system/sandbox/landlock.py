"""Linux, in part: Landlock, where bubblewrap can't be used; for `read_only` alone.

It can only allow, never take a folder out of one that is allowed, and it knows nothing of processes and of
networks but TCP: so no writable workspace with protected files in it, and no full sandbox.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.sandbox.base import Containment, Launch, SandboxUnavailable
from vtcode.system.sandbox.hidden import inside_environment
from vtcode.system.sandbox.landlock_calls import landlock_version
from vtcode.system.sandbox.scratch import ScratchFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vtcode.system.sandbox.base import SandboxRequest

_OLDEST = 4
"""The first version that holds truncating (3) and TCP (4): Linux 6.7."""
_LAUNCHER = Path(__file__).with_name("landlock_calls.py")
_GAPS = (
    "UDP and so DNS, sockets of services, modes and times of files, what other processes tell of themselves"
)


class LandlockSandbox:
    """Runs each command with rights that it can only lose."""

    def __init__(self, request: SandboxRequest) -> None:
        self.containment = Containment(
            wanted=request.policy,
            policy="read_only",
            network=request.network,
            back_end="Landlock",
            gaps=(_GAPS,),
            hint="bubblewrap holds these too.",
        )
        self._network = request.network
        self._scratch = ScratchFolder()

    @classmethod
    def open(cls, request: SandboxRequest) -> LandlockSandbox:
        """Ask the kernel for it.

        Raises:
            SandboxUnavailable: The kernel has none, or one that holds too little.
        """
        version = landlock_version()
        if version < _OLDEST:
            raise SandboxUnavailable(f"the kernel's Landlock is missing or too old (version {version})")
        return cls(request)

    def launch(self, argv: Sequence[str], *, cwd: str, environment: Mapping[str, str]) -> Launch:
        """Return how to start `argv` with fewer rights; `cwd` stays what the process is started in."""
        network, tmp = "on" if self._network else "off", self._scratch.path
        launcher = (sys.executable, "-I", "-S", str(_LAUNCHER), tmp, network)
        inside = inside_environment(environment, tmp, network=self._network)
        return Launch(argv=(*launcher, *argv), environment=inside)

    def close(self) -> None:
        """Remove the commands' folder for temporary files."""
        self._scratch.close()
