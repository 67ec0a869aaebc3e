from __future__ import annotations

from dataclasses import replace

import pytest

from vtcode.agent.prompt_cache import ExpectedReading, PromptCache, common_characters
from vtcode.messages import AssistantMessage, SystemMessage, ToolDefinition, Usage, UserMessage
from vtcode.providers.base import CompletedPart, Request
from vtcode.providers.estimates import TokenScale

SERVER = "http://127.0.0.1:1234"
TOOL = ToolDefinition(name="read_file", description="Read a file. " * 20)
SYSTEM, HELLO = SystemMessage(text="You are. " * 200), UserMessage(text="hello")
HI = AssistantMessage(text="Hi. " * 100)
FIRST = Request(model="m", messages=(SYSTEM, HELLO), tools=(TOOL,))
SECOND = replace(FIRST, messages=(*FIRST.messages, HI, UserMessage(text="and now?")))


def completed(usage: Usage, first_token_s: float | None = None) -> CompletedPart:
    return CompletedPart(message=HI, finish="stop", usage=usage, first_token_s=first_token_s)


def test_a_request_has_all_of_the_one_that_it_goes_on_from() -> None:
    assert common_characters(FIRST, SECOND) == common_characters(FIRST, FIRST)
    assert common_characters(FIRST, SECOND) > len(SYSTEM.text) + len(TOOL.description)


def test_a_message_that_begins_the_same_counts_as_far_as_it_does() -> None:
    warmed = replace(FIRST, messages=(SYSTEM, UserMessage(text="help")))
    assert (
        common_characters(warmed, FIRST) == common_characters(FIRST, replace(FIRST, messages=(SYSTEM,))) + 3
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(FIRST, model="another"),
        replace(FIRST, tools=()),
        replace(FIRST, tool_mode="text"),
        replace(FIRST, strict_roles=True),
        replace(FIRST, reasoning_effort="high"),
    ],
    ids=["model", "tools", "tool_mode", "roles", "effort"],
)
def test_under_another_frame_nothing_is_the_same(other: Request) -> None:
    assert common_characters(FIRST, other) == 0


def test_what_was_read_is_expected_in_the_cache_of_the_same_server() -> None:
    cache = PromptCache()
    assert cache.expected(SERVER, FIRST).cached_tokens == 0
    cache.was_read(SERVER, FIRST)
    assert cache.expected(SERVER, FIRST).cached_tokens == cache.expected(SERVER, FIRST).total_tokens
    assert cache.expected("http://elsewhere:1234", FIRST).cached_tokens == 0


def test_how_fast_a_model_reads_tells_how_long_the_next_prompt_takes() -> None:
    cache = PromptCache()
    expected = cache.expected(SERVER, FIRST)
    assert expected.seconds is None
    cache.was_answered(SERVER, "m", expected, completed(Usage(prompt_tokens=500), 5.0))
    assert cache.expected(SERVER, FIRST).seconds == expected.total_tokens / 100
    assert cache.expected(SERVER, replace(FIRST, model="another")).seconds is None


def test_a_prompt_out_of_the_cache_says_nothing_about_how_fast_a_model_reads() -> None:
    cache = PromptCache()
    usage = Usage(prompt_tokens=500, cached_tokens=490)
    cache.was_answered(SERVER, "m", cache.expected(SERVER, FIRST), completed(usage, 5.0))
    assert cache.expected(SERVER, FIRST).seconds is None


def test_what_the_server_tells_counts_and_what_it_does_not_tell_is_guessed() -> None:
    expected = ExpectedReading(total_tokens=1_000, cached_tokens=900, seconds=None)
    told = Usage(prompt_tokens=500, cached_tokens=7)
    assert expected.with_cached_tokens(told) == told
    guessed = expected.with_cached_tokens(Usage(prompt_tokens=500))
    assert (guessed.cached_tokens, guessed.cached_estimated) == (450, True)


@pytest.mark.parametrize(
    ("expected_tokens", "cached_tokens", "is_lost"),
    [(900, 0, True), (900, 300, True), (900, 800, False), (100, 0, False), (900, None, False)],
)
def test_a_cache_that_does_not_hold_what_was_left_in_it_is_lost(
    expected_tokens: int, cached_tokens: int | None, is_lost: bool
) -> None:
    cache = PromptCache()
    expected = ExpectedReading(total_tokens=1_000, cached_tokens=expected_tokens, seconds=None)
    usage = Usage(prompt_tokens=1_000, cached_tokens=cached_tokens)
    cache.was_answered(SERVER, "m", expected, completed(usage))
    assert cache.is_lost(SERVER, "m") == is_lost
    assert not cache.is_lost(SERVER, "another")


def test_what_is_expected_goes_by_what_the_server_counted() -> None:
    scale = TokenScale()
    cache = PromptCache(scale)
    guessed = cache.expected(SERVER, FIRST).total_tokens
    scale.learn(SERVER, "m", characters=1_800, tokens=1_000)
    assert cache.expected(SERVER, FIRST).total_tokens == pytest.approx(2 * guessed, rel=0.01)


@pytest.mark.parametrize(("first_token_s", "is_lost"), [(0.3, False), (2.5, False), (9.0, True)])
def test_a_first_token_that_takes_as_long_as_without_a_cache_shows_that_it_was_lost(
    first_token_s: float, is_lost: bool
) -> None:
    cache = PromptCache()
    first = cache.expected(SERVER, FIRST)
    cache.was_answered(SERVER, "m", first, completed(Usage(prompt_tokens=first.total_tokens), 8.0))
    cache.was_read(SERVER, FIRST)
    second = cache.expected(SERVER, SECOND)
    cache.was_answered(SERVER, "m", second, completed(Usage(prompt_tokens=900), first_token_s))
    assert cache.is_lost(SERVER, "m") == is_lost


def test_a_cache_that_saves_next_to_nothing_is_not_judged_by_time() -> None:
    cache = PromptCache()
    first = cache.expected(SERVER, FIRST)
    cache.was_answered(SERVER, "m", first, completed(Usage(prompt_tokens=first.total_tokens), 0.5))
    cache.was_read(SERVER, FIRST)
    cache.was_answered(SERVER, "m", cache.expected(SERVER, SECOND), completed(Usage(prompt_tokens=900), 0.9))
    assert not cache.is_lost(SERVER, "m")


def test_a_server_that_counts_no_prompt_says_nothing_about_its_cache() -> None:
    expected = ExpectedReading(total_tokens=1_000, cached_tokens=900, seconds=None)
    assert not expected.is_missed_by(Usage(prompt_tokens=0, cached_tokens=0))
