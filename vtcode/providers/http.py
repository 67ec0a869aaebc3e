"""wip"""

from __future__ import annotations
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for a server; 0 means without limit."""

    connect_s: float = 5.0
    """To open a connection."""
    silence_s: float = 120.0
    """Between two pieces of a reply, once it has begun. Before its first piece there is no limit: reading a long
    prompt, or loading the model, is silent for as long as it takes."""
    answer_s: float = 15.0
    """For answers that need no model, such as the list of models."""
