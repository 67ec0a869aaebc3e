"""llama.cpp's own HTTP server on loopback, as its users run it: no key, no path of its own.

The package of the embedded engine holds that very server; here it runs alone, in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

_SERVER = """
import sys, xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.model_alias = {"tiny"}
params.n_ctx, params.n_parallel = int(sys.argv[2]), int(sys.argv[3])
params.port, params.ui, params.verbosity = 0, False, 1
params.n_batch, params.cache_ram_mib = 128, 64
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
_WAIT_S = 20.0


class LlamaCppServer:
    """Serves a model as `tiny`; a context manager.

    Args:
        model: A GGUF file.
        window_tokens: As `-c`: of all slots together.
        slots: As `-np`.
    """

    def __init__(self, model: Path, *, window_tokens: int = 4_096, slots: int = 1) -> None:
        self.url = ""
        self._argv = [sys.executable, "-c", _SERVER, str(model), str(window_tokens), str(slots)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the server did not start"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()  # its threads would be waited for
        self._process.communicate(timeout=_WAIT_S)
