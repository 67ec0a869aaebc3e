"""From a configuration to a session: the only package that names concrete parts."""

from __future__ import annotations

from vtcode.bootstrap.dialogue import trust_store
from vtcode.bootstrap.opening import Opening, open_session
from vtcode.bootstrap.providers import build_provider
from vtcode.bootstrap.servers import servers_for

__all__ = ["Opening", "build_provider", "open_session", "servers_for", "trust_store"]
