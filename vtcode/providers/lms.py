"""`lms`, LM Studio's own program: what its HTTP API can't do goes through it.

It speaks to the LM Studio of this machine, not over the HTTP server. Commands, flags and JSON are those of
its source of August 2026. What it says is foreign text; JSON of another shape counts as not said.
"""

from __future__ import annotations

import ipaddress
import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from vtcode.errors import LmsFailed, LmsMissing
from vtcode.providers.fields import count_in, object_in, objects_in, text_in
from vtcode.providers.server_words import Server
from vtcode.system.finding import find_program
from vtcode.system.program import ProgramOutput, run_program, running_program
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from vtcode.providers.lifecycle import LoadRequest
    from vtcode.system.child import Child

_ANSWER_S = 30.0
"""Starting LM Studio, which `lms` does where it must, takes a while."""
_END_S = 10.0
_CHUNK_BYTES = 4_096
_MAX_LINE_BYTES = 8_192
_PERCENT = re.compile(r"(\d{1,3})(?:\.\d+)?\s?%")
_PERCENT_CHARS = 8
_GET_LMS = (
    "lms comes with LM Studio and with llmster (https://lmstudio.ai/download); start LM Studio once, or put "
    "~/.lmstudio/bin on your PATH. One in the workspace is not used."
)
_HERE = Server(address="http://localhost:1234", lm_studio=True)
"""Whose words `lms` tells, where it was not looked for on behalf of a server."""
LogSource = Literal["model", "server", "runtime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsServer:
    """The HTTP server of this machine's LM Studio."""

    running: bool
    port: int | None
    """The one that it was last started on; None where it never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsInstance:
    """A model in memory, with what only `lms ps` tells."""

    identifier: str
    key: str
    window_tokens: int | None = None
    status: str = ""
    """`idle`, `processingPrompt`, `generating`, `computingEmbedding`."""
    queued: int | None = None
    """Requests that wait."""
    parallel: int | None = None
    ttl_s: float | None = None
    """Unloaded when idle for so long; None: never, or not told."""


def find_lms(server: Server = _HERE) -> Lms:
    """Return `lms`: from the PATH, else from where LM Studio installs it.

    Args:
        server: Whose key no text of `lms` may hold.

    Raises:
        LmsMissing: It is not on this machine.
    """
    home = Path.home()
    places = (home / ".lmstudio" / "bin" / "lms", home / ".cache" / "lm-studio" / "bin" / "lms")
    program = find_program("lms", other_places=places)
    if not program:
        raise LmsMissing("lms, LM Studio's command-line program, is not on this machine.", hint=_GET_LMS)
    return Lms(program, server)


async def lms_of(server: Server) -> Lms:
    """Return `lms` where `server` is the one that it controls.

    Raises:
        LmsMissing: It is not on this machine, or the server is another one.
        LmsFailed: It does not answer.
    """
    address = server.address
    parts = urlsplit(address)
    if not _is_this_machine(parts.hostname or ""):
        raise LmsMissing(
            f"lms controls the LM Studio of its own machine, and {address} is another one.",
            hint="Run lms on that machine.",
        )
    lms = find_lms(server)
    status = await lms.server_status()
    if not status.running or status.port != (parts.port or 80):
        here = f"on port {status.port}" if status.running else "not running"
        raise LmsMissing(
            f"lms controls another LM Studio than the one at {address}: this machine's server is {here}.",
            hint="Run lms where that server is.",
        )
    return lms


class Lms:
    """The program at one path; nothing is started until it is asked something."""

    def __init__(self, program: str, server: Server = _HERE) -> None:
        self.program = program
        self._server = server

    async def server_status(self) -> LmsServer:
        """Tell whether the HTTP server runs, and where.

        Raises:
            LmsFailed: `lms` does not say.
        """
        status = object_in(await self._json("server", "status", "--json"))
        return LmsServer(running=status.get("running") is True, port=count_in(status.get("port")))

    async def start_server(self, *, port: int | None = None, bind: str = "", cors: bool = False) -> str:
        """Start the HTTP server; return what `lms` says.

        Where that fails, LM Studio is brought up without its window, and it is tried once more: maybe nothing
        runs that could serve.

        Args:
            port: None: the one of the last time.
            bind: The address to listen on; empty: this machine alone.
            cors: Let web pages in.

        Raises:
            LmsFailed: It could not be started.
        """
        options = [f"--port={port}"] if port is not None else []
        options += [f"--bind={bind}"] if bind else []
        options += ["--cors"] if cors else []
        argv = ("server", "start", *options)
        try:
            return self._words(await self._run(*argv))
        except LmsFailed as error:
            version = await self._daemon_version(error)
        said = self._words(await self._run(*argv))
        return f"LM Studio {version} was started without its window. {said}"

    async def stop_server(self) -> str:
        """Stop the HTTP server, which ends what it is answering; return what `lms` says.

        Raises:
            LmsFailed: It did not run, or could not be stopped.
        """
        return self._words(await self._run("server", "stop"))

    async def load(self, request: LoadRequest) -> AsyncGenerator[float, None]:
        """Load a model, always once more; yield how far it is, 0 to 1. Closing the generator ends `lms`.

        Flash attention, the cache's place, experts and batch size can't be set this way.

        Raises:
            LmsFailed: It could not be loaded, with the words of `lms`.
        """
        argv = ("load", "--yes", *_load_options(request), "--", request.model)
        async with self._running(argv, failure=f"lms could not load {request.model}") as child:
            unread = ""
            while chunk := await child.read(_CHUNK_BYTES):
                text = unread + plain(chunk.decode(errors="replace"))
                told = [match for match in _PERCENT.finditer(text) if int(match[1]) <= 100]
                unread = text[told[-1].end() if told else 0 :][-_PERCENT_CHARS:]
                if told:
                    yield int(told[-1][1]) / 100

    async def unload(self, identifier: str) -> None:
        """Take an instance out of memory.

        Raises:
            LmsFailed: There is none of this id, or it could not be.
        """
        await self._run("unload", "--", identifier)

    async def ps(self) -> list[LmsInstance]:
        """Return what is in memory, with what it is doing.

        Raises:
            LmsFailed: `lms` does not say.
        """
        entries = objects_in(await self._json("ps", "--json"))
        return [self._instance(entry) for entry in entries if text_in(entry.get("identifier"))]

    async def log_lines(self, source: LogSource = "server") -> AsyncGenerator[str, None]:
        """Follow LM Studio's log: lines without control characters, until the generator is closed.

        Args:
            source: `server`: requests; `model`: what goes into the model and comes out; `runtime`: engines.

        Raises:
            LmsFailed: It ended by itself with an error.
        """
        argv = ("log", "stream", f"--source={source}")
        async with self._running(argv, failure="lms log stream ended") as child:
            unfinished = b""
            while chunk := await child.read(_CHUNK_BYTES):
                *lines, unfinished = (unfinished + chunk).split(b"\n")
                unfinished = unfinished[-_MAX_LINE_BYTES:]
                for line in lines:
                    yield plain(line.decode(errors="replace")).rstrip()

    @asynccontextmanager
    async def _running(self, arguments: Sequence[str], *, failure: str) -> AsyncIterator[Child]:
        """Start `lms`; who reads it to its end is told how that was, who leaves before kills it."""
        try:
            async with running_program([self.program, *arguments]) as child:
                yield child
                if not await child.ends_within(_END_S) or child.exit_code:
                    raise LmsFailed(f"{failure}: {self._tail(child.log_tail())}.")
        except OSError as error:
            raise self._not_started(error) from error

    async def _json(self, *arguments: str) -> object:
        output = await self._run(*arguments)
        answer = _json_in(output.stdout)
        if answer is None:
            said = self._server.quoted(output.stdout) or "nothing"
            raise LmsFailed(
                f"lms {' '.join(arguments)} said what is no JSON: {said}",
                hint="Update LM Studio: its lms may be too old.",
            )
        return answer

    async def _run(self, *arguments: str) -> ProgramOutput:
        command = "lms " + " ".join(arguments)
        try:
            output = await run_program([self.program, *arguments], timeout_s=_ANSWER_S)
        except TimeoutError:
            raise LmsFailed(
                f"{command} gave no answer within {_ANSWER_S:.0f} seconds.",
                hint="Run it by hand to see what it waits for.",
            ) from None
        except OSError as error:
            raise self._not_started(error) from error
        if output.exit_code:
            raise LmsFailed(f"{command} failed: {self._words(output)}.", hint="Run it by hand to see more.")
        return output

    async def _daemon_version(self, why: LmsFailed) -> str:
        """Bring LM Studio up where nothing runs, and return the version that runs.

        Raises:
            LmsFailed: It can't be: then `why` tells more.
        """
        try:
            told = object_in(await self._json("daemon", "up", "--json"))
        except LmsFailed as error:
            raise why from error
        return self._server.quoted(text_in(told.get("version")))

    def _instance(self, entry: dict[str, Any]) -> LmsInstance:
        ttl_ms = count_in(entry.get("ttlMs"))
        return LmsInstance(
            identifier=text_in(entry.get("identifier")),
            key=text_in(entry.get("modelKey")),
            window_tokens=count_in(entry.get("contextLength")),
            status=self._server.quoted(text_in(entry.get("status"))),
            queued=count_in(entry.get("queued")),
            parallel=count_in(entry.get("parallel")),
            ttl_s=None if ttl_ms is None else ttl_ms / 1_000,
        )

    def _words(self, output: ProgramOutput) -> str:
        return self._tail(output.stderr if output.stderr.strip() else output.stdout)

    def _tail(self, text: str) -> str:
        """Return the end of what `lms` said, on one line."""
        said: Sequence[str] = [line.strip() for line in plain(text.replace("\r", "\n")).splitlines()]
        last = self._server.quoted(" ".join([line for line in said if line][-8:]))
        return last.rstrip(".") or "it gave no reason"

    def _not_started(self, error: OSError) -> LmsMissing:
        return LmsMissing(f"{self.program} can't be started: {error.strerror or error}.", hint=_GET_LMS)


def _load_options(request: LoadRequest) -> list[str]:
    """Write values behind `=`, so that none can be taken for an option."""
    values: dict[str, object] = {
        "--context-length": request.config.context_length,
        "--gpu": request.gpu or None,
        "--parallel": request.parallel,
        "--ttl": request.ttl_s,
        "--identifier": request.identifier or None,
    }
    return [f"{option}={value}" for option, value in values.items() if value is not None]


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _json_in(text: str) -> object | None:
    """Return the JSON that `lms` printed: all it printed, or one line among warnings."""
    for candidate in (text, *reversed(text.splitlines())):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict | list):
            return found
    return None
