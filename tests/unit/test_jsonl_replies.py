from __future__ import annotations

import json
from typing import Any

from vtcode.events import ReplyCompleted, TurnEnded, TurnStarted
from vtcode.frontends.jsonl import JsonLines
from vtcode.messages import AssistantMessage, Usage


async def lines_of(*usages: Usage) -> list[dict[str, Any]]:
    """Return the lines of a turn with replies of these costs."""
    out: list[str] = []
    lines = JsonLines(write=out.append)
    await lines.show(TurnStarted(turn=1, text="hi"))
    for usage in usages:
        message = AssistantMessage(text="hi")
        await lines.show(
            ReplyCompleted(
                message=message, finish="stop", usage=usage, first_token_s=0.51234, tokens_per_s=41.0
            )
        )
    await lines.show(TurnEnded(turn=1, outcome="completed", usage=usages[-1]))
    return [json.loads(line) for line in out]


async def test_each_reply_of_a_turn_tells_its_cost_and_its_speed() -> None:
    usage = Usage(prompt_tokens=100, completion_tokens=5, cached_tokens=90)
    *_, ended = await lines_of(usage, usage)
    reply = {"input_tokens": 100, "cached_input_tokens": 90, "output_tokens": 5}
    speed = {"first_token_s": 0.512, "tokens_per_s": 41.0}
    assert ended["replies"] == [reply | speed] * 2
    assert ended["usage"] == reply


async def test_a_guess_at_the_cache_is_marked() -> None:
    *_, ended = await lines_of(Usage(prompt_tokens=100, cached_tokens=90, cached_estimated=True))
    assert ended["usage"]["cached_estimated"] is True
    assert ended["replies"][0]["cached_estimated"] is True
