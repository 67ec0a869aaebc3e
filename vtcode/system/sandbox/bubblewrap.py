"""Linux, full: bubblewrap (0.5 or newer) gives each command namespaces of its own.

Inside: everything is readable but secrets and service sockets; the workspace and a private /tmp are writable;
no capabilities, no new privileges, no network, and no process outlives the command. Options: bwrap(1).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from vtcode.system.git_folders import is_repository
from vtcode.system.inside import is_inside_any
from vtcode.system.installed import is_of_the_system
from vtcode.system.sandbox.base import Containment, Launch, SandboxUnavailable
from vtcode.system.sandbox.hidden import closed_to_commands, inside_environment, secrets_of
from vtcode.system.sandbox.protected import Placeholders
from vtcode.system.sandbox.scratch import ScratchFolder
from vtcode.system.sandbox.trees import Trees, named_by_git
from vtcode.system.sandbox.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vtcode.system.sandbox.base import SandboxRequest

_PROBE_TIMEOUT_S = 10
_TMP = "/tmp"  # noqa: S108 - the one inside, which is private
_RUN = "/run"
_KEPT_OF_RUN = ("/run/current-system", "/run/opengl-driver")
"""NixOS finds its programs there."""

_KERNEL_SETTINGS = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "mtrr", "scsi")
"""Of /proc: root may write there without any capability, and a core_pattern is a program run outside."""

_ATTEND = """\
trap : INT QUIT TERM HUP
exec 3>&2 2>/dev/null
(exec "$@" 2>&3 3>&-)
code=$?
for pause in 0.05 0.1 0.2 0; do
    left=
    for process in /proc/[0-9]*; do
        case ${process#/proc/} in 1 | $$) continue ;; esac
        read -r name <"$process/comm" && left="$left${left:+, }$name"
    done
    [ "$left" ] || exit $code
    sleep $pause
done
printf '\\n[Still running in the background, and ended with the command: %s]\\n' "$left"
exit $code
"""
"""Runs a command, and names what it left running, which ends when this does: with the process namespace. What
is just going down by itself gets a moment."""

_Kind: TypeAlias = Literal["writable", "read_only", "hidden_folder", "hidden_file", "tmp"]


@dataclass(frozen=True, slots=True)
class Mount:
    """One thing that looks different inside."""

    path: str
    kind: _Kind


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that make a sandbox, by absolute path."""

    bwrap: str
    setsid: str


class BubblewrapSandbox:
    """Runs each command in namespaces of its own."""

    def __init__(self, request: SandboxRequest, programs: Programs) -> None:
        self._request = request
        self._programs = programs
        self._scratch = ScratchFolder()
        self._trees = Trees(request.protected_names, request.denied)
        self._judged: tuple[tuple[Path, ...], tuple[str, ...]] = ((), ())
        """The folders that were last looked at, and what can't be held in them."""

    @property
    def containment(self) -> Containment:
        """What holds; looked at again once folders were added to the workspace."""
        request = self._request
        roots = request.roots()
        if self._judged[0] != roots:
            self._judged = roots, tuple(_gaps(request))
        return Containment(
            wanted=request.policy,
            policy=request.policy,
            network=request.network,
            back_end="bubblewrap",
            gaps=self._judged[1],
        )

    @classmethod
    def open(cls, request: SandboxRequest) -> BubblewrapSandbox:
        """Find bubblewrap and try it out.

        Raises:
            SandboxUnavailable: It is not installed, or does not work here.
        """
        sandbox = cls(request, _find_programs(request))
        try:
            sandbox.probe()
        except SandboxUnavailable:
            sandbox.close()
            raise
        return sandbox

    def probe(self) -> None:
        """Run a command that does nothing.

        Raises:
            SandboxUnavailable: It does not run; the text has bubblewrap's own words.
        """
        argv = self.argv(["/bin/sh", "-c", ":"], cwd="/", mounts=self._mounts(()), takes_terminal=False)
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, errors="replace", timeout=_PROBE_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SandboxUnavailable(f"bubblewrap does not work here ({error})") from error
        if done.returncode != 0:
            said = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
            raise SandboxUnavailable(f"bubblewrap does not work here ({said.removeprefix('bwrap: ')})")

    def launch(self, argv: Sequence[str], *, cwd: str, environment: Mapping[str, str]) -> Launch:
        """Return how to start `argv` inside.

        Raises:
            OSError: A name that must not be created can't be kept free.
        """
        request, roots = self._request, self._request.roots()
        inside = inside_environment(environment, _TMP, network=request.network)
        if request.policy == "read_only":
            closed = self._trees.look(roots).closed if request.denied.patterns else ()
            wrapped = self.argv(argv, cwd=cwd, mounts=self._mounts((), closed))
            return Launch(argv=tuple(wrapped), environment=inside, is_wrapped=True)
        held = Placeholders(roots, request.reserved_names)
        watch = Watch(self._trees, roots, lambda: named_by_git(roots, cwd, environment))
        wrapped = self.argv(argv, cwd=cwd, mounts=self._mounts(watch.paths, watch.closed))
        return Launch(
            argv=tuple(wrapped),
            environment=inside,
            is_wrapped=True,
            release=held.release,
            look_back=watch.look_back,
        )

    def close(self) -> None:
        """Remove the commands' /tmp."""
        self._scratch.close()

    def argv(
        self, command: Sequence[str], *, cwd: str, mounts: Iterable[Mount], takes_terminal: bool = True
    ) -> list[str]:
        """Return the command line that runs `command` with these mounts."""
        ordered = sorted(mounts, key=lambda mount: mount.path.count("/"))  # parents before what lies in them
        sealed = [mount.path for mount in ordered if mount.kind == "hidden_folder"]
        return [
            self._programs.bwrap,
            "--die-with-parent",
            "--unshare-pid",
            "--unshare-ipc",
            *([] if self._request.network else ["--unshare-net"]),
            *("--cap-drop", "ALL"),  # root would keep its own and could mount everything writable again
            *("--ro-bind", "/", "/"),
            *("--dev", "/dev"),
            *("--proc", "/proc"),
            *(word for mount in ordered for word in self._words(mount)),
            *(word for path in sealed for word in ("--remount-ro", path)),
            *("--chdir", cwd),
            "--",
            # The terminal belongs to the command's session, so that Ctrl-C reaches the command and not bwrap.
            *([self._programs.setsid, "--ctty", "/bin/sh", "-c", _ATTEND, "sh"] if takes_terminal else []),
            *command,
        ]

    def _words(self, mount: Mount) -> tuple[str, ...]:
        path = mount.path
        match mount.kind:
            case "writable":
                return ("--bind", path, path)
            case "read_only":
                return ("--ro-bind-try", path, path)
            case "hidden_folder":
                return ("--tmpfs", path)
            case "hidden_file":
                return ("--ro-bind", "/dev/null", path)
            case "tmp":
                return ("--bind", self._scratch.path, path)
            case _:
                assert_never(mount.kind)

    def _mounts(self, protected: Iterable[str], closed: Iterable[str] = ()) -> list[Mount]:
        """Return what looks different; nothing shows what is closed, or lies in it, once more."""
        request = self._request
        places = closed_to_commands(request, closed)
        hidden = [path for path in places if _is_worth_hiding(path, request.roots())]
        shown = (mount for mount in self._open_mounts(protected) if not _is_inside(Path(mount.path), hidden))
        return [*shown, *map(_hiding, hidden)]

    def _open_mounts(self, protected: Iterable[str]) -> list[Mount]:
        request = self._request
        roots = request.roots()
        private = [Path(os.path.realpath(path)) for path in (*request.private, *secrets_of(request.home))]
        kept = [Path(os.path.realpath(path)) for path in request.read_only]
        hidden = [path for path in private if _is_worth_hiding(path, roots)]
        return [
            Mount(_TMP, "tmp"),
            *_services(request),
            *(Mount(f"/proc/{name}", "read_only") for name in _KERNEL_SETTINGS),
            *map(_hiding, hidden),
            *(
                Mount(str(root), "writable" if request.policy == "workspace_write" else "read_only")
                for root in roots
            ),
            *(Mount(str(path), "read_only") for path in kept if _is_inside(path, roots)),
            *(
                Mount(path, "read_only")
                for path in map(os.path.realpath, protected)
                if os.path.exists(path) and Path(path) not in roots and _is_inside(Path(path), roots)  # noqa: PTH110 - as realpath has it
            ),
        ]


def _hiding(path: Path) -> Mount:
    return Mount(str(path), "hidden_folder" if path.is_dir() else "hidden_file")


def _is_inside(path: Path, roots: Iterable[Path]) -> bool:
    return is_inside_any(str(path), map(str, roots))


def _is_worth_hiding(path: Path, roots: Sequence[Path]) -> bool:
    """Tell whether `path` is there, and not hidden already by the private /tmp; never the workspace."""
    if path in roots or not os.path.lexists(path):
        return False
    return _is_inside(path, roots) or not path.is_relative_to(_TMP)


def _services(request: SandboxRequest) -> Iterator[Mount]:
    for folder in (_RUN, *request.services):
        if Path(folder).is_dir() and not Path(folder).is_symlink():
            yield Mount(folder, "hidden_folder")
    kept = [*_KEPT_OF_RUN]
    resolver = os.path.realpath("/etc/resolv.conf")
    if request.network and resolver.startswith("/run/"):
        kept.append(resolver)
    yield from (Mount(path, "read_only") for path in kept if Path(path).exists())


def _gaps(request: SandboxRequest) -> Iterator[str]:
    if request.policy == "read_only":
        return
    if request.home.is_relative_to(request.workspace):
        yield "the workspace holds your home folder, where start-up files can be created"
    for root in request.roots():
        if is_repository(str(root)):
            yield f"{root.name} is a bare repository, whose configuration a command could change"


def _find_programs(request: SandboxRequest) -> Programs:
    found = {}
    for name in ("bwrap", "setsid"):
        path = shutil.which(name)
        if path is None:
            missing = "bubblewrap" if name == "bwrap" else name
            raise SandboxUnavailable(f"{missing} is not installed")
        if not is_of_the_system(path, [str(root) for root in request.roots()], home=str(request.home)):
            raise SandboxUnavailable(f"{path} is not the system's own, so it can't be trusted")
        found[name] = path
    return Programs(**found)
