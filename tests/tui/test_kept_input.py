"""What was typed is not lost on the way through the history."""

from __future__ import annotations

from vtcode.frontends.tui.history import PromptHistory


def test_an_earlier_prompt_that_was_changed_is_remembered_when_it_is_left() -> None:
    history = PromptHistory()
    history.add("first")
    history.add("second")
    assert history.older("a draft") == "second"
    assert history.older("second, changed") == "first"
    assert history.newer("first, changed") == "second"
    assert history.newer("second") == "second, changed"
    assert history.newer("second, changed") == "first, changed"
    assert history.newer("first, changed") == "a draft"


def test_a_draft_is_remembered_when_an_earlier_prompt_is_sent_instead() -> None:
    history = PromptHistory()
    history.add("first")
    assert history.older("a draft") == "first"
    history.add("first")
    assert history.entries == ("first", "a draft", "first")
