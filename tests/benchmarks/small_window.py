"""A turn of 40 tool calls with 2 kB results in a window of 4,096 tokens, on the embedded engine.

Run with `python -m tests.benchmarks.small_window [CALLS] [WINDOW]`. A script says what the model answers, and
the engine reads every prompt; the exit code is 1 where a prompt was refused, or the turn did not finish.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.scripted_engine import ScriptedEngine
from tests.support.sessions import Bench
from vtcode.events import ContextCompacted, ToolFinished, TurnEnded
from vtcode.providers.embedded import EmbeddedProvider

SOURCE = Path(__file__).parents[2] / "vtcode" / "session" / "session.py"
NOTES = "The files are parts of one module. It was decided to keep its names. Still open: the last files."
RESULT_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of one turn."""

    outcome: str
    calls: int
    results_characters: int
    compactions: int
    notes: int
    largest_prompt: int
    read_tokens: int
    overflow_errors: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.outcome == "completed" and not self.overflow_errors


async def measure(folder: Path, *, calls: int, window_tokens: int, kind: str = "code") -> Figures:
    """Run the turn in a fresh workspace."""
    provider = EmbeddedProvider("embedded", None, window_tokens, starter_cache_folder())
    await provider.resolve_model("")
    assert provider.engine
    replies = [_call(number) for number in range(calls)]
    try:
        with ScriptedEngine(
            provider.engine.base_url, provider.engine.key, [*replies, "All of it is read."], NOTES
        ) as engine:
            return await _turn(folder, engine, calls, kind)
    finally:
        await provider.aclose()


async def _turn(folder: Path, engine: ScriptedEngine, calls: int, kind: str) -> Figures:
    bench = Bench(folder)
    for number in range(calls):
        (bench.workspace / f"part{number}.txt").write_text(_text(number, kind))
    bench.settings += [
        "agent.provider=openai_compatible",
        "agent.tool_mode=text",
        f"providers.openai_compatible.base_url={engine.url}",
    ]
    recorder, began = Recorder(), time.perf_counter()
    async with bench.session(recorder) as session:
        await session.submit("Read all parts, one after the other, and say what they are.")
    assert_grammar(recorder.events)
    finished = recorder.of(ToolFinished)
    return Figures(
        outcome=recorder.of(TurnEnded)[0].outcome,
        calls=len(finished),
        results_characters=sum(len(event.text) for event in finished),
        compactions=len(recorder.of(ContextCompacted)),
        notes=sum(prompt.is_about_notes for prompt in engine.prompts),
        largest_prompt=max(prompt.tokens for prompt in engine.prompts),
        read_tokens=sum(prompt.tokens - prompt.cached_tokens for prompt in engine.prompts),
        overflow_errors=sum(bool(prompt.refusal) for prompt in engine.prompts),
        seconds=time.perf_counter() - began,
    )


def _call(number: int) -> str:
    call = {"name": "read_file", "arguments": {"path": f"part{number}.txt"}}
    return f"<tool_call>\n{json.dumps(call)}\n</tool_call>"


def _text(number: int, kind: str) -> str:
    """Return 2 kB of code, or of numbers, which have about a token for each digit."""
    if kind == "numbers":
        text = "\n".join(str((number + 1) * 7_919 * row) for row in range(1, 400))
    else:
        source = SOURCE.read_text(encoding="utf-8")
        text = source[number * 300 % (len(source) - RESULT_CHARACTERS) :]
    return f"part {number}\n{text[:RESULT_CHARACTERS]}"


async def main(calls: int, window_tokens: int) -> int:
    """Print a line for each kind of results; return the exit code."""
    await asyncio.to_thread(starter_model_path)
    print(f"{calls} calls with results of 2 kB in a window of {window_tokens:,} tokens\n")
    is_good = True
    for kind in ("code", "numbers"):
        with tempfile.TemporaryDirectory() as folder:
            figures = await measure(Path(folder), calls=calls, window_tokens=window_tokens, kind=kind)
        is_good &= figures.is_good
        print(
            f"{kind:<8} {figures.outcome}: {figures.calls} calls, {figures.results_characters:,} characters "
            f"of results, {figures.compactions} compactions, {figures.notes} with notes, largest prompt "
            f"{figures.largest_prompt:,} tokens, {figures.read_tokens:,} tokens read anew, "
            f"{figures.overflow_errors} overflow errors, {figures.seconds:.0f} s"
        )
    return 0 if is_good else 1


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(asyncio.run(main(*(arguments + [40, 4_096][len(arguments) :]))))
