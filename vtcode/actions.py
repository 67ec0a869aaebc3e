"""What a tool call is about to do, in terms that the policy and a person understand.

A tool describes its call as one of these before anything happens; the gate judges it, the front ends show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAction:
    """Reads, lists or searches; changes nothing."""

    path: str
    """Relative to the workspace where inside it, else absolute."""
    summary: str
    """One line for a person: `vtcode/app.py lines 1-200`, `"TODO" in src`."""
    names_only: bool = False
    """Shows which files there are, and nothing of what they hold."""
    real_path: str = ""
    """What is judged and opened: absolute, without links, spelled as on the disk; empty: as `path` says."""
    kind: Literal["read"] = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAction:
    """Creates or changes one file."""

    path: str
    """Relative to the workspace; absolute in a folder that the user added to it."""
    diff: str
    """Unified diff, three lines of context, without file headers; empty where nothing changes."""
    added_lines: int
    removed_lines: int
    creates: bool
    real_path: str = ""
    """What is judged and opened: absolute, without links, spelled as on the disk; empty: as `path` says."""
    kind: Literal["write"] = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAction:
    """Runs a shell command."""

    command: str
    """Exactly what the shell gets."""
    cwd: str
    """Absolute, real path."""
    timeout_s: float
    contained: bool = False
    """It runs where it can write to the workspace alone, touch nothing protected, and reach no network."""
    outside_sandbox: str = ""
    """Why it is to run outside the sandbox that there is, in the model's words; empty: it runs inside."""
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAction:
    """Replaces the plan; touches no file."""

    steps: int
    kind: Literal["plan"] = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationsAction:
    """Lets the model's server run MCP servers of its own while it answers, for the rest of the session."""

    address: str
    """Of the model's server."""
    servers: tuple[str, ...]
    """Ids of plugins, and addresses."""
    kind: Literal["integrations"] = "integrations"


Action: TypeAlias = ReadAction | WriteAction | CommandAction | PlanAction | IntegrationsAction
