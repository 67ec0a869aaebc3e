"""The prompt's size in tokens, counted by a real engine, however a chat template writes the tools."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import httpx
import pytest

from tests.support.embedded import starter_model_path
from vtcode.agent.instructions import fitted_instructions
from vtcode.agent.prompt import prefix_for
from vtcode.messages import InstructionFile, Prefix
from vtcode.providers.embedded_engine import start_engine

if TYPE_CHECKING:
    from vtcode.messages import ToolDefinition

WORKSPACE = Path("/home/someone/projects/project")
Count: TypeAlias = Callable[[str], Awaitable[int]]
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


@asynccontextmanager
async def counting(model: Path) -> AsyncIterator[Count]:
    """Run an engine; what is yielded counts a text's tokens."""
    engine = await start_engine(model, alias="model", window_tokens=512)

    async def count(text: str) -> int:
        url = engine.base_url.removesuffix("/v1") + "/tokenize"
        key = {"Authorization": f"Bearer {engine.key}"}
        async with httpx.AsyncClient() as client:
            answer = await client.post(url, json={"content": text}, headers=key)
        return len(answer.json()["tokens"])

    try:
        yield count
    finally:
        await engine.stop()


@pytest.mark.parametrize("written", [without_blanks, json.dumps, one_a_line])
async def test_the_prompt_and_all_tools_fit_what_they_may_cost(
    model: Path, written: Callable[[list[dict[str, object]]], str]
) -> None:
    def sent(prefix: Prefix) -> str:
        return prefix.system_prompt + written([as_sent(tool) for tool in prefix.tools]) + "\nhello"

    async with counting(model) as count:
        whole = await count(sent(prefix_for(WORKSPACE, "auto", 32_768)))
        brief = await count(sent(prefix_for(WORKSPACE, "auto", 4_096)))
    assert whole <= MAX_TOKENS
    assert brief <= MAX_TOKENS_BRIEF
    assert brief > 100  # it was counted


@pytest.mark.parametrize(
    "text",
    [
        "Use tabs, not spaces; run `make test` before you say that it's done.\n",
        "提交之前请先运行所有测试，并且用简体中文写注释。\n",
        "Перед коммитом запускай все тесты и пиши комментарии по-русски.\n",
        "コミットする前にすべてのテストを実行してください。\n",
    ],
    ids=["English", "Chinese", "Russian", "Japanese"],
)
async def test_what_the_project_wants_takes_a_tenth_of_the_window_at_most(model: Path, text: str) -> None:
    file = InstructionFile(path="AGENTS.md", text=text * 200, is_users=False)
    fitted = fitted_instructions([file], 4_096)
    async with counting(model) as count:
        assert 100 < await count(fitted.text) <= 410
