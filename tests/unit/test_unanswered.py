"""The message that a failed turn leaves to be sent again."""

from __future__ import annotations

import pytest

from vtcode.events import ReplyCompleted, TurnEnded, TurnStarted
from vtcode.frontends.unanswered import Unanswered
from vtcode.messages import AssistantMessage, FinishReason, Usage


@pytest.mark.parametrize(("finish", "left"), [("cut", "One."), ("tool_calls", "")])
def test_a_message_is_left_where_its_first_reply_broke_off(finish: FinishReason, left: str) -> None:
    unanswered = Unanswered()
    unanswered.follow(TurnStarted(turn=1, text="One."))
    unanswered.follow(ReplyCompleted(message=AssistantMessage(text="Half"), finish=finish, usage=Usage()))
    unanswered.follow(TurnEnded(turn=1, outcome="failed", usage=Usage()))
    assert unanswered.take() == left
