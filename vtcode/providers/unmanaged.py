"""What is the same for all servers whose models can't be loaded and unloaded from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vtcode.providers.base import Provider
    from vtcode.providers.lifecycle import LoadProgress, ModelLifecycle
    from vtcode.providers.model_info import ModelInfo


class Unmanaged:
    """Base of the providers that answer, and do no more with their models."""

    @property
    def lifecycle(self) -> ModelLifecycle | None:
        """None: models can't be managed from here."""
        return None

    async def restore(self: Provider, model: ModelInfo) -> AsyncGenerator[LoadProgress | ModelInfo, None]:
        """Yield the model as it is now; it is loaded again when it is asked.

        Raises:
            ProviderError: It is no longer there.
        """
        yield await self.resolve_model(model.id)
