"""The grammar of events: what it takes and refuses, and how a session's record is brought to its end."""

from __future__ import annotations

import pytest

from tests.support.grammar import GrammarError, assert_grammar
from vtcode.details import TextDetails
from vtcode.events import (
    ContextCompacted,
    ContextCompacting,
    Event,
    ModelLoading,
    ModelSelected,
    Notice,
    PromptProgress,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    SessionStarted,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import AssistantMessage, ToolCall, Usage
from vtcode.session.log import closing_events

OPENED = SessionStarted(
    session_id="s", workspace="/w", provider="p", model="m", window_tokens=None, system_prompt="", tools=()
)
STARTED = TurnStarted(turn=1, text="Go.")
ENDED = TurnEnded(turn=1, outcome="completed", usage=Usage())
ASKED = PromptProgress(processed_tokens=None, total_tokens=9)
LOADING = ModelLoading(model="m", progress=0.5)
SELECTED = ModelSelected(provider="p", model="m", window_tokens=9)
SAYING = ReplyDelta(text="Yes.")
COMPLETED = ReplyCompleted(message=AssistantMessage(text="Yes."), finish="stop", usage=Usage())
DISCARDED = ReplyDiscarded(reason="empty")
COMPACTED = ContextCompacted(before_tokens=9, after_tokens=5)
COMPACTING = ContextCompacting(processed_tokens=None, total_tokens=9)
JOINED = UserMessageAdded(text="And this.")
CALLED = ToolStarted(call=ToolCall(id="1", name="t", arguments="{}"), action=None)
DONE = ToolFinished(call_id="1", name="t", status="completed", text="", details=TextDetails(text=""))


@pytest.mark.parametrize(
    "turn",
    [
        [],
        [ASKED, SAYING, COMPLETED],
        [LOADING, LOADING, SELECTED, JOINED, JOINED, ASKED, LOADING, ASKED, SAYING, COMPLETED],
        [ASKED, SAYING, DISCARDED, SELECTED, COMPACTED, ASKED, DISCARDED, COMPACTED, ASKED, COMPLETED],
        [ASKED, COMPLETED, CALLED, Notice(level="info", text="x"), DONE, JOINED, ASKED, COMPLETED],
        [ASKED, DISCARDED, LOADING],
        [LOADING, SELECTED, JOINED],
        [JOINED, COMPACTING, COMPACTING, COMPACTED, ASKED, SAYING, COMPLETED],
        [COMPACTING],
        [COMPACTING, ASKED, DISCARDED, COMPACTING, COMPACTED, ASKED, COMPLETED],
    ],
)
def test_a_turn_may_be(turn: list[Event]) -> None:
    assert_grammar([OPENED, STARTED, *turn, ENDED])


@pytest.mark.parametrize(
    "turn",
    [
        [ASKED],
        [SAYING, COMPLETED],
        [ASKED, SAYING],
        [ASKED, SAYING, ASKED, COMPLETED],
        [ASKED, SAYING, LOADING, COMPLETED],
        [ASKED, COMPLETED, COMPLETED],
        [ASKED, DISCARDED, CALLED, DONE],
        [ASKED, COMPLETED, CALLED],
        [ASKED, COMPLETED, DONE],
        [COMPACTED, JOINED, ASKED, COMPLETED],
        [COMPACTED, COMPACTED, ASKED, COMPLETED],
        [COMPACTED, COMPACTING, ASKED, COMPLETED],
        [ASKED, COMPACTED, COMPLETED],
        [ASKED, DISCARDED, COMPACTED, SELECTED, ASKED, COMPLETED],
        [JOINED, LOADING, ASKED, COMPLETED],
        [STARTED],
    ],
)
def test_a_turn_may_not_be(turn: list[Event]) -> None:
    with pytest.raises(GrammarError):
        assert_grammar([OPENED, STARTED, *turn, ENDED])


@pytest.mark.parametrize(
    "turn",
    [
        [],
        [LOADING],
        [LOADING, SELECTED],
        [ASKED],
        [ASKED, LOADING],
        [ASKED, SAYING],
        [ASKED, COMPLETED, CALLED],
    ],
)
def test_a_turn_that_was_killed_anywhere_is_brought_to_its_end(turn: list[Event]) -> None:
    record = [OPENED, STARTED, *turn]
    assert_grammar([*record, *closing_events(record)])
