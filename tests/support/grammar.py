"""What must always hold: the event grammar of `vtcode/events.py`, and a request that every server takes."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vtcode.events import (
    CommandRan,
    ContextCompacted,
    ContextCompacting,
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

ANYWHERE = (Notice, CommandRan, ModelDownloading)
BETWEEN_TURNS = (
    SessionStarted,
    ModelSelected,
    ModelLoading,
    HistoryCleared,
    ContextCompacting,
    ContextCompacted,
)
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

    def assert_closed(self, where: str) -> None:
        still_open = [call_id for call_id, state in self.states.items() if state != "finished"]
        if still_open:
            raise GrammarError(f"calls are open at {where}: {still_open}")


LETTERS: dict[type[Event], str] = {
    UserMessageAdded: "u",
    ContextCompacting: "s",
    ContextCompacted: "k",
    ModelLoading: "l",
    ModelSelected: "m",
    PromptProgress: "p",
    **dict.fromkeys((ReasoningDelta, ReplyDelta, ToolCallDelta, ServerToolRan), "d"),
    ReplyCompleted: "R",
    ReplyDiscarded: "X",
    **dict.fromkeys(OF_CALLS, "c"),
}
"""Each event that may stand in a turn; the patterns below are the grammar's rules, word for word."""
ASKED = "p[pl]*d*"
AGAIN = "l*m?"
ROOM = "s*k?"
BEGUN = f"{AGAIN}u*{ROOM}({ASKED}X{AGAIN}u?{ROOM})*"
STEP = f"{BEGUN}{ASKED}Rc*"
TURN = re.compile(f"({STEP})*{BEGUN}")


def assert_grammar(events: Sequence[Event]) -> None:
    """Raise GrammarError where an event does not belong where it stands."""
    turn: list[Event] | None = None
    started = False
    own = _Calls()
    for position, event in enumerate(events):
        where = f"event {position} ({type(event).__name__})"
        if isinstance(event, ANYWHERE) or (isinstance(event, ModelLoading) and not started):
            continue
        started = started or isinstance(event, SessionStarted)
        if turn is not None:
            turn.append(event)
            if isinstance(event, TurnEnded):
                _assert_turn(turn[:-1], where)
                turn = None
        elif isinstance(event, TurnStarted):
            own.assert_closed(where)
            turn = []
        elif isinstance(event, OF_CALLS):
            own.take(event)
        elif not isinstance(event, BETWEEN_TURNS):
            raise GrammarError(f"{where} stands outside a turn")
    if turn is not None:
        raise GrammarError("the last turn has no TurnEnded")
    own.assert_closed("the end")


def _assert_turn(events: Sequence[Event], where: str) -> None:
    """Raise GrammarError where what stands between TurnStarted and TurnEnded is no turn."""
    letters = "".join(LETTERS.get(type(event), "?") for event in events)
    if not TURN.fullmatch(letters):
        names = " ".join(name for name, _ in itertools.groupby(type(event).__name__ for event in events))
        raise GrammarError(f"the turn that ends with {where} is none: {names}")
    calls = _Calls()
    for event in events:
        if isinstance(event, OF_CALLS):
            calls.take(event)
        else:
            calls.assert_closed(where)
            calls = _Calls()
    calls.assert_closed(where)


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
