"""The prompt's size in tokens, counted by a real engine, however a chat template writes the tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.embedded import starter_model_path
from vtcode.agent.prompt import prefix_for
from vtcode.messages import Prefix
from vtcode.providers.embedded_engine import start_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.messages import ToolDefinition

WORKSPACE = Path("/home/someone/projects/project")
MAX_TOKENS = 900
MAX_TOKENS_BRIEF = 650


@pytest.fixture(scope="module")
def model() -> Path:
    return starter_model_path()


def as_sent(tool: ToolDefinition) -> dict[str, object]:
    described = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": described}


def without_blanks(tools: list[dict[str, object]]) -> str:
    return json.dumps(tools, separators=(",", ":"))


def one_a_line(tools: list[dict[str, object]]) -> str:
    return "\n".join(json.dumps(tool) for tool in tools)


@pytest.mark.parametrize("written", [without_blanks, json.dumps, one_a_line])
async def test_the_prompt_and_all_tools_fit_what_they_may_cost(
    model: Path, written: Callable[[list[dict[str, object]]], str]
) -> None:
    engine = await start_engine(model, alias="model", window_tokens=512)
    root = engine.base_url.removesuffix("/v1")

    async def count(prefix: Prefix) -> int:
        text = prefix.system_prompt + written([as_sent(tool) for tool in prefix.tools]) + "\nhello"
        key = {"Authorization": f"Bearer {engine.key}"}
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{root}/tokenize", json={"content": text}, headers=key)
        return len(answer.json()["tokens"])

    try:
        whole = await count(prefix_for(WORKSPACE, "auto", 32_768))
        brief = await count(prefix_for(WORKSPACE, "auto", 4_096))
    finally:
        await engine.stop()
    assert whole <= MAX_TOKENS
    assert brief <= MAX_TOKENS_BRIEF
    assert brief > 100  # it was counted
