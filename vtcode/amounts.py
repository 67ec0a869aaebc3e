"""Amounts as people say them: tokens, bytes, times. Pure."""

from __future__ import annotations

import math

_BYTES_PER_GB = 1e9
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def token_count(tokens: int) -> str:
    """Return `950`, `2.1k`, `12k`; powers of two as people name windows: 8,192 is `8k`, 131,072 `128k`."""
    if tokens < 1_000:
        return str(tokens)
    if tokens % 1_024 == 0:
        return f"{tokens // 1_024}k"
    thousands = tokens / 1_000
    return f"{thousands:.1f}k" if thousands < 10 else f"{thousands:.0f}k"


def size(size_bytes: float) -> str:
    """Return `4.9 GB`, `91 MB`, `81 KB`; decimal, as disks and downloads are counted."""
    if size_bytes < 1e6:
        return f"{math.ceil(size_bytes / 1e3)} KB"
    if size_bytes < _BYTES_PER_GB / 10:
        return f"{size_bytes / 1e6:.0f} MB"
    return f"{size_bytes / _BYTES_PER_GB:.1f} GB"


def clock_time(seconds: float) -> str:
    """Return `1:17`, `1:02:03`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def age(seconds: float) -> str:
    """Return how long ago something was: `just now`, `5 min ago`, `3 h ago`, `2 days ago`."""
    if seconds < _MINUTE_S:
        return "just now"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min ago"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S:.0f} h ago"
    days = int(seconds // _DAY_S)
    return f"{days} day{'' if days == 1 else 's'} ago"
