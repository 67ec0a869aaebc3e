"""Which back end is used: the fullest that works here, and never less than it says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vtcode.system.sandbox.base import Containment, SandboxUnavailable, Unconfined
from vtcode.system.sandbox.protected import sweep_placeholders

if TYPE_CHECKING:
    from vtcode.system.sandbox.base import Sandbox, SandboxRequest

_PLATFORM = str(sys.platform)
_HINTS = {
    "linux": "Install bubblewrap (Debian and Ubuntu: apt install bubblewrap), or set"
    ' default_policy = "off" under [sandbox].',
}


def open_sandbox(request: SandboxRequest) -> Sandbox:
    """Return what commands will run in, tried out; blocks for some tens of milliseconds.

    Where no back end can do what is wanted, nothing is pretended: the sandbox is off and says why.
    """
    if _PLATFORM == "linux":
        sweep_placeholders(request.roots(), request.reserved_names)
    if request.policy == "off":
        return Unconfined(Containment(wanted="off", policy="off", network=True))
    if request.workspace == request.workspace.parent:
        return _none(request, "the workspace is the whole file system")
    try:
        return _full(request)
    except SandboxUnavailable as problem:
        reason = str(problem)
    if request.policy == "read_only" and _PLATFORM == "linux":
        from vtcode.system.sandbox.landlock import LandlockSandbox

        try:
            return LandlockSandbox.open(request)
        except SandboxUnavailable as problem:
            reason = f"{reason}; {problem}"
    return _none(request, reason)


def _full(request: SandboxRequest) -> Sandbox:
    match _PLATFORM:
        case "linux":
            from vtcode.system.sandbox.bubblewrap import BubblewrapSandbox

            return BubblewrapSandbox.open(request)
        case "darwin":
            from vtcode.system.sandbox.seatbelt import SeatbeltSandbox

            return SeatbeltSandbox.open(request)
        case _:
            raise SandboxUnavailable("there is none for this system")


def _none(request: SandboxRequest, reason: str) -> Sandbox:
    return Unconfined(
        Containment(
            wanted=request.policy,
            policy="off",
            network=True,
            gaps=(reason,),
            hint=_HINTS.get(_PLATFORM, ""),
        )
    )
