"""An emulated LM Studio in a thread of the test's own process."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self

from vtcode.emulator.server import bound_socket, emulator_server
from vtcode.emulator.state import EmulatorState, default_state

if TYPE_CHECKING:
    from types import TracebackType

    from vtcode.emulator.faults import Faults
    from vtcode.emulator.state import RecordedRequest, Settings
    from vtcode.providers.script import Turn

WAIT_S = 10.0
"""How long a condition may take that happens within milliseconds unless something is broken."""
_REPLY_PATHS = ("/chat/completions", "/v1/responses", "/v1/messages", "/api/v1/chat", "/v1/completions")


class Emulator:
    """A server on a free port of loopback; a context manager.

    By default `acme/coder-30b-a3b` is loaded with a window of 32,768 tokens, `acme/chat-8b` is downloaded.
    What has no scripted turn is answered with the user's words.
    """

    def __init__(self, state: EmulatorState | None = None) -> None:
        self.state = state or default_state()
        self.url = ""
        self._port = 0

    def script(self, *turns: Turn) -> None:
        """Queue replies, one a request."""
        self.state.add_turns(turns)

    @property
    def faults(self) -> Faults:
        """The knobs."""
        return self.state.faults

    @property
    def settings(self) -> Settings:
        """What the user set in LM Studio."""
        return self.state.settings

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, in order."""
        return self.state.requests

    @property
    def replies_asked(self) -> list[RecordedRequest]:
        """The requests for a reply alone."""
        return [request for request in self.requests if request.path.endswith(_REPLY_PATHS)]

    async def wait_until_paused(self) -> None:
        """Wait until a reply holds at its turn's pause."""
        await self._wait(self.state.gate.reached, "no reply has reached its pause")

    async def wait_until_at_once(self, count: int) -> None:
        """Wait until so many requests for a reply were there at once, running and waiting."""
        if not await asyncio.to_thread(self.state.slots.wait_for, count, WAIT_S):
            raise AssertionError(f"there were never {count} requests at once")

    async def wait_until_disconnected(self) -> None:
        """Wait until a client went away in the middle of a reply; `state.disconnects` says where."""
        await self._wait(self.state.disconnected, "no client has gone away")

    def release(self) -> None:
        """Let the reply that is paused go on."""
        self.state.gate.release()

    def fail_once(self, **knobs: Any) -> None:
        """Turn knobs for one request, as `EmulatorState.fail_once` says."""
        self.state.fail_once(**knobs)

    def start(self) -> None:
        """Begin to serve; after a `stop`, at the same address."""
        listener = bound_socket("127.0.0.1", self._port)
        self._port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._server = emulator_server(self.state)
        arguments: dict[str, Any] = {"sockets": [listener]}
        self._thread = threading.Thread(target=self._server.run, kwargs=arguments, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not waited for: the server looks only every 0.1 s whether it is to end, and nothing is left to see.
        self._tell_to_stop()

    def stop(self) -> None:
        """End the server; what streams is cut."""
        self._tell_to_stop()
        self._thread.join(WAIT_S)

    def _tell_to_stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True

    async def _wait(self, event: threading.Event, otherwise: str) -> None:
        if not await asyncio.to_thread(event.wait, WAIT_S):
            raise AssertionError(otherwise)
