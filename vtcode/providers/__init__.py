"""Servers of models: one module per wire, pure where it can be, and one per kind of server."""

from __future__ import annotations

import sys

# With httpx comes its command line, and with that rich, pygments and click: a third of its time to import.
# None makes that import fail, which httpx expects where they are not installed.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
