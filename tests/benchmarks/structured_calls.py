"""How often the starter model, which knows nothing of tools, makes the call that is meant.

Run with `python -m tests.benchmarks.structured_calls [minimal]` (the size of the prompt); the exit code is 1
where the goal is missed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jsonschema

from tests.support.embedded import starter_cache_folder, starter_model_path
from vtcode.agent.prompt import prefix_for
from vtcode.messages import SystemMessage, UserMessage
from vtcode.providers.base import CompletedPart, Request, Sampling, TextPart
from vtcode.providers.embedded import EmbeddedProvider
from vtcode.providers.tool_modes.structured import as_structured
from vtcode.providers.tool_modes.structured_reply import read_reply

if TYPE_CHECKING:
    from vtcode.providers.base import Provider

SIZE: Final = "minimal" if "minimal" in sys.argv[1:] else "default"
PROMPT = "read the file hello.txt"
SEEDS = 20
MIN_CALLS = 12
"""Of `read_file` with the file that was named."""
TEMPERATURE = 0.2
"""What the provider asks the starter model with, where nobody chose another."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one seed."""

    seed: int
    valid: bool
    call: str
    seconds: float

    @property
    def is_meant(self) -> bool:
        return self.call == 'read_file {"path":"hello.txt"}'


def request_with(seed: int) -> Request:
    """Return the request that a first message makes, with all tools, in the form that goes to the server."""
    prefix = prefix_for(Path("/home/you/project"), SIZE, None)
    return as_structured(
        Request(
            model="",
            messages=(SystemMessage(text=prefix.system_prompt), UserMessage(text=PROMPT)),
            tools=prefix.tools,
            sampling=Sampling(temperature=TEMPERATURE, seed=seed),
        )
    )


async def outcome_of(provider: Provider, seed: int) -> Outcome:
    request = request_with(seed)
    assert request.response_schema is not None
    started = time.perf_counter()
    text = ""
    async with aclosing(provider.stream_reply(request)) as parts:
        async for part in parts:
            if isinstance(part, TextPart):
                text += part.text
            elif isinstance(part, CompletedPart):
                break
    seconds = time.perf_counter() - started
    reply = read_reply(text)
    call = reply[1] if reply else None
    shown = f"{call['name']} {call['arguments']}" if call else "-"
    return Outcome(seed, is_valid(text, request.response_schema), shown, seconds)


def is_valid(text: str, schema: dict[str, object]) -> bool:
    try:
        jsonschema.validate(json.loads(text), schema)
    except (ValueError, jsonschema.ValidationError):
        return False
    return True


async def main() -> int:
    provider = EmbeddedProvider("embedded", None, None, starter_cache_folder())
    try:
        model = await provider.resolve_model("")
        print(f"{model.display_name}, temperature {TEMPERATURE}, {SIZE} prompt: {PROMPT!r}\n")
        print(f"{'seed':>4}  {'valid':<5}  {'seconds':>7}  call")
        outcomes = []
        for seed in range(SEEDS):
            outcome = await outcome_of(provider, seed)
            outcomes.append(outcome)
            in_order = "yes" if outcome.valid else "no"
            print(f"{seed:>4}  {in_order:<5}  {outcome.seconds:>7.1f}  {outcome.call}", flush=True)
    finally:
        await provider.aclose()
    valid = sum(outcome.valid for outcome in outcomes)
    meant = sum(outcome.is_meant for outcome in outcomes)
    print(f"\nvalid against the schema: {valid} of {SEEDS} (goal: all)")
    print(f"calls of read_file with hello.txt: {meant} of {SEEDS} (goal: {MIN_CALLS})")
    return 0 if valid == SEEDS and meant >= MIN_CALLS else 1


if __name__ == "__main__":
    starter_model_path()
    sys.exit(asyncio.run(main()))
