"""A server's APIs that carry a conversation, each as a `Wire`: a request as bytes, a reply's bytes as parts.

Nothing here does I/O: `vtcode.providers.wire_stream` sends and receives.
"""

from __future__ import annotations

from vtcode.providers.wires.base import ReplyReader, Wire

__all__ = ["ReplyReader", "Wire"]
