"""What the model says and does."""

from __future__ import annotations

import asyncio

from tests.support.fake_session import FakeSession
from tests.support.states.stage import state
from tests.support.tui_app import Bench
from vtcode.actions import Action, CommandAction, PlanAction, ReadAction, WriteAction
from vtcode.details import CommandDetails, Details, DiffDetails, PlanDetails, PlanStep, TextDetails
from vtcode.events import (
    ContextCompacted,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
)
from vtcode.messages import AssistantMessage, ToolCall, Usage

REASONING = (
    "The test fails because `parse_price` splits at the first dot. Prices such as 1.299,00 have their dots "
    "in front of the comma, so the last separator is the decimal one."
)
ANSWER = """\
`parse_price` took the **first** separator for the decimal one. Now it takes the last:

```python
def parse_price(text: str) -> Decimal:
    whole, _, cents = text.rpartition(",")
    return Decimal(f"{digits(whole)}.{cents or '00'}")
```

| Text | Before | Now |
| --- | --- | --- |
| `1.299,00` | 1.299 | 1299.00 |
| `15` | 15 | 15.00 |

See `shop/prices.py:12`; the tests pass.
"""
DIFF = """\
@@ -9,7 +9,7 @@ from decimal import Decimal
~
 def parse_price(text: str) -> Decimal:
     \"\"\"Return a price as it stands in the catalogue.\"\"\"
-    whole, _, cents = text.partition(".")
+    whole, _, cents = text.rpartition(",")
     return Decimal(f"{digits(whole)}.{cents or '00'}")
~
~
@@ -31,4 +31,4 @@ def total(prices: list[str]) -> Decimal:
 def shown(price: Decimal) -> str:
-    return f"{price}"
+    return f"{price:,.2f}"
""".replace("~", " ")
"""The lines that stand empty begin with a blank, as a diff's lines do."""
OUTPUT = "".join(f"tests/test_prices.py::test_price[{number}] PASSED\n" for number in range(1, 31))


async def reply(session: FakeSession, text: str = "", reasoning: str = "") -> None:
    """Have the model say something, whole."""
    if reasoning:
        await session.emit(ReasoningDelta(text=reasoning))
    if text:
        await session.emit(ReplyDelta(text=text))
    message = AssistantMessage(text=text, reasoning=reasoning)
    session.turn_usage = Usage(prompt_tokens=1_948, completion_tokens=152)
    session.turn_s = session.turn_s or 5.3
    await session.emit(
        ReplyCompleted(message=message, finish="stop", usage=session.turn_usage, tokens_per_s=41.2)
    )


async def call(
    session: FakeSession, name: str, action: Action | None, details: Details, duration_s: float = 0.0
) -> None:
    """Have a tool run."""
    started = ToolCall(id=f"call-{len(session.emitted)}", name=name, arguments="{}")
    await session.emit(ToolStarted(call=started, action=action))
    if isinstance(details, CommandDetails):
        await session.emit(ToolOutputDelta(call_id=started.id, text=details.output))
    await session.emit(
        ToolFinished(
            call_id=started.id,
            name=name,
            status="completed",
            text="",
            details=details,
            duration_s=duration_s,
        )
    )


async def look_around(session: FakeSession) -> None:
    """Have the model read, search, plan, change and test."""
    session.turn_s = 14.0
    read = ReadAction(path="shop/prices.py", summary="shop/prices.py lines 1-60")
    await call(session, "read_file", read, TextDetails(text="", summary="60 lines"))
    search = ReadAction(path="tests", summary='"parse_price" in tests')
    await call(session, "grep_file", search, TextDetails(text="", summary="7 matches in 2 files"))
    steps = (
        PlanStep(step="Find where prices are read", status="completed"),
        PlanStep(step="Take the last separator", status="in_progress"),
        PlanStep(step="Run the tests", status="pending"),
    )
    await call(session, "update_plan", PlanAction(steps=3), PlanDetails(steps=steps))
    change = WriteAction(path="shop/prices.py", diff=DIFF, added_lines=2, removed_lines=2, creates=False)
    done = DiffDetails(path="shop/prices.py", diff=DIFF, added_lines=2, removed_lines=2, creates=False)
    await call(session, "edit_file", change, done)
    await run_tests(session)


async def run_tests(session: FakeSession) -> None:
    """Have the model run the tests."""
    command = "python3 -m pytest -v tests/test_prices.py"
    run = CommandAction(command=command, cwd="/workspace", timeout_s=120)
    output = OUTPUT + "\n\x1b[32m30 passed\x1b[0m in 0.12s\n"
    details = CommandDetails(command=command, output=output, exit_code=0)
    await call(session, "run_pty_cmd", run, details, duration_s=0.9)


@state("An answer: text, highlighted code and a table, its links and its table aligned.")
async def answer(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await reply(session, ANSWER)

    bench.session.play = play
    await bench.send("Why does the price test fail?")
    await bench.until(lambda: "the tests pass." in bench.screen_text())


@state("An answer that is still being written: the status line counts and says how to stop it.")
async def streaming(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await session.emit(ReplyDelta(text=ANSWER[: ANSWER.index("return")]))
        await asyncio.Event().wait()

    bench.session.play = play
    await bench.send("Why does the price test fail?")
    await bench.until(lambda: "rpartition" in bench.screen_text())


@state("The model's reasoning, unfolded above its answer.")
async def reasoning(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await reply(session, "The decimal comma is the *last* separator, not the first.", REASONING)

    bench.session.play = play
    await bench.send("Why does the price test fail?")
    await bench.until(lambda: "not the first" in bench.screen_text())
    await bench.pilot.press("tab", "k", "k", "enter")
    await bench.until(lambda: "splits at the first dot" in bench.screen_text())


@state("What the agent did, a line each: files read, a search, a plan, a diff, a command.")
async def tool_calls(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await look_around(session)
        await reply(session, "Prices are read right now.")

    bench.session.play = play
    await bench.send("Fix the price test.")
    await bench.until(lambda: "right now" in bench.screen_text())


@state("A command's long output, unfolded: its first 40 lines, and a way to the rest.")
async def output_unfolded(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await run_tests(session)

    bench.session.play = play
    await bench.send("Run the tests.")
    await bench.until(lambda: "pytest" in bench.screen_text())
    await bench.pilot.press("ctrl+o")
    await bench.until(lambda: "[19]" in bench.screen_text())


@state("Older messages made room for a summary: the transcript says so and unfolds to it.")
async def compaction(bench: Bench) -> None:
    summary = "The user wants prices with decimal commas.\nChanged: shop/prices.py.\nNext: run the tests."
    await bench.session.emit(
        ContextCompacted(
            before_tokens=7_480, after_tokens=2_130, trigger="auto", summary=summary, stubbed=("a", "b")
        )
    )
    await bench.until(lambda: "7,480" in bench.screen_text())
    await bench.pilot.press("ctrl+o")
    await bench.until(lambda: "decimal commas" in bench.screen_text())
