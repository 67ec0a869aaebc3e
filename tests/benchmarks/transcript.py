"""What the transcript costs: CPU per streamed token in a flood, a key press and memory by its length.

Run with `python -m tests.benchmarks.transcript`.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.widgets import Input

from vtcode.events import ReplyCompleted, ReplyDelta, TurnEnded, TurnStarted
from vtcode.frontends.tui.widgets.transcript_view import TranscriptView
from vtcode.messages import AssistantMessage, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot

    from vtcode.events import Event

TOKENS = 6_000
RUNS = 3
PARAGRAPH = (
    "The parser **splits** on blanks, so `a b` becomes two words; see [the docs](https://example.com/p).\n\n"
    "- first, the reader is told what stands in the line\n- second, why\n\n"
    "```python\ndef parse(text: str) -> list[str]:\n    return text.split(',')  # commas\n```\n\n"
)
TEXTS = {
    "mixed markdown": PARAGRAPH * 200,
    "one long list": "- an item of the list with some words in it\n" * 600,
    "one long fence": "```python\n" + "def f(x: int) -> int:\n    return x + 1\n\n\n" * 600,
    "one endless paragraph": "word and word again, " * 1_200,
}


class TranscriptApp(App[None]):
    """A transcript above an input."""

    CSS_PATH = Path(__file__).parents[2] / "vtcode/frontends/tui/styles/transcript.tcss"
    CSS = "TranscriptView { height: 1fr; }"

    def compose(self) -> ComposeResult:
        """Put one above the other."""
        yield TranscriptView()
        yield Input()


def message(turn: int) -> Iterator[Event]:
    """Yield one turn, already over."""
    yield TurnStarted(turn=turn, text=f"Question {turn}: what does the parser do with blanks?")
    yield ReplyCompleted(message=AssistantMessage(text=PARAGRAPH), finish="stop", usage=Usage())
    yield TurnEnded(turn=turn, outcome="completed", usage=Usage(), duration_s=1.0)


async def flood(text: str) -> float:
    """Return CPU milliseconds per token of four characters, at about six thousand a second."""
    app = TranscriptApp()
    async with app.run_test(size=(100, 40)) as pilot:
        view = app.query_one(TranscriptView)
        view.apply(TurnStarted(turn=1, text="go"))
        await pilot.pause()
        before = time.process_time()
        for number in range(TOKENS):
            view.apply(ReplyDelta(text=text[number * 4 : number * 4 + 4]))
            if number % 8 == 0:
                await asyncio.sleep(0.001)
        await pilot.pause()
        return (time.process_time() - before) / TOKENS * 1e3


async def steady(seconds: float = 4.0, tokens_per_s: int = 60) -> float:
    """Return the share of a core that a stream at a usual speed takes."""
    app = TranscriptApp()
    async with app.run_test(size=(100, 40)) as pilot:
        view = app.query_one(TranscriptView)
        for turn in range(200):
            for event in message(turn):
                view.apply(event)
        await pilot.pause(1)
        before, text = time.process_time(), TEXTS["mixed markdown"]
        for number in range(int(seconds * tokens_per_s)):
            view.apply(ReplyDelta(text=text[number * 4 : number * 4 + 4]))
            await asyncio.sleep(1 / tokens_per_s)
        return (time.process_time() - before) / seconds


async def press(pilot: Pilot[None], keys: list[str]) -> float:
    """Return the median CPU milliseconds of a key press."""
    costs = []
    for key in keys:
        before = time.process_time()
        await pilot.press(key)
        costs.append(time.process_time() - before)
    return statistics.median(costs) * 1e3


async def key_presses(messages: int) -> tuple[float, float, float, float]:
    """Return milliseconds for keys in the input, scrolling, a change of width, and megabytes at the end."""
    app = TranscriptApp()
    async with app.run_test(size=(100, 40)) as pilot:
        view = app.query_one(TranscriptView)
        for turn in range(messages // 2):
            for event in message(turn):
                view.apply(event)
        await pilot.pause()
        app.query_one(Input).focus()
        typing = await press(pilot, list("typing words") * 3)
        view.focus()
        await pilot.pause()
        scrolling = await press(pilot, ["pageup", "pagedown"] * 12)
        before = time.process_time()
        await pilot.resize_terminal(90, 40)
        await pilot.pause(0.2)
        resizing = (time.process_time() - before) * 1e3
        return typing, scrolling, resizing, _peak_mb()


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Print the table."""
    for name, text in TEXTS.items():
        costs = [asyncio.run(flood(text)) for _ in range(RUNS)]
        median, lowest, highest = statistics.median(costs), min(costs), max(costs)
        print(f"flood, {name:<22} {median:7.3f} ms a token ({lowest:.3f} to {highest:.3f})")
    print(f"flood, memory                 {_peak_mb():7.0f} MB at most")
    print(f"60 tokens/s, 200 turns above  {asyncio.run(steady()):7.1%} of a core")
    for messages in (10, 1_000, 5_000):
        typing, scrolling, resizing, peak = asyncio.run(key_presses(messages))
        print(
            f"{messages:>5} messages: key in the prompt {typing:5.2f} ms, in the transcript {scrolling:5.2f} "
            f"ms, new width {resizing:6.1f} ms, {peak:.0f} MB at most so far"
        )


if __name__ == "__main__":
    main()
