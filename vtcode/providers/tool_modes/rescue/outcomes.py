"""What may come of reading markup, other than calls."""

from __future__ import annotations


class NotMarkup(Exception):
    """It only looked like the beginning of a call; what was read is text."""


class Broken(Exception):
    """It is a call, but not a well-formed one."""


class Cut(Exception):
    """The reply ended inside a call."""
