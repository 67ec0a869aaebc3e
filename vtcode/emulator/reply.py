"""Answers one request for a reply: who answers, what goes wrong, and the reply as it is written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from vtcode.emulator import memory
from vtcode.emulator.ask import Answering
from vtcode.emulator.prompt import check_alternation, check_no_system, check_user_query
from vtcode.emulator.refusals import (
    Refused,
    crashed,
    prompt_too_long,
    unloaded,
    unrecognized,
    window_full,
)
from vtcode.emulator.slots import Seat
from vtcode.emulator.told import ArgumentsPiece, ReasoningPiece, Step, TextPiece, calls_as_text, steps, tell
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from vtcode.emulator.ask import Ask, Surface
    from vtcode.emulator.faults import Faults, Stall
    from vtcode.emulator.state import EmulatedModel, EmulatorState
    from vtcode.providers.script import Phase

_STREAM_HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]
_BROKEN_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"65536")]
_NOT_REASONING = frozenset({"off", "none"})


def reply_to(state: EmulatorState, asked: dict[str, Any], surface: Surface) -> Response:
    """Answer one request, or refuse it."""
    faults = state.faults_for("reply")
    try:
        if faults.reject_key and faults.reject_key in asked:
            raise unrecognized(faults.reject_key)
        ask = surface.read(state, asked)
        instance, loads = memory.find_instance(state, ask.model, ask.load, faults)
        model = state.model_of(instance)
        if model.type == "embedding":
            raise Refused(f'Model "{model.key}" is not an LLM.', param="model")
        early = _early_failure(ask, faults, instance.context_length, model)
        scripted = None if early else state.next_turn()
        turn = scripted or Turn(text="" if early else f"You said: {ask.whole_prompt.user_text}")
        turn = _fitted(turn, state, ask, model)
        told = tell(
            turn, faults, prompt_tokens=ask.whole_prompt.tokens, budget=_budget(ask, instance.context_length)
        )
    except Refused as refused:
        return surface.refuse(refused)
    answering = Answering(
        state=state,
        ask=ask,
        faults=faults,
        instance=instance,
        model=model,
        told=told,
        loads=loads or turn.loading or bool(turn.loading_steps) or turn.pause == "loading",
        response_id=state.new_id("resp_") if ask.stored else "",
    )
    return _Reply(answering, surface, turn, scripted, early)


def _early_failure(ask: Ask, faults: Faults, window_tokens: int, model: EmulatedModel) -> Refused | None:
    """Return why the model fails before it writes anything; None where it does not."""
    if faults.stream_error:
        return Refused(faults.stream_error, kind="prediction")
    if ask.whole_prompt.images and not model.vision:
        return Refused("Model does not support images. Please use a model that does.", kind="prediction")
    if ask.whole_prompt.tokens > window_tokens:
        return prompt_too_long(ask.whole_prompt.tokens, window_tokens)
    try:
        if faults.role_alternation:
            check_alternation(ask.whole_prompt)
        if faults.no_system_role:
            check_no_system(ask.whole_prompt)
        if faults.needs_user_query:
            check_user_query(ask.whole_prompt)
    except Refused as refused:
        return refused
    return None


def _fitted(turn: Turn, state: EmulatorState, ask: Ask, model: EmulatedModel) -> Turn:
    """Return the turn as this model plays it for this request."""
    turn = replace(turn, calls=tuple(state.with_id(call) for call in turn.calls))
    if not ask.integrations:
        turn = replace(turn, server_calls=())
    if ask.call_format and turn.calls:
        turn = calls_as_text(turn, ask.call_format)
    if ask.effort in _NOT_REASONING and "off" in model.reasoning:
        turn = replace(turn, reasoning="")
    return turn


def _budget(ask: Ask, window_tokens: int) -> int:
    free_tokens = max(window_tokens - ask.whole_prompt.tokens, 0)
    return free_tokens if ask.max_tokens is None else min(ask.max_tokens, free_tokens)


class _ConnectionDropped(Exception):
    """The server is to break the connection now."""


class _Reply(Response):
    """Writes the reply, whole or streamed; stops when the client goes away."""

    def __init__(
        self, answering: Answering, surface: Surface, turn: Turn, scripted: Turn | None, early: Refused | None
    ) -> None:
        super().__init__()
        self._answering = answering
        self._surface = surface
        self._state = answering.state
        self._turn = turn
        self._scripted = scripted
        self._early = early
        self._writer = surface.writer(answering)
        self._phase: Phase | None = None
        self._holding: _Hold | None = None
        self._sent_events = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ask, instance = self._answering.ask, self._answering.instance
        self._seat = Seat(instance.id, ask.whole_prompt.tokens)
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
            instance.last_used_s = self._state.clock.now_s()
            self._state.slots.leave(self._seat)

    async def _abandon(self) -> None:
        """Note that the client has gone away; a prompt that is being read is read to its end."""
        self._state.disconnects.append(self._phase or "queued")
        self._state.disconnected.set()
        if self._phase == "prefill" and self._holding is not None:
            await self._holding.wait(attended=False)
            self._state.prompts_finished_alone += 1

    async def _write(self, send: Send) -> None:
        if self._answering.ask.stream:
            await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
            # An empty piece makes the headers go out before the first token.
            await send({"type": "http.response.body", "body": b"", "more_body": True})
        try:
            await self._play(send)
        except Refused as refused:
            await self._fail(send, refused)
        except _ConnectionDropped:
            # A response without its end: the server below closes the connection.
            if not self._answering.ask.stream:
                await send({"type": "http.response.start", "status": 200, "headers": _BROKEN_HEADERS})
                await send({"type": "http.response.body", "body": b"", "more_body": True})
            return
        if self._answering.ask.stream:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _fail(self, send: Send, refused: Refused) -> None:
        if not self._answering.ask.stream:
            await self._surface.refuse(refused)({"type": "http"}, _nothing, send)
            return
        for event in self._writer.fail(refused):
            await send({"type": "http.response.body", "body": event, "more_body": True})

    async def _play(self, send: Send) -> None:
        """Write the reply.

        Raises:
            Refused: It fails on the way.
            _ConnectionDropped: The connection is to break.
        """
        answering, faults = self._answering, self._answering.faults
        await self._take_seat()
        await self._emit(send, self._writer.begin())
        if self._early is not None:
            raise self._early
        holds = self._holds()
        reply = steps(
            answering.told,
            self._turn,
            loads=answering.loads,
            single_arguments=faults.tool_args_single_chunk,
        )
        for phase, step in reply:
            self._phase = phase
            if phase == "end":
                await self._hold(holds.pop("end", None))
                self._end_badly()
            await self._emit(send, self._writer.tell(step))
            self._count(step)
            await self._hold(holds.pop(phase, None))
            self._strike(phase)
        if not answering.ask.stream:
            body = json.dumps(self._writer.whole(), ensure_ascii=False).encode()
            await Response(body, media_type="application/json; charset=utf-8")(
                {"type": "http"}, _nothing, send
            )
        self._keep()

    async def _take_seat(self) -> None:
        """Wait for a free slot, and see whether the prompt fits beside those that run.

        Raises:
            Refused: It does not, or the model has gone meanwhile.
        """
        instance, slots = self._answering.instance, self._state.slots
        try:
            await slots.enter(self._seat, instance.parallel)
            self._phase = "loading" if self._answering.loads else "prefill"
            self._check_alive()
        except Refused:
            self._put_back()
            raise
        if self._early is None:
            self._check_shared_window()

    def _holds(self) -> dict[Phase, _Hold]:
        stall = self._answering.faults.stall
        holds: dict[Phase, _Hold] = {}
        if self._turn.pause:
            holds[self._turn.pause] = _Hold(self._state, None)
        if stall is not None:
            holds[stall.phase] = _Hold(self._state, stall)
        return holds

    async def _hold(self, hold: _Hold | None) -> None:
        """Wait where the script or a fault says so; a model that dies meanwhile ends it."""
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
        try:
            self._seat.check()
            if self._answering.instance not in self._state.instances:
                raise unloaded()
        except Refused:
            self._put_back()
            raise

    def _check_shared_window(self) -> None:
        """Check that the replies that run on the instance fit its window together.

        Raises:
            Refused: They do not.
        """
        instance, slots = self._answering.instance, self._state.slots
        is_shared = instance.unified_kv and len(slots.seated(instance.id)) > 1
        if is_shared and slots.tokens_in_use(instance.id) > instance.context_length:
            if self._answering.faults.parallel_overflow_kills_all:
                slots.strike(instance.id, window_full())
            self._put_back()
            raise window_full()

    def _count(self, step: Step) -> None:
        """Add what was written to the window's use."""
        if isinstance(step, ReasoningPiece | TextPiece | ArgumentsPiece):
            self._seat.tokens += -(-len(step.text) // 4)
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
            memory.unload(self._state, instance, reason)
            self._put_back()
            raise reason

    def _end_badly(self) -> None:
        self._strike("end")
        if self._turn.cut:
            raise _ConnectionDropped
        if self._turn.error:
            raise Refused(self._turn.error, kind="prediction")

    async def _emit(self, send: Send, events: Any) -> None:
        for event in events:
            if not self._answering.ask.stream:
                continue
            if self._sent_events == self._answering.faults.drop_connection_after:
                self._put_back()
                raise _ConnectionDropped
            await send({"type": "http.response.body", "body": event, "more_body": True})
            self._sent_events += 1
            if self._turn.pace_s:
                await asyncio.sleep(self._turn.pace_s)

    def _keep(self) -> None:
        """Store the conversation, and give a turn back that the client never saw."""
        answering = self._answering
        if answering.response_id:
            calls = "".join(call.arguments_text for call in answering.told.calls)
            self._state.responses[answering.response_id] = answering.ask.prompt.answered(
                answering.told.text + calls
            )
        if answering.faults.empty_200:
            self._put_back()

    def _put_back(self) -> None:
        """Leave the scripted turn to the next request; once."""
        if self._scripted is not None:
            self._state.turns.appendleft(self._scripted)
            self._scripted = None


class _Hold:
    """A place where a reply waits: for the gate, or for a time."""

    def __init__(self, state: EmulatorState, stall: Stall | None) -> None:
        self._state = state
        self._seconds = stall.seconds if stall else None
        self._until_s: float | None = None

    async def wait(self, *, attended: bool = True) -> None:
        """Wait for the gate, or for what is left of the time."""
        if self._seconds is None:
            await self._state.gate.hold(attended=attended)
            return
        now_s = asyncio.get_running_loop().time()
        self._until_s = self._until_s or now_s + self._seconds
        await asyncio.sleep(self._until_s - now_s)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _nothing() -> Any:
    raise AssertionError("a whole body reads no request")


async def _left(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
