"""The process that holds the model: started by path, it imports the standard library and xllamacpp only.

It reads its settings as one JSON line from stdin, loads the model, answers with one JSON line on stdout
(`{"address": ...}` or `{"error": ...}`), serves on loopback, and ends when stdin does, which is when its
parent is gone. On Linux the kernel kills it with its parent besides, because loading holds the interpreter.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_ERRORS_ONLY = 1  # llama.cpp's verbosity


def main() -> None:
    """Serve until stdin ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    stdout = os.dup(1)
    os.dup2(2, 1)  # whatever llama.cpp prints goes to the log
    settings = json.loads(sys.stdin.buffer.readline())
    try:
        server = _serve(settings)
    except (ImportError, RuntimeError) as error:
        _answer(stdout, {"error": str(error)})
        sys.exit(1)
    _answer(stdout, {"address": server.listening_address})
    sys.stdin.buffer.read()
    os._exit(0)  # the server's threads would be waited for


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp  # type: ignore[import-untyped]

    params = xllamacpp.CommonParams()
    params.model.path = settings["model_path"]
    params.model_alias = {settings["alias"]}
    params.n_ctx = settings["window_tokens"]
    params.port = 0
    params.api_keys = [settings["key"]]
    params.api_prefix = settings["prefix"]  # llama.cpp leaves /health and /v1/models open without one
    params.ui = False
    params.cache_ram_mib = 256
    params.n_batch = 256  # progress and cancelling come once a batch
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.verbosity = _ERRORS_ONLY
    return xllamacpp.Server(params)


def _answer(descriptor: int, value: dict[str, str]) -> None:
    os.write(descriptor, json.dumps(value).encode() + b"\n")


if __name__ == "__main__":
    main()
