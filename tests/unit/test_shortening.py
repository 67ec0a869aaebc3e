"""Shortening a conversation: what goes first, what never goes, and that what is left can be sent."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from vtcode.agent.history import History
from vtcode.agent.shortening import SHORTENED, Shortening, already_read, last_resort, shortening, stubbing
from vtcode.details import TextDetails
from vtcode.event_json import from_json, to_json
from vtcode.events import (
    ContextCompacted,
    Event,
    HistoryCleared,
    ReplyCompleted,
    SessionStarted,
    ToolFinished,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolCall,
    ToolMessage,
    Usage,
    UserMessage,
)

LONG = "x" * 2_000


class Conversation:
    """Events of a conversation, and the history that they make."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.history = History()
        self._calls = 0
        self.take(
            SessionStarted(
                session_id="s",
                workspace="/w",
                provider="p",
                model="m",
                window_tokens=None,
                system_prompt="Be good.",
                tools=(),
            )
        )

    def take(self, *events: Event) -> None:
        for event in events:
            self.events.append(event)
            self.history.apply(event)

    def user(self, text: str) -> None:
        self.take(TurnStarted(turn=1, text=text))

    def step(self, *results: str, text: str = "", name: str = "read_file") -> tuple[str, ...]:
        """Have the model call a tool once for each result; return the calls' ids."""
        ids = tuple(f"c{self._calls + number}" for number in range(len(results)))
        self._calls += len(results)
        calls = tuple(ToolCall(id=call_id, name=name, arguments="{}") for call_id in ids)
        message = AssistantMessage(text=text, tool_calls=calls)
        self.take(ReplyCompleted(message=message, finish="stop", usage=Usage()))
        for call_id, result in zip(ids, results, strict=True):
            details = TextDetails(text=result)
            self.take(
                ToolFinished(call_id=call_id, name=name, status="completed", text=result, details=details)
            )
        return ids

    def answer(self, text: str) -> None:
        self.step(text=text)
        self.take(TurnEnded(turn=1, outcome="completed", usage=Usage()))

    def shorten(self, surplus: int) -> ContextCompacted | None:
        history = self.history
        plan = shortening(history.said(), turn_start=history.turn_start, surplus_characters=surplus)
        if plan is None:
            return None
        event = ContextCompacted(before_tokens=0, after_tokens=0, stubbed=plan.stubbed, dropped=plan.dropped)
        self.take(event)
        return event

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.history.messages()]


def test_old_results_become_one_line_the_oldest_first_and_no_more_than_needed() -> None:
    talk = Conversation()
    talk.user("read three files")
    first, second = talk.step(LONG, LONG)
    talk.step(LONG)

    event = talk.shorten(1_000)

    assert event is not None
    assert (event.stubbed, event.dropped) == ((first,), ())
    assert talk.texts[3].startswith("[read_file: done. 2,000 characters were left out")
    assert talk.texts[4] == LONG
    assert second


def test_results_that_the_model_has_not_read_yet_are_never_touched() -> None:
    talk = Conversation()
    talk.user("read it")
    talk.step(LONG, LONG)

    assert talk.shorten(1_000_000) is None


def test_a_message_that_joined_the_turn_does_not_make_unread_results_fair_game() -> None:
    talk = Conversation()
    talk.user("read it")
    talk.step(LONG, LONG)
    talk.take(UserMessageAdded(text="and mind the tests"))

    assert talk.shorten(1_000_000) is None


def test_results_that_a_turn_failed_over_may_go_in_the_next_one() -> None:
    talk = Conversation()
    talk.user("read it")
    talk.step(LONG, LONG)
    talk.take(TurnEnded(turn=1, outcome="failed", usage=Usage()))
    talk.user("try again")

    assert talk.shorten(1_000) is not None


def test_where_results_are_not_enough_the_oldest_exchanges_go_behind_one_line() -> None:
    talk = Conversation()
    talk.user("the goal")
    talk.answer(f"first {LONG}")
    talk.user("and then?")
    talk.answer(f"second {LONG}")
    talk.user("and now?")
    talk.answer(f"third {LONG}")
    talk.user("last question")

    event = talk.shorten(2_500)

    assert event is not None
    assert event.dropped == (1, 2, 3)
    assert talk.texts[1:] == ["the goal", SHORTENED, "and now?", f"third {LONG}", "last question"]


def test_a_summary_takes_the_place_of_the_line() -> None:
    talk = Conversation()
    talk.user("the goal")
    talk.answer("first")
    talk.user("last question")

    talk.take(ContextCompacted(before_tokens=9, after_tokens=5, summary="It went well.", dropped=(1,)))

    assert talk.texts[1:] == ["the goal", "It went well.", "last question"]


def test_the_running_turn_loses_its_oldest_steps_and_keeps_what_the_user_said() -> None:
    talk = Conversation()
    talk.user("an old goal")
    talk.answer("done")
    talk.user("the task")
    for _ in range(4):
        talk.step("short", text=LONG)

    talk.shorten(4_000)

    assert talk.texts[1:4] == ["an old goal", SHORTENED, "the task"]
    assert [message.role for message in talk.history.messages()[4:]] == ["assistant", "tool"] * 2


def test_shortening_comes_to_an_end() -> None:
    talk = Conversation()
    talk.user("the goal")
    for _ in range(5):
        talk.step(LONG, text=LONG)
    talk.user("go on")

    rounds = 0
    while talk.shorten(1_000):
        rounds += 1

    assert rounds <= 12
    assert talk.texts[1:] == ["the goal", SHORTENED, "go on"]


