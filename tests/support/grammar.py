"""What must always hold: the event grammar of `vtcode/events.py`, and a request that every server takes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from vtcode.events import (
    CommandRan,
    ContextCompacted,
    Event,
    HistoryCleared,
    ModelDownloading,
    ModelLoading,
    ModelSelected,
    Notice,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ServerToolRan,
    SessionStarted,
    ToolAwaitingInput,
    ToolCallDelta,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)

BETWEEN_TURNS = (SessionStarted, ModelSelected, ModelLoading, HistoryCleared)
BEFORE_REPLY = (UserMessageAdded, ContextCompacted, ModelLoading, ModelSelected, PromptProgress)
IN_REPLY = (ReasoningDelta, ReplyDelta, ToolCallDelta, ServerToolRan)
OF_CALLS = (
    ToolStarted,
    PermissionRequested,
    PermissionResolved,
    ToolOutputDelta,
    ToolAwaitingInput,
    ToolFinished,
)


class GrammarError(AssertionError):
    pass


class _Calls:
    """The calls of one step, each somewhere between its start and its end."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def take(self, event: Event) -> None:
        match event:
            case ToolStarted(call=call):
                self._expect(call.id, None, "started")
            case PermissionRequested(call_id=call_id):
                self._expect(call_id, {"started"}, "asked")
            case PermissionResolved(call_id=call_id):
                self._expect(call_id, {"asked"}, "running")
            case ToolOutputDelta(call_id=call_id) | ToolAwaitingInput(call_id=call_id):
                self._expect(call_id, {"started", "running"}, "running")
            case ToolFinished(call_id=call_id):
                self._expect(call_id, {"started", "running"}, "finished")

    def _expect(self, call_id: str, states: set[str] | None, becomes: str) -> None:
        state = self.states.get(call_id)
        if (states is None) != (state is None) or (states is not None and state not in states):
            raise GrammarError(f"call {call_id} is {state}, so it can't become {becomes}")
        self.states[call_id] = becomes

    def open(self) -> list[str]:
        return [call_id for call_id, state in self.states.items() if state != "finished"]


def assert_grammar(events: Sequence[Event]) -> None:
    """Raise GrammarError at the first event that does not belong where it stands."""
    turn = started = False
    phase = "prompt"  # prompt -> reply -> calls, within a step
    calls = _Calls()
    own = _Calls()
    for position, event in enumerate(events):
        where = f"event {position} ({type(event).__name__})"
        if isinstance(event, Notice | CommandRan | ModelDownloading):
            continue
        if isinstance(event, ModelLoading) and not started:
            continue
        started = started or isinstance(event, SessionStarted)
        if not turn:
            if isinstance(event, TurnStarted):
                turn, phase, calls = True, "prompt", _Calls()
                if own.open():
                    raise GrammarError(f"{where}: a command of the user's own is open")
            elif isinstance(event, OF_CALLS):
                own.take(event)
            elif not isinstance(event, BETWEEN_TURNS):
                raise GrammarError(f"{where} stands outside a turn")
            continue
        if isinstance(event, TurnEnded):
            if calls.open() or phase in {"progress", "reply"}:
                raise GrammarError(f"{where}: open calls {calls.open()}, phase {phase}")
            turn = False
        elif isinstance(event, BEFORE_REPLY):
            if calls.open() or phase == "reply":
                raise GrammarError(f"{where} stands in a {phase}, open calls {calls.open()}")
            phase, calls = ("progress" if isinstance(event, PromptProgress) else "prompt"), _Calls()
        elif isinstance(event, IN_REPLY):
            if phase not in {"prompt", "progress", "reply"} or calls.open():
                raise GrammarError(f"{where} stands in {phase}")
            phase = "reply"
        elif isinstance(event, ReplyCompleted | ReplyDiscarded):
            if phase == "calls" and calls.states:
                raise GrammarError(f"{where} stands after calls")
            phase, calls = "calls", _Calls()
        elif isinstance(event, OF_CALLS):
            if phase != "calls":
                raise GrammarError(f"{where} stands in {phase}")
            calls.take(event)
        else:
            raise GrammarError(f"{where} stands inside a turn")
    if turn:
        raise GrammarError("the last turn has no TurnEnded")
    if own.open():
        raise GrammarError(f"commands of the user's own are open: {own.open()}")


def assert_request(body: Mapping[str, Any]) -> None:
    """Raise GrammarError where a chat-completions request is one that strict servers and templates refuse.

    One system message, first; a word of the user's; every call with its result, in order, right after it;
    arguments that are JSON objects; no two messages of user or model in a row; no message without content.
    """
    messages = body["messages"]
    roles = [message["role"] for message in messages]
    if (
        roles[:1] != ["system"]
        or roles.count("system") != 1
        or "user" not in roles
        or roles[-1] == "assistant"
    ):
        raise GrammarError(f"the roles are {roles}")
    if any(pair in {("user", "user"), ("assistant", "assistant")} for pair in itertools.pairwise(roles)):
        raise GrammarError(f"roles do not alternate: {roles}")
    waiting: list[str] = []
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            if not waiting or waiting.pop(0) != message["tool_call_id"]:
                raise GrammarError(f"message {place} answers no call that waits")
            continue
        if waiting:
            raise GrammarError(f"message {place} stands before the results of {waiting}")
        calls = message.get("tool_calls", [])
        if not message["content"] and not calls:
            raise GrammarError(f"message {place} is empty")
        if any(not isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls):
            raise GrammarError(f"message {place} calls with arguments that are no JSON object")
        waiting = [call["id"] for call in calls]
    if waiting:
        raise GrammarError(f"calls without results: {waiting}")
