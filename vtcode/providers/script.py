"""A script: the replies that a pretended model gives, one after the other.

The scripted provider and the emulator replay it. A file is TOML:

    model = "acme/coder"            # optional, with window_tokens and when_done
    when_done = "echo"              # fail (default) | repeat | echo: what follows the last turn

    [[turns]]
    reasoning = "I should look first."
    text = "Let me look."
    calls = [{ name = "read_file", arguments = { path = "hello.txt" } }]

    [[turns]]
    text = "It says hello."
    finish = "length"
    usage = { prompt_tokens = 900, completion_tokens = 5 }

or JSON lines (`*.jsonl`), one turn a line with the same keys. `arguments` is a table, or a string that goes
out exactly as it is, broken or not. A turn plays in this order: loading, prefill, reasoning, the server's own
tools, text, calls, its end: `finish`, or `error` (a server's own words, such as "Context size has been
exceeded."), or `cut`.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from vtcode.errors import ConfigError
from vtcode.messages import FinishReason, Usage  # noqa: TC001 - resolved at run time, when a file is checked

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import TypeAdapter

Phase: TypeAlias = Literal["loading", "prefill", "reasoning", "text", "calls", "end"]
"""Where a reply can pause: before the prompt is read, before the first token, after the first piece of
reasoning, text or call arguments, and before the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCall:
    """A tool call that the pretended model writes."""

    name: str
    arguments: str | dict[str, Any] = field(default_factory=dict)
    id: str = ""
    """Empty: the player makes one."""

    @property
    def arguments_text(self) -> str:
        """The arguments as the model writes them."""
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCall:
    """A tool that the server runs by itself, of a plugin or MCP server of its own."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    failure: str = ""
    """Not empty: why it was not run."""
    integration: str = ""
    """The plugin's id or the MCP server's label; empty: the first one that the request switched on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One reply."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[ScriptedCall, ...] = ()
    server_calls: tuple[ServerCall, ...] = ()
    finish: FinishReason | None = None
    """None: `tool_calls` where there are calls, else `stop`."""
    usage: Usage | None = None
    """None: counted by the player, four characters a token."""
    error: str = ""
    """Not empty: the reply ends with this error of the server."""
    cut: bool = False
    """The connection breaks instead of an end."""
    loading: bool = False
    """The model is loaded first."""
    loading_steps: tuple[float, ...] = ()
    """How far that is, 0 to 1, as it is told; not empty: the model is loaded first."""
    prefill_tokens: int = 0
    """More than 0: progress over a prompt of this size is told."""
    prefill_steps: tuple[float, ...] = ()
    """How far reading the prompt is, 0 to 1, as it is told; empty: the player decides."""
    pause: Phase | None = None
    """Wait there until whoever plays the script releases it."""
    piece_chars: int = 0
    """Text, reasoning and arguments go out in pieces of this size; 0: each in one piece."""
    pace_s: float = 0.0
    """Seconds between two pieces: for people who watch, never for tests."""

    @property
    def finish_reason(self) -> FinishReason:
        """The reason that is sent."""
        return self.finish or ("tool_calls" if self.calls else "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a pretended model answers."""

    turns: tuple[Turn, ...] = ()
    model: str = "scripted"
    window_tokens: int = 32_768
    when_done: Literal["fail", "repeat", "echo"] = "fail"


def load_script(path: Path) -> Script:
    """Read a script file: JSON lines where the name ends in `.jsonl`, else TOML.

    Raises:
        ConfigError: The file can't be read or understood; names the file and the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: the script can't be read: {getattr(error, 'strerror', '') or error}",
            hint="Check the path.",
        ) from error
    return _checked(_parsed(text, path), path)


def pieces(text: str, piece_chars: int) -> list[str]:
    """Split `text` into pieces of `piece_chars` characters; whole where that is 0, none for empty text."""
    size = piece_chars or len(text) or 1
    return [text[start : start + size] for start in range(0, len(text), size)]


@functools.cache
def _adapter() -> TypeAdapter[Script]:
    """Build the check, which refuses keys that it does not know."""
    from pydantic import ConfigDict, TypeAdapter, with_config

    for shape in (ScriptedCall, ServerCall, Turn, Script):
        with_config(ConfigDict(extra="forbid"))(shape)
    return TypeAdapter(Script)


def _parsed(text: str, path: Path) -> object:
    import tomllib

    if path.suffix != ".jsonl":
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from error
    turns = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            turns.append(json.loads(line))
        except ValueError as error:
            raise ConfigError(f"{path}:{number}: not valid JSON: {error}") from error
    return {"turns": turns}


def _checked(content: object, path: Path) -> Script:
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}") from error
