"""How a model is offered tools, and how its calls are understood, whatever wire carries them."""

from __future__ import annotations

from vtcode.providers.tool_modes.speak import as_sent, speak

__all__ = ["as_sent", "speak"]
