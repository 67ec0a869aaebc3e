"""The states of the app that its pictures and snapshots are made of, each reached the same way every time."""

from __future__ import annotations

from tests.support.states import asked, opened, read, said, typed
from tests.support.states.stage import ALL, State, staged, still

__all__ = ["ALL", "State", "asked", "opened", "read", "said", "staged", "still", "typed"]
