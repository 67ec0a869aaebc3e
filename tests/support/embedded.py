"""The real starter model for tests: fetched once a machine, shared by all test processes."""

from __future__ import annotations

import asyncio
import functools
import os
from pathlib import Path

import platformdirs

from vtcode.providers.embedded_starter import fetch_starter

# Read at import, before a test puts another home into the environment.
_CACHE = Path(os.environ.get("VTCODE_TEST_CACHE") or platformdirs.user_cache_dir("vtcode-tests"))


@functools.cache
def starter_model_path() -> Path:
    """Return the starter model's file; the first call on a machine downloads 93 MB. Not for coroutines."""
    return asyncio.run(fetch_starter(starter_cache_folder()))


def starter_cache_folder() -> Path:
    """Return the cache folder to give to a provider, so that it finds the model there."""
    return _CACHE
