"""What is asked of a sandbox, what it says of itself, and how a command is started in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from vtcode.system.denied import DeniedPaths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

SandboxPolicy: TypeAlias = Literal["off", "read_only", "workspace_write"]
BackEnd: TypeAlias = Literal["bubblewrap", "Seatbelt", "Landlock"]

_WRITABLE = {
    "off": "",
    "read_only": "nothing but a private /tmp is writable",
    "workspace_write": "only the workspace and a private /tmp are writable",
}
_LABELS = {"off": "no sandbox", "read_only": "sandbox: read-only", "workspace_write": "sandbox"}
_SERVICE_FOLDERS = ("/var/run", "/var/lib/lxd", "/var/lib/incus", "/var/snap/lxd")
"""Where services listen that would do as they are told, beside /run: a socket works on a read-only mount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest:
    """What commands may do, and what is kept from them."""

    policy: SandboxPolicy
    network: bool
    """Commands may use the network."""
    workspace: Path
    """Its real path."""
    added: Callable[[], Sequence[Path]]
    """Tells which folders count as the workspace at the moment, beside it, by their real paths."""
    home: Path
    protected_names: frozenset[str]
    """Files and folders of the workspace, at any depth, that stay read-only; folded as by
    `vtcode.system.sensitive.folded`."""
    reserved_names: tuple[str, ...]
    """Those that can't even be created at the top of the workspace, as they are written there."""
    private: tuple[Path, ...] = ()
    """Files and folders of the program that commands don't see."""
    read_only: tuple[Path, ...] = ()
    """What stays read-only wherever it lies."""
    denied: DeniedPaths = field(default_factory=DeniedPaths)
    """What is closed to the model."""
    services: tuple[str, ...] = _SERVICE_FOLDERS
    """Folders with sockets that commands don't see, beside /run."""

    def roots(self) -> tuple[Path, ...]:
        """Return the workspace and what counts as such."""
        return (self.workspace, *self.added())


class SandboxUnavailable(Exception):
    """A back end can't be used here; the text says why. Never leaves this package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Containment:
    """What holds for the commands of a session."""

    wanted: SandboxPolicy
    policy: SandboxPolicy
    """What holds; less than what was wanted where no back end can do it here."""
    network: bool
    """Commands may use the network."""
    back_end: BackEnd | None = None
    """None: nothing holds."""
    gaps: tuple[str, ...] = ()
    """What the back end can't hold here."""
    hint: str = ""
    """What would help where less holds than was wanted."""

    @property
    def is_full(self) -> bool:
        """A command can neither write outside the workspace, nor reach the network, nor touch what is
        protected in it; what it makes new of that kind is undone once it is over."""
        return self.back_end in ("bubblewrap", "Seatbelt") and not self.network and not self.gaps

    @property
    def falls_short(self) -> bool:
        """Less holds than what was wanted."""
        return self.policy != self.wanted or bool(self.gaps)

    @property
    def label(self) -> str:
        """A few words for a status line."""
        if self.policy == "off":
            return _LABELS["off"]
        extra = (", network" if self.network else "") + (", with gaps" if self.gaps else "")
        return _LABELS[self.policy] + extra

    def describe(self) -> str:
        """Say in one line what holds."""
        why = f": {'; '.join(self.gaps)}" if self.gaps else ""
        if self.back_end is None:
            return f"commands run without a sandbox{why}"
        network = "the network can be used" if self.network else "no network"
        return f"commands run in {self.back_end}: {_WRITABLE[self.policy]}, {network}" + (
            f"; not held{why}" if why else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What became of protected names while a command ran, by their paths."""

    renamed: tuple[str, ...] = ()
    """New, and renamed since: `.untrusted` is at the end, maybe with a number."""
    left: tuple[str, ...] = ()
    """New, and still there; or there before, and now in the place of something protected."""
    restored: tuple[str, ...] = ()
    """Links that were removed or replaced, and are back; what stood there was renamed like what is new."""
    changed: tuple[str, ...] = ()
    """There before, and changed, replaced or removed meanwhile: a link, or something outside took part."""


class LookBack(Protocol):
    """Finds what became of protected names; blocks for some milliseconds."""

    def __call__(self, *, renames: bool) -> Aftermath:
        """Look, once the command is over; `renames` undoes what it did."""


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How one command is started."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    is_wrapped: bool = False
    """What is started waits outside for a command that lives in a session of its own inside, and takes the
    terminal there. False: what is started becomes the command."""
    release: Callable[[], None] = field(default=_nothing)
    """To be called once the command and all that it started are gone; may be called again."""
    look_back: LookBack | None = None
    """None: it could change nothing that is protected."""


class Sandbox(Protocol):
    """A back end, ready to be used."""

    @property
    def containment(self) -> Containment:
        """What holds."""

    def launch(self, argv: Sequence[str], *, cwd: str, environment: Mapping[str, str]) -> Launch:
        """Return how to start `argv` inside; blocks for some milliseconds.

        Raises:
            OSError: The workspace can't be made ready.
        """

    def close(self) -> None:
        """Remove what was kept for the session's commands; call it when they have ended."""


@dataclass(frozen=True, slots=True)
class Unconfined:
    """No sandbox: commands may do what the user may do."""

    containment: Containment

    def launch(self, argv: Sequence[str], *, cwd: str, environment: Mapping[str, str]) -> Launch:
        """Return the command as it is."""
        return Launch(argv=tuple(argv), environment=environment)

    def close(self) -> None:
        """There is nothing to remove."""
