"""What is remarked about replies that came whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vtcode.agent.remarks import Remarks, is_same_model, looks_cut
from vtcode.agent.reply import Reply
from vtcode.events import ReplyCompleted
from vtcode.messages import AssistantMessage, FinishReason, Image, Usage, UserMessage
from vtcode.providers.base import Request
from vtcode.providers.model_info import ModelInfo

MODEL = ModelInfo(id="acme/coder-30b:2", key="acme/coder-30b", aliases=("acme/coder-30b@q4_k_m",))


def completed(
    text: str = "Yes.", *, usage: Usage | None = None, finish: FinishReason = "stop"
) -> ReplyCompleted:
    usage = usage or Usage(prompt_tokens=2_500, completion_tokens=5)
    return ReplyCompleted(message=AssistantMessage(text=text), finish=finish, usage=usage)


def read_of(tokens: int, *, characters: int) -> Reply:
    """Return a reply to a prompt of so many characters, that the server counted as so many tokens."""
    usage = Usage(prompt_tokens=tokens, completion_tokens=5)
    return Reply(event=completed(usage=usage), model="", request=asking("x" * characters))


def asking(text: str, *images: Image) -> Request:
    return Request(model=MODEL.id, messages=(UserMessage(text=text, images=images),))


@pytest.mark.parametrize(
    ("answered", "same"),
    [
        ("acme/coder-30b:2", True),
        ("acme/coder-30b", True),
        ("coder-30b", True),
        ("ACME/Coder-30B@q8_0", True),
        ("/models/coder-30b.gguf", True),
        ("acme/coder-3b", False),
        ("other/chat-8b", False),
    ],
)
def test_a_server_may_shorten_and_extend_the_models_name(answered: str, same: bool) -> None:
    assert is_same_model(MODEL, answered) is same


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("It is done.", False),
        ("It is done!", False),
        ("```python\nx = 1\n```", False),
        ("| a | b |", False),
        ("and then the func", True),
        ("first, second,", True),
        ("```python\nx = 1", True),
        ("a fence ``` in a line, and a full stop.", False),
    ],
)
def test_a_long_reply_that_stops_in_the_middle_looks_cut(text: str, cut: bool) -> None:
    long, short = (Usage(prompt_tokens=9, completion_tokens=tokens) for tokens in (10_000, 500))
    assert looks_cut(completed(text, usage=long)) is cut
    assert not looks_cut(completed(text, usage=short))
    assert not looks_cut(completed(text, usage=long, finish="length"))


@pytest.mark.parametrize(
    ("counts", "cut"),
    [
        ([(10_000, 2_500)], False),
        ([(10_000, 1_200)], False),
        ([(10_000, 900)], True),
        ([(5_000, 10)], False),
        ([(10_000, 2_500), (12_000, 3_000)], False),
        ([(10_000, 2_500), (12_000, 1_900)], True),
        ([(10_000, 2_500), (8_500, 1_900)], False),
        ([(10_000, 0)], False),
    ],
    ids=[
        "usual",
        "many characters a token",
        "too many characters a token",
        "too short to tell",
        "grows",
        "grows, and is counted as less",
        "shrinks, as after a compaction",
        "not counted",
    ],
)
def test_a_prompt_that_was_not_read_whole_is_noticed(counts: list[tuple[int, int]], cut: bool) -> None:
    remarks = Remarks()
    said = [
        notice
        for characters, tokens in counts
        for notice in remarks.on(read_of(tokens, characters=characters), MODEL)
    ]
    assert bool(said) is cut
    assert remarks.prompt_was_cut is cut


def test_what_is_true_of_every_reply_is_said_once() -> None:
    remarks = Remarks()
    reply = Reply(event=completed(), model="other/chat-8b", request=asking("Hello."))
    said = [list(remarks.on(reply, MODEL)) for _ in range(3)]
    assert [len(notices) for notices in said] == [1, 0, 0]


def test_each_model_that_answered_for_another_is_told() -> None:
    remarks = Remarks()
    request = asking("Hello.")
    said = [
        [notice.text for notice in remarks.on(Reply(event=completed(), model=model, request=request), MODEL)]
        for model in ("acme/coder-4b", "acme/coder-8b", "acme/coder-4b")
    ]
    assert ["acme/coder-4b" in said[0][0], "acme/coder-8b" in said[1][0], said[2]] == [True, True, []]


def test_pictures_that_make_few_tokens_are_not_taken_for_a_prompt_that_was_cut() -> None:
    dots = [Image(media_type="image/png", data="") for _ in range(6)]
    usage = Usage(prompt_tokens=1_600, completion_tokens=5)
    reply = Reply(event=completed(usage=usage), model="", request=asking("What is it?", *dots))
    assert not list(Remarks().on(reply, MODEL))


def test_what_another_tool_mode_makes_of_a_prompt_is_not_compared() -> None:
    remarks = Remarks()
    native = read_of(3_000, characters=10_000)
    structured = replace(read_of(2_000, characters=10_000), request=replace(native.request, tool_mode="text"))
    assert not [*remarks.on(native, MODEL), *remarks.on(structured, MODEL)]
