"""Which of LM Studio's wires carries the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.wires.base import Wire

WireName: TypeAlias = Literal["chat_completions", "responses", "messages", "native"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSettings:
    """What the user chose."""

    name: WireName = "chat_completions"
    integrations: tuple[str, ...] = ()
    """MCP servers that LM Studio may run itself: ids of plugins, and addresses; for `native` alone."""

    @property
    def api_path(self) -> str:
        """Where the wire's API lives, after the server's address."""
        return "/api/v1" if self.name == "native" else "/v1"

    @property
    def usable_integrations(self) -> tuple[str, ...]:
        """The integrations that go over this wire."""
        return self.integrations if self.name == "native" else ()


def chosen_wire(settings: WireSettings, models: Mapping[str, ModelInfo]) -> Wire:
    """Return the wire that was chosen.

    Args:
        settings: What the user chose.
        models: What is known of the server's models, by id; read anew for each request.
    """
    match settings.name:
        case "chat_completions":
            from vtcode.providers.wires.chat_completions import ChatCompletions

            return ChatCompletions()
        case "responses":
            from vtcode.providers.wires.responses import Responses

            return Responses()
        case "messages":
            from vtcode.providers.wires.messages import Messages

            return Messages()
        case "native":
            from vtcode.providers.wires.native import Native

            return Native(models, settings.integrations)
        case _:
            assert_never(settings.name)
