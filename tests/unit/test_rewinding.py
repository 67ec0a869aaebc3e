"""The conversation goes back to before a turn: a fold over events, like all of it."""

from __future__ import annotations

from vtcode.agent.history import History
from vtcode.events import ContextCompacted, Event, HistoryCleared, ReplyCompleted, TurnEnded, TurnStarted
from vtcode.messages import AssistantMessage, Usage


def turn(number: int) -> list[Event]:
    reply = AssistantMessage(text=f"Answer {number}.")
    return [
        TurnStarted(turn=number, text=f"Message {number}."),
        ReplyCompleted(message=reply, finish="stop", usage=Usage()),
        TurnEnded(turn=number, outcome="completed", usage=Usage()),
    ]


def history_of(*events: Event) -> History:
    history = History()
    for event in events:
        history.apply(event)
    return history


def texts(history: History) -> list[str]:
    return [message.text for message in history.messages()[1:]]


def test_what_was_said_from_a_turn_on_is_forgotten_and_the_rest_is_as_it_was() -> None:
    before = history_of(*turn(1), *turn(2))
    after = history_of(*turn(1), *turn(2), *turn(3), *turn(4), HistoryCleared(from_turn=3))
    assert after.messages() == before.messages()
    assert after.turns() == {1: "Message 1.", 2: "Message 2."}
    after.apply(TurnStarted(turn=5, text="Message 5."))
    after.apply(TurnEnded(turn=5, outcome="failed", usage=Usage()))
    assert after.messages() == before.messages()


def test_going_back_to_the_first_turn_leaves_nothing() -> None:
    history = history_of(*turn(1), *turn(2), HistoryCleared(from_turn=1))
    assert texts(history) == []
    assert history.turns() == {}


def test_a_turn_that_a_summary_reaches_into_is_no_place_to_go_back_to() -> None:
    compacted = ContextCompacted(before_tokens=2, after_tokens=1, summary="Shorter.", dropped=(1, 2, 3))
    history = history_of(*turn(1), *turn(2), *turn(3), compacted, *turn(4))
    assert history.turns() == {1: "Message 1.", 3: "Message 3.", 4: "Message 4."}
    shortened = texts(history_of(*turn(1), *turn(2), *turn(3), compacted))
    history.apply(HistoryCleared(from_turn=4))
    assert texts(history) == shortened
    history.apply(HistoryCleared(from_turn=3))
    assert texts(history) == ["Message 1.", "Shorter."]
    history.apply(HistoryCleared(from_turn=1))
    assert texts(history) == []


def test_after_clear_nothing_of_before_can_come_back() -> None:
    history = history_of(*turn(1), HistoryCleared(), *turn(2))
    assert history.turns() == {2: "Message 2."}


def test_a_turn_without_any_reply_is_no_place_to_go_back_to() -> None:
    unanswered = [
        TurnStarted(turn=2, text="Never answered."),
        TurnEnded(turn=2, outcome="cancelled", usage=Usage()),
    ]
    history = history_of(*turn(1), *unanswered, *turn(3))
    assert history.turns() == {1: "Message 1.", 3: "Message 3."}
