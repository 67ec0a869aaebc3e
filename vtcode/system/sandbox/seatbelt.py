"""macOS, full: Seatbelt, through sandbox-exec and a profile that denies what it does not allow.

Protected names are a pattern in the profile: they hold at any depth, for what does not exist yet, and
whatever the case of the letters. Processes share the system's own table: what leaves its session and loses
its parent is not ended with its command.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.system.sandbox.base import Containment, Launch, SandboxUnavailable
from vtcode.system.sandbox.hidden import closed_to_commands, inside_environment, secrets_of
from vtcode.system.sandbox.scratch import ScratchFolder
from vtcode.system.sandbox.trees import Trees, named_by_git
from vtcode.system.sensitive import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vtcode.system.sandbox.base import SandboxRequest

_PROGRAM = "/usr/bin/sandbox-exec"
_PROBE_TIMEOUT_S = 10

_BASE = """\
(version 1)
(deny default)
(allow process-exec process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow process-info-pidinfo process-info-setcontrol (target self))
(allow sysctl-read)
(allow user-preference-read)
(allow file-read*)
(allow file-ioctl (regex #"^/dev/ttys[0-9]+$") (literal "/dev/tty") (literal "/dev/ptmx"))
(allow file-write-data file-write-times
  (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (literal "/dev/ptmx")
  (literal "/dev/dtracehelper") (regex #"^/dev/ttys[0-9]+$") (regex #"^/dev/fd/[0-9]+$"))
(allow pseudo-tty)
(allow ipc-posix-sem)
(allow ipc-posix-shm*)
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.system.opendirectoryd.membership")
  (global-name "com.apple.system.logger")
  (global-name "com.apple.cfprefsd.daemon")
  (global-name "com.apple.PowerManagement.control"))
"""
"""What programs need to run at all. No launch services: `open` would start an app outside."""

_NETWORK = """\
(allow network*)
(allow system-socket)
(allow mach-lookup
  (global-name "com.apple.SystemConfiguration.configd")
  (global-name "com.apple.SecurityServer")
  (global-name "com.apple.trustd.agent")
  (global-name "com.apple.dnssd.service"))
"""


class SeatbeltSandbox:
    """Runs each command under a profile that the kernel keeps."""

    def __init__(self, request: SandboxRequest) -> None:
        self.containment = Containment(
            wanted=request.policy, policy=request.policy, network=request.network, back_end="Seatbelt"
        )
        self._scratch = ScratchFolder()
        self._request = request
        self._trees = Trees((), request.denied)

    @classmethod
    def open(cls, request: SandboxRequest) -> SeatbeltSandbox:
        """Make the profile and try it out.

        Raises:
            SandboxUnavailable: sandbox-exec is missing, or refuses.
        """
        sandbox = cls(request)
        argv = sandbox.launch(["/usr/bin/true"], cwd="/", environment={}).argv
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, errors="replace", timeout=_PROBE_TIMEOUT_S, check=False
            )
            problem = done.stderr.strip() or f"exit code {done.returncode}" if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            problem = str(error)
        if problem:
            sandbox.close()
            raise SandboxUnavailable(f"sandbox-exec does not work here ({problem})")
        return sandbox

    def launch(self, argv: Sequence[str], *, cwd: str, environment: Mapping[str, str]) -> Launch:
        """Return how to start `argv` under the profile; `cwd` stays what the process is started in."""
        request, tmp = self._request, self._scratch.path
        inside = inside_environment(environment, tmp, network=request.network)
        obeyed = named_by_git(request.roots(), cwd, environment)
        found = self._trees.look(request.roots()).closed if request.denied.patterns else ()
        closed = closed_to_commands(request, found)
        wrapped = (_PROGRAM, "-p", profile(request, tmp, obeyed, closed), *argv)
        return Launch(argv=wrapped, environment=inside)

    def close(self) -> None:
        """Remove the commands' folder for temporary files."""
        self._scratch.close()


def profile(
    request: SandboxRequest, tmp: str, obeyed: Sequence[str] = (), closed: Sequence[Path] = ()
) -> str:
    """Return the profile; later rules win over earlier ones.

    Args:
        request: What is asked for.
        tmp: The commands' folder for temporary files.
        obeyed: Real paths of what stays read-only in the workspace beside the protected names.
        closed: Real paths of what commands don't see.
    """
    rules = [*_rules(request, tmp, obeyed)]
    rules += (f"(deny file-read* file-write* (subpath {_quoted(str(path))}))" for path in closed)
    return _BASE + (_NETWORK if request.network else "") + "\n".join(rules) + "\n"


def _rules(request: SandboxRequest, tmp: str, obeyed: Sequence[str]) -> Iterator[str]:
    roots = request.roots()
    hidden = [Path(os.path.realpath(path)) for path in (*request.private, *secrets_of(request.home))]
    shown = "file-read* file-write*" if request.policy == "workspace_write" else "file-read*"
    # Parents first, because the workspace may lie in a hidden folder, and a hidden folder in the workspace.
    rules = dict.fromkeys(hidden, "deny file-read* file-write*") | dict.fromkeys(roots, f"allow {shown}")
    for path in sorted(rules, key=lambda path: len(path.parts)):
        yield f"({rules[path]} (subpath {_quoted(str(path))}))"
    inside = (path for root in roots for path in root.iterdir() if path.is_symlink())
    links = (path for path in inside if folded(path.name) in request.protected_names)
    targets = (real for real in map(os.path.realpath, links) if Path(real) not in roots)
    for real in (*map(os.path.realpath, request.read_only), *obeyed, *targets):
        yield f"(deny file-write* (subpath {_quoted(real)}))"
    for root in map(str, roots):
        yield f"(deny file-write-unlink (literal {_quoted(root)}))"
        for name in sorted(request.protected_names):
            yield f'(deny file-write* (regex #"{protected_pattern(root, name)}"))'
    yield f"(allow file-read* file-write* (subpath {_quoted(tmp)}))"


def protected_pattern(workspace: str, name: str) -> str:
    """Return the profile's pattern for all paths in the workspace that are, or lie in, `name`."""
    return f"^{_literal(workspace)}/(.*/)?{_any_case(name)}(/.*)?$"


def _any_case(name: str) -> str:
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else _literal(c) for c in name)


def _literal(text: str) -> str:
    """Spell characters out that mean something in a pattern, or would end its text."""
    return re.sub(
        r'[.\\+*?^$()\[\]{}|"]', lambda found: f"[{found[0]}]" if found[0] not in '\\^"' else ".", text
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
