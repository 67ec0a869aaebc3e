"""Plays one reply: in its seat, at its pace, with what strikes it on the way; and who goes away meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, NoReturn

from starlette.responses import Response

from vtcode.emulator import memory
from vtcode.emulator.gate import Hold
from vtcode.emulator.prompt import count_tokens
from vtcode.emulator.refusals import Refused, crashed, unloaded, window_full
from vtcode.emulator.slots import Seat
from vtcode.emulator.told import ArgumentsPiece, Prefilled, ReasoningPiece, Step, TextPiece, steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Message, Receive, Scope, Send

    from vtcode.emulator.ask import Answering, Surface
    from vtcode.providers.script import Phase, Turn

_STREAM_HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
_BROKEN_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"65536")]


class _ConnectionDropped(Exception):
    """The server is to break the connection now."""


class Playback(Response):
    """The response to a request for a reply, whole or streamed; ends when its client goes away.

    Args:
        answering: What is answered, by which instance, with what.
        surface: The shape of it.
        turn: The turn as it is played.
        scripted: The turn as it came from the script, where it did: it goes back there if it is not told.
        failure: Why nothing is played; None: the turn is.
    """

    def __init__(
        self,
        answering: Answering,
        surface: Surface,
        *,
        turn: Turn,
        scripted: Turn | None,
        failure: Refused | None,
    ) -> None:
        super().__init__()
        self._answering = answering
        self._surface = surface
        self._writer = surface.writer(answering)
        self._turn = turn
        self._scripted = scripted
        self._failure = failure
        self._phase: Phase | None = None
        """None: waits for its turn."""
        self._holding: Hold | None = None
        self._sent_events = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in the server's own way of asking for it."""
        state, instance = self._answering.state, self._answering.instance
        self._seat = Seat(instance.id, self._answering.ask.whole_prompt.tokens)
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            is_abandoned = not writing.done()
            await _cancelled(writing, leaving)
            if is_abandoned:
                await self._abandon()
            else:
                writing.result()
        finally:
            instance.last_used_s = state.clock.now_s()
            state.slots.leave(self._seat)

    async def _abandon(self) -> None:
        """Note that the client has gone away; a prompt that is being read is read to its end."""
        state = self._answering.state
        state.disconnects.append(self._phase or "queued")
        state.disconnected.set()
        if self._phase == "prefill" and self._holding is not None:
            await self._holding.wait(attended=False)
            self._keep_prompt()
            state.prompts_finished_alone += 1

    async def _write(self, send: Send) -> None:
        streams = self._answering.ask.stream
        if streams:
            await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
            # An empty piece makes the headers go out before the first token.
            await send(_piece(b""))
        try:
            await self._play(send)
        except Refused as refused:
            await self._fail(send, refused)
        except _ConnectionDropped:
            # A response without its end: the server below closes the connection.
            if not streams:
                await send({"type": "http.response.start", "status": 200, "headers": _BROKEN_HEADERS})
                await send(_piece(b""))
            return
        if streams:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _fail(self, send: Send, refused: Refused) -> None:
        if not self._answering.ask.stream:
            await self._surface.refuse(refused)({"type": "http"}, _no_request, send)
            return
        for event in self._writer.fail(refused):
            await send(_piece(event))

    async def _play(self, send: Send) -> None:
        """Write the reply.

        Raises:
            Refused: It fails on the way.
            _ConnectionDropped: The connection is to break.
        """
        answering, faults = self._answering, self._answering.faults
        await self._take_seat()
        await self._emit(send, self._writer.begin())
        if self._failure is not None:
            raise self._failure
        holds = self._holds()
        told_steps = steps(
            answering.told,
            self._turn,
            loads=answering.loads,
            single_arguments=faults.tool_args_single_chunk,
        )
        for phase, step in told_steps:
            self._phase = phase
            if phase == "end":
                await self._hold(holds.pop(phase, None))
                self._finish()
                # Before its end is told: who hears it may ask again at once.
                answering.state.slots.leave(self._seat)
            if isinstance(step, Prefilled):
                self._keep_prompt()
            await self._emit(send, self._writer.tell(step))
            self._count(step)
            await self._hold(holds.pop(phase, None))
            self._strike(phase)
        if not answering.ask.stream:
            body = json.dumps(self._writer.whole(), ensure_ascii=False).encode()
            response = Response(body, media_type="application/json; charset=utf-8")
            await response({"type": "http"}, _no_request, send)

    async def _take_seat(self) -> None:
        """Wait for a free slot, and see whether the prompt fits beside those that run.

        Raises:
            Refused: It does not, or the model has gone meanwhile.
        """
        await self._answering.state.slots.enter(self._seat, self._answering.instance.parallel)
        self._phase = "loading" if self._answering.loads else "prefill"
        self._check_alive()
        if self._failure is None:
            self._check_shared_window()

    def _holds(self) -> dict[Phase, Hold]:
        """Return where the reply waits: where its turn pauses, and where a fault stalls it."""
        gate, stall = self._answering.state.gate, self._answering.faults.stall
        holds: dict[Phase, Hold] = {}
        if self._turn.pause:
            holds[self._turn.pause] = Hold(gate)
        if stall is not None:
            holds[stall.phase] = Hold(gate, stall.seconds)
        return holds

    async def _hold(self, hold: Hold | None) -> None:
        """Wait; a model that dies meanwhile ends that.

        Raises:
            Refused: The model is dead.
        """
        if hold is not None:
            self._holding = hold
            waiting = asyncio.create_task(hold.wait())
            struck = asyncio.create_task(self._seat.until_struck())
            try:
                await asyncio.wait({waiting, struck}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _cancelled(waiting, struck)
            self._holding = None
        self._check_alive()

    def _check_alive(self) -> None:
        """Check that the instance is still there.

        Raises:
            Refused: It is not.
        """
        if self._answering.instance not in self._answering.state.instances:
            self._die(self._seat.struck_by or unloaded())
        if self._seat.struck_by is not None:
            self._die(self._seat.struck_by)

    def _check_shared_window(self) -> None:
        """Check that the replies that run on the instance fit its window together.

        Raises:
            Refused: They do not.
        """
        instance, slots = self._answering.instance, self._answering.state.slots
        is_shared = instance.unified_kv and len(slots.seated(instance.id)) > 1
        if is_shared and slots.tokens_in_use(instance.id) > instance.context_length:
            if self._answering.faults.parallel_overflow_kills_all:
                slots.strike(instance.id, window_full())
            self._die(window_full())

    def _count(self, step: Step) -> None:
        """Add what was written to what the reply takes of the window."""
        if isinstance(step, ReasoningPiece | TextPiece | ArgumentsPiece):
            self._seat.tokens += count_tokens(step.text)
            self._check_shared_window()

    def _strike(self, phase: Phase) -> None:
        """Kill the model where a fault says so.

        Raises:
            Refused: It is dead.
        """
        faults, instance = self._answering.faults, self._answering.instance
        reason = None
        if faults.crash is not None and phase in (faults.crash_at, "end"):
            reason = crashed(faults.crash)
        elif faults.evict_mid_stream and phase not in ("loading", "prefill"):
            reason = unloaded()
        if reason is not None:
            memory.unload(self._answering.state, instance, reason)
            self._die(reason)

    def _finish(self) -> None:
        """End as the script and the faults say, and keep what can be gone on with.

        Raises:
            Refused: The reply ends with an error.
            _ConnectionDropped: It is cut.
        """
        answering = self._answering
        self._strike("end")
        if self._turn.cut:
            raise _ConnectionDropped
        if self._turn.error:
            raise Refused(self._turn.error, kind="prediction")
        if answering.faults.drop_connection_after is not None and not answering.ask.stream:
            self._put_back()
            raise _ConnectionDropped
        if answering.faults.empty_200:
            self._put_back()
        if answering.response_id:
            calls = "".join(call.arguments_text for call in answering.told.calls)
            answered = answering.ask.prompt.answered(answering.told.text + calls)
            answering.state.responses[answering.response_id] = answered

    async def _emit(self, send: Send, events: Iterable[bytes]) -> None:
        for event in events:
            if not self._answering.ask.stream:
                continue
            if self._sent_events == self._answering.faults.drop_connection_after:
                self._put_back()
                raise _ConnectionDropped
            await send(_piece(event))
            self._sent_events += 1
            if self._turn.pace_s:
                await asyncio.sleep(self._turn.pace_s)

    def _die(self, reason: Refused) -> NoReturn:
        self._put_back()
        raise reason

    def _keep_prompt(self) -> None:
        answering = self._answering
        prompt = answering.ask.whole_prompt
        answering.state.caches.keep(answering.instance, prompt, answering.cached_tokens)

    def _put_back(self) -> None:
        """Leave the scripted turn to the next request; once."""
        if self._scripted is not None:
            self._answering.state.turns.appendleft(self._scripted)
            self._scripted = None


def _piece(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _no_request() -> Message:
    return {"type": "http.disconnect"}


async def _left(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
