from __future__ import annotations

import pytest

from vtcode.events import Event, PromptProgress, ReplyCompleted, ReplyDelta, TurnEnded
from vtcode.frontends.line.palette import Palette
from vtcode.frontends.line.rendering import Rendering
from vtcode.messages import AssistantMessage, Usage

ENDED = TurnEnded(turn=1, outcome="completed", usage=Usage(completion_tokens=7), duration_s=2.0)


def shown(*events: Event) -> str:
    rendering = Rendering(Palette(colours=False))
    return "".join(rendering.render(event) for event in events)


def reply(usage: Usage, first_token_s: float | None = 0.84, tokens_per_s: float | None = 41.2) -> Event:
    return ReplyCompleted(
        message=AssistantMessage(text="Hi."),
        finish="stop",
        usage=usage,
        first_token_s=first_token_s,
        tokens_per_s=tokens_per_s,
    )


@pytest.mark.parametrize(
    ("completed", "line"),
    [
        (
            reply(Usage(prompt_tokens=1_000, cached_tokens=920)),
            "[speed] first token after 0.8 s, 41 tokens a second, 92% of the prompt cached\n",
        ),
        (
            reply(Usage(prompt_tokens=1_000, cached_tokens=920, cached_estimated=True), None, None),
            "[speed] about 92% of the prompt cached\n",
        ),
        (reply(Usage(prompt_tokens=1_000), None, None), ""),
    ],
    ids=["told", "guessed", "nothing is known"],
)
def test_after_an_answer_its_speed_is_told(completed: Event, line: str) -> None:
    assert shown(ReplyDelta(text="Hi."), completed, ENDED) == (
        f"Hi.\n[done] 7 tokens written in 2.0 s\n{line}"
    )


@pytest.mark.parametrize(
    ("expected_s", "line"),
    [(12.3, "[reading] The model reads about 2,400 new tokens, in ~12 s\n"), (2.0, ""), (None, "")],
)
def test_a_prompt_that_takes_long_to_read_is_announced(expected_s: float | None, line: str) -> None:
    progress = PromptProgress(
        processed_tokens=None, total_tokens=3_000, cached_tokens=600, estimated=True, expected_s=expected_s
    )
    assert shown(progress) == line


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (PromptProgress(processed_tokens=883, total_tokens=890, cached_tokens=883), ""),
        (
            PromptProgress(processed_tokens=1_500, total_tokens=2_000, cached_tokens=1_000),
            "[reading] The model reads 1,000 new tokens, 50%\n",
        ),
    ],
    ids=["nearly all is cached", "half of it is cached"],
)
def test_progress_is_that_of_what_is_new(progress: PromptProgress, line: str) -> None:
    assert shown(progress) == line