def test_an_id_of_a_call_that_is_no_longer_sent_is_not_used_again() -> None:
    talk = Conversation()
    talk.user("the goal")
    ids = talk.step(LONG, text=LONG)
    talk.user("go on")

    talk.shorten(1_000_000)

    assert talk.history.used_call_ids() == set(ids)
    talk.take(HistoryCleared())
    assert talk.history.used_call_ids() == set()
    assert SHORTENED not in talk.texts


def test_a_turn_without_an_answer_is_forgotten_also_after_shortening() -> None:
    talk = Conversation()
    talk.user("the goal")
    talk.answer(LONG)
    talk.user("never answered")

    talk.shorten(1_000_000)
    talk.take(TurnEnded(turn=2, outcome="failed", usage=Usage()))

    assert talk.texts[1:] == ["the goal", SHORTENED]


def test_stubs_alone_save_what_they_can() -> None:
    talk = Conversation()
    talk.user("read two files")
    first, second = talk.step(LONG, LONG)
    talk.step(LONG)

    plan = stubbing(talk.history.said(), turn_start=0, surplus_characters=1_000_000)

    assert plan is not None
    assert (plan.stubbed, plan.dropped) == ((first, second), ())
    assert stubbing(talk.history.said()[:1], turn_start=0, surplus_characters=9) is None


def test_as_a_last_resort_the_largest_unread_results_go_first() -> None:
    talk = Conversation()
    talk.user("read three files")
    talk.step(LONG)
    _, large, _ = talk.step("short", LONG * 2, LONG)

    plan = last_resort(talk.history.said(), turn_start=0, surplus_characters=3_000)

    assert plan is not None
    assert plan.stubbed == (large,)


def test_what_the_model_has_answered_to_counts_as_read() -> None:
    talk = Conversation()
    talk.user("one")
    assert already_read(talk.history.said(), 0) == 0
    talk.answer("done")
    assert already_read(talk.history.said(), 0) == 2
    talk.user("two")
    assert already_read(talk.history.said(), talk.history.turn_start) == 2
    talk.step(LONG)
    assert already_read(talk.history.said(), talk.history.turn_start) == 3


def test_the_last_answer_stays_while_nothing_was_said_after_it() -> None:
    talk = Conversation()
    talk.user("the goal")
    talk.step(LONG)
    talk.answer("It is done.")

    talk.shorten(1_000_000)

    assert talk.texts[1:] == ["the goal", SHORTENED, "It is done."]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("user"), st.integers(0, 3_000)),
        st.tuples(st.just("answer"), st.integers(1, 3_000)),
        st.tuples(st.just("calls"), st.integers(1, 3)),
        st.tuples(st.just("plan"), st.integers(0, 300)),
        st.tuples(st.just("shorten"), st.integers(1, 12_000)),
        st.tuples(st.just("stub"), st.integers(1, 12_000)),
        st.tuples(st.just("resort"), st.integers(1, 12_000)),
    ),
    max_size=30,
)


@given(STEPS)
def test_whatever_is_shortened_can_be_sent_is_smaller_and_is_the_same_when_resumed(
    steps: list[tuple[str, int]],
) -> None:
    talk = Conversation()
    talk.user("the goal")
    for step, size in steps:
        match step:
            case "user":
                talk.user("u" * size)
            case "answer":
                talk.answer("a" * size)
            case "calls":
                talk.step(*["r" * 900 * size for _ in range(size)])
            case "plan":
                talk.step("p" * size, name="update_plan")
            case "shorten":
                _shorten_and_check(talk, size)
            case _:
                _stub_and_check(talk, stubbing if step == "stub" else last_resort, size)
    resumed = History()
    for event in talk.events:
        resumed.apply(from_json(to_json(event)))
    assert resumed.messages() == talk.history.messages()


def _shorten_and_check(talk: Conversation, surplus: int) -> None:
    before, last = talk.history.characters(), talk.history.messages()[-1]
    if talk.shorten(surplus) is None:
        return
    messages = talk.history.messages()
    assert talk.history.characters() < before + len(SHORTENED) + 16
    assert isinstance(messages[0], SystemMessage)
    assert messages[1].text == "the goal"
    assert isinstance(last, AssistantMessage) or messages[-1] == last
    assert _is_paired(messages)


def _stub_and_check(talk: Conversation, plan_for: Callable[..., Shortening | None], surplus: int) -> None:
    before, history = talk.history.messages(), talk.history
    characters = history.characters()
    plan = plan_for(history.said(), turn_start=history.turn_start, surplus_characters=surplus)
    if plan is None:
        return
    talk.take(ContextCompacted(before_tokens=0, after_tokens=0, stubbed=plan.stubbed))
    assert history.characters() == characters - plan.saved_characters
    assert [message.role for message in history.messages()] == [message.role for message in before]
    assert _is_paired(history.messages())


def _is_paired(messages: tuple[Message, ...]) -> bool:
    waiting: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage):
            if not waiting or waiting.pop(0) != message.call_id:
                return False
        elif waiting:
            return False
        elif isinstance(message, AssistantMessage):
            waiting = [call.id for call in message.tool_calls]
            assert all(isinstance(json.loads(call.arguments), dict) for call in message.tool_calls)
        else:
            assert isinstance(message, SystemMessage | UserMessage)
    return not waiting
