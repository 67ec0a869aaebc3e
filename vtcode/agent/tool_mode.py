"""Which tool mode a model is asked in: the user's choice, what a self-test found, or what happened so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from vtcode.errors import EmptyReply, ProviderError, TemplateRefused, ToolsRefused, UnreadableCall
from vtcode.providers.model_info import ToolMode
from vtcode.system.owned_file import read_owned, update_owned

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from vtcode.providers.model_info import ModelInfo

WantedMode: TypeAlias = ToolMode | Literal["auto"]

MODE_WORDS: dict[ToolMode, str] = {
    "native": "the server's own function calling",
    "structured": "replies bound to a JSON schema",
    "text": "tools described in the prompt, calls read out of the text",
}
_BLAMED = (UnreadableCall, ToolsRefused, TemplateRefused, EmptyReply)
"""What another tool mode may cure; servers that drop a malformed call send an empty reply."""


class ToolModes:
    """What is known of models' tool modes: verdicts of self-tests in a file, and this session's failures.

    Args:
        file: The program's own; shared by all sessions.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._learnt: dict[tuple[str, str], ToolMode] = {}

    @classmethod
    def in_folder(cls, state_folder: Path) -> Self:
        """Return what is known, kept in the program's folder for such."""
        return cls(state_folder / "tool_modes.toml")

    def usable(self, server: str, model: ModelInfo, wanted: WantedMode) -> tuple[ToolMode, ...]:
        """Return the modes to ask a model in, the one to begin with first.

        Args:
            server: The provider's address.
            model: As its provider describes it.
            wanted: The configured mode; any other than `auto` is the only one, where the wire can carry it.
        """
        if wanted != "auto":
            return (wanted,) if wanted in model.tool_modes else model.tool_modes
        best = self._learnt.get((server, _name(model))) or self._verdict(server, model)
        if best not in model.tool_modes:
            return model.tool_modes
        return model.tool_modes[model.tool_modes.index(best) :]

    def remember(self, server: str, model: ModelInfo, mode: ToolMode) -> None:
        """Begin with this mode for the rest of the session."""
        self._learnt[server, _name(model)] = mode

    def store(self, server: str, model: ModelInfo, mode: ToolMode) -> None:
        """Begin with this mode from now on, in every session: a self-test showed that it works.

        Raises:
            UnwritableFolder: The file can't be written.
        """
        self.remember(server, model, mode)

        def change(content: dict[str, Any]) -> dict[str, Any]:
            return {**content, server: {**content.get(server, {}), _name(model): mode}}

        update_owned(self._file, change, is_usable=_is_usable)

    def _verdict(self, server: str, model: ModelInfo) -> ToolMode | None:
        content, _ = read_owned(self._file)
        found = content[server].get(_name(model)) if _is_usable(content) and server in content else None
        return next((mode for mode in get_args(ToolMode) if mode == found), None)


def next_mode(model: ModelInfo, failed: ToolMode, problem: ProviderError) -> ToolMode | None:
    """Return the mode to try after `problem` came in mode `failed`; None: there is none, or it can't help."""
    if not isinstance(problem, _BLAMED) or failed not in model.tool_modes:
        return None
    later = model.tool_modes[model.tool_modes.index(failed) + 1 :]
    return later[0] if later else None


def _name(model: ModelInfo) -> str:
    """Return what all instances of a model have in common."""
    return model.key or model.id


def _is_usable(content: dict[str, Any]) -> bool:
    return all(isinstance(verdicts, dict) for verdicts in content.values())
