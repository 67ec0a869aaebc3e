"""wip: signature only."""

from __future__ import annotations
from typing import TYPE_CHECKING
from vtcode.providers.http import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from vtcode.providers.base import ModelInfo, Part, Request


class OpenAICompatibleProvider:
    """Any OpenAI-compatible server."""

    def __init__(
        self,
        *,
        name: str = "openai_compatible",
        base_url: str,
        api_key: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.name = name
        self.address = base_url

    async def open(self) -> None: ...
    async def list_models(self) -> Sequence[ModelInfo]:
        raise NotImplementedError

    async def resolve_model(self, wanted: str) -> ModelInfo:
        raise NotImplementedError

    def stream_reply(self, request: Request) -> AsyncGenerator[Part, None]:
        raise NotImplementedError

    async def aclose(self) -> None: ...
