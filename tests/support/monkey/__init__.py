"""An app that is used at random, the same way for the same seed."""

from __future__ import annotations

from tests.support.monkey.run import Found, let_loose

__all__ = ["Found", "let_loose"]
