"""A fake `lms`: a program on the PATH that does to an emulator what the real one does to LM Studio."""

from __future__ import annotations

import argparse
import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import pytest

from tests.support.emulator import WAIT_S, Emulator

if TYPE_CHECKING:
    from types import TracebackType

_PROGRAM = """#!{python}
import json, socket, sys
try:
    with socket.create_connection(("127.0.0.1", {port})) as server:
        server.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
        for line in server.makefile():
            told = json.loads(line)
            sys.stdout.write(told.get("out", ""))
            sys.stdout.flush()
            sys.stderr.write(told.get("err", ""))
            if "exit" in told:
                sys.exit(told["exit"])
except ConnectionError:
    pass
"""
Told = dict[str, Any]
"""What the program writes next, `out` or `err`; or its `exit` code."""


class FakeLms:
    """Puts `lms` on the PATH; a context manager. Its words and flags are those of `lms` of August 2026.

    Everything that it does to models it does to the emulator's state, as the real one does it past the HTTP
    server: also what the server can't be asked for, such as an identifier.
    """

    def __init__(self, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[list[str]] = []
        """The arguments of each call, in order."""
        self.running = True
        self.daemon_runs = True
        """False: nothing runs that could serve, until `lms daemon up`."""
        self.has_daemon = True
        """False: an `lms` that knows of no daemon."""
        self.port: int | None = urlsplit(emulator.url).port
        self.load_fails = ""
        """What `lms load` says before it ends with code 1."""
        self.shows_progress = True
        self.loads_instead = ""
        """The model that is loaded, whichever is named: `lms load --yes` takes the first that is similar."""
        self.log_lines: list[str] = []
        self.status, self.queued = "idle", 0
        """What `lms ps` tells of every instance."""
        self.answers: dict[str, str] = {}
        """What a command (`ps`, `server status`) prints instead."""
        self._state = emulator.state
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._held = threading.Event()
        self._released = threading.Event()
        self._released.set()
        self._ended = threading.Event()

    @property
    def program(self) -> Path:
        """Where it is."""
        return self._folder / "lms"

    def hold_load(self) -> None:
        """Have the next loads wait at 40 % until `release_load`."""
        self._released.clear()

    def release_load(self) -> None:
        """Let the load go on."""
        self._released.set()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.fake = self
        self._folder.mkdir(parents=True, exist_ok=True)
        self.program.write_text(_PROGRAM.format(python=sys.executable, port=self._server.server_address[1]))
        self.program.chmod(0o755)
        self._monkeypatch.setenv("PATH", str(self._folder), prepend=":")
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, arguments: list[str]) -> Iterator[Told]:
        """Do what the arguments say, and tell what the program is to write."""
        self.calls.append(arguments)
        command = next((known for known in self.answers if " ".join(arguments).startswith(known)), "")
        if command:
            yield {"out": self.answers[command]}
            yield {"exit": 0}
            return
        match arguments:
            case ["server", "status", "--json"]:
                yield {"out": json.dumps({"running": self.running, "port": self.port}) + "\n"}
            case ["server", "start", *options]:
                yield from self._start(options)
            case ["server", "stop"]:
                yield from self._stop()
            case ["daemon", "up", "--json"] if self.has_daemon:
                self.daemon_runs = True
                told = {"status": "running", "pid": 7, "isDaemon": True, "version": "0.4.4+1"}
                yield {"out": json.dumps(told) + "\n"}
            case ["load", *options]:
                yield from self._load(options)
            case ["unload", "--", instance_id]:
                yield from self._unload(instance_id)
            case ["ps", "--json"]:
                yield {"out": json.dumps([self._instance(one) for one in self._state.instances])}
            case ["get", name, "-y"]:
                yield {"err": f"Finished downloading {name}\n"}
            case ["log", "stream", *_]:
                yield {"err": "Streaming logs from LM Studio\n\n"}
                yield from ({"out": line + "\n"} for line in self.log_lines)
                self._ended.wait(WAIT_S)
            case _:
                yield {"err": f"error: unknown command {arguments}\n"}
                yield {"exit": 1}
        yield {"exit": 0}

    def _start(self, options: list[str]) -> Iterator[Told]:
        if not self.daemon_runs:
            yield {"err": "\x1b[91mError:\x1b[39m LM Studio is not running.\n"}
            yield {"exit": 1}
            return
        parser = argparse.ArgumentParser()
        parser.add_argument("-p", "--port", type=int, default=self.port or 1234)
        parser.add_argument("--bind")
        parser.add_argument("--cors", action="store_true")
        self.port, self.running = parser.parse_args(options).port, True
        yield {"err": f"Success! Server is now running on port {self.port}\n"}

    def _stop(self) -> Iterator[Told]:
        if not self.running:
            yield {"err": "\x1b[91mError:\x1b[39m The server is not running.\n"}
            yield {"exit": 1}
        self.running = False
        yield {"err": f"Stopped the server on port {self.port}.\n"}

    def _load(self, options: list[str]) -> Iterator[Told]:
        parser = argparse.ArgumentParser()
        parser.add_argument("model")
        parser.add_argument("-y", "--yes", action="store_true")
        parser.add_argument("-c", "--context-length", type=int)
        parser.add_argument("--gpu")
        parser.add_argument("--parallel", type=int, default=4)
        parser.add_argument("--ttl", type=int)
        parser.add_argument("--identifier")
        asked = parser.parse_args(options)
        model = self._state.model(self.loads_instead or asked.model)
        if model is None or not asked.yes:
            yield {"err": f'No model found that matches model key "{asked.model}".\n'}
            yield {"exit": 1}
            return
        for percent in (0, 40, 100):
            if percent == 100:
                self._released.wait(WAIT_S)
            if self.shows_progress:
                # Cut in the middle of the number, as a pipe may cut it.
                yield {"out": f"\r⠋ Loading {model.key} {str(percent)[:1]}"}
                yield {"out": f"{str(percent)[1:]}%"}
        yield {"out": "\r\x1b[K\x1b[?25h"}
        if self.load_fails:
            yield {"err": f"\x1b[91mError:\x1b[39m {self.load_fails}\n"}
            yield {"exit": 1}
        instance = self._state.load(model, asked.context_length)
        instance.parallel, instance.id = asked.parallel, asked.identifier or instance.id
        yield {"err": "Model loaded successfully in 1.20s.\n"}

    def _unload(self, instance_id: str) -> Iterator[Told]:
        instance = self._state.instance(instance_id)
        if instance is None:
            yield {"err": f'Cannot find a model with the identifier "{instance_id}".\n'}
            yield {"exit": 1}
        else:
            self._state.instances.remove(instance)
            yield {"err": f'Model "{instance_id}" unloaded.\n'}

    def _instance(self, instance: Any) -> Told:
        return self._model(self._state.model_of(instance)) | {
            "identifier": instance.id,
            "contextLength": instance.context_length,
            "ttlMs": None if instance.ttl_s is None else instance.ttl_s * 1_000,
            "lastUsedTime": None,
            "status": self.status,
            "queued": self.queued,
            "parallel": instance.parallel,
        }

    def _model(self, model: Any) -> Told:
        return {
            "type": model.type,
            "modelKey": model.key,
            "format": model.format,
            "displayName": model.key.rpartition("/")[2],
            "publisher": model.key.partition("/")[0],
            "path": f"{model.key}.gguf",
            "sizeBytes": model.size_bytes,
            "paramsString": model.params,
            "quantization": {"name": model.quantization, "bits": 4},
            "vision": model.vision,
            "trainedForToolUse": model.tool_use,
            "maxContextLength": model.max_context_length,
        }


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    fake: FakeLms


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        arguments = json.loads(self.rfile.readline())
        for told in self.server.fake.answer(arguments):
            try:
                self.wfile.write(json.dumps(told).encode() + b"\n")
            except OSError:  # the program was killed
                return
            if "exit" in told:
                return
