"""The app at its start, and what stands in the way of one."""

from __future__ import annotations

from tests.support.states.stage import state
from tests.support.tui_app import Bench
from vtcode.errors import ServerUnreachable
from vtcode.events import SessionStarted
from vtcode.frontend import FrontEnd
from vtcode.frontends.tui.screens.opening_failed import OpeningFailedScreen
from vtcode.frontends.tui.screens.question import QuestionScreen
from vtcode.questions import Choice, ChoiceQuestion

WELCOME = ChoiceQuestion(
    kind="welcome",
    title="Welcome to vtcode. This is what it found; Enter begins.",
    body="Server    LM Studio · localhost:1234\n"
    "Model     qwen/qwen3-8b · loaded · 5.0 GB · trained for tools\n"
    "Window    16,384 of at most 40,960 tokens, as it is loaded\n"
    "Files     read in this folder; each change is shown to you first\n"
    "Commands  those that only read run, others are asked about\n\n"
    "All of it can be changed later: /model, /mode, /policy, vtcode.toml.",
    choices=(
        Choice(id="start", label="Start: ask before each change and command", key="s"),
        Choice(id="auto", label="Start in auto mode: ask less, as the sandbox holds", key="a"),
        Choice(id="model", label="Another model", key="m"),
        Choice(id="window", label="Another window", key="w"),
    ),
    refusal="start",
)
TRUST = ChoiceQuestion(
    kind="trust",
    title="Trust /workspace/vtcode.toml?",
    body="This file came with the project and loosens what may happen without a question:\n\n"
    '  tools.policies.run_pty_cmd = "allow"\n\n'
    "Until you trust it, these lines have no effect; you will be asked again when the file changes.",
    choices=(
        Choice(id="no", label="Go on without them", key="n"),
        Choice(id="yes", label="Trust this file", key="y"),
    ),
    refusal="no",
)


async def _welcomes(front_end: FrontEnd) -> None:
    await front_end.ask(WELCOME)


async def _asks_for_trust(front_end: FrontEnd) -> None:
    await front_end.ask(TRUST)


async def _finds_nobody(front_end: FrontEnd) -> None:
    raise ServerUnreachable(
        "LM Studio at http://localhost:1234 can't be reached: nothing listens there (connection refused).",
        hint="Start its server: lms server start, or the switch in the app's Developer panel.",
    )


async def begin(bench: Bench) -> None:
    """Have a new session say what it is."""
    status = bench.session.status
    await bench.session.emit(
        SessionStarted(
            session_id=bench.session.id,
            workspace=str(bench.session.workspace),
            provider=status.provider,
            model=status.model,
            window_tokens=status.window_tokens,
            system_prompt="",
            tools=(),
            version="1.0.0",
        )
    )
    await bench.until(lambda: "1.0.0" in bench.screen_text())


async def _is_asked(bench: Bench) -> None:
    await bench.until(lambda: isinstance(bench.app.screen, QuestionScreen))


@state("The app as it opens: what answers, and where; the prompt, and a line that says where things stand.")
async def empty(bench: Bench) -> None:
    await begin(bench)
    await bench.until(lambda: bench.status_text().startswith("ready"))


@state("The first run: what was found, and a key for each part that may be otherwise.", opening=_welcomes)
async def welcome(bench: Bench) -> None:
    await _is_asked(bench)


@state("A project's file that loosens the rules: what it says, and the question.", opening=_asks_for_trust)
async def trust(bench: Bench) -> None:
    await _is_asked(bench)


@state("No server answers: what happened, what to do, and a key to try again.", opening=_finds_nobody)
async def opening_failed(bench: Bench) -> None:
    await bench.until(lambda: isinstance(bench.app.screen, OpeningFailedScreen))
