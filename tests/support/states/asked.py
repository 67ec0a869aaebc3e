"""What the user is asked."""

from __future__ import annotations

import asyncio

from tests.support.fake_session import FakeSession, Rules
from tests.support.states.said import DIFF, call, reply
from tests.support.states.stage import state
from tests.support.tui_app import Bench
from vtcode.actions import CommandAction, PlanAction, WriteAction
from vtcode.details import PlanDetails, PlanStep
from vtcode.frontends.tui.screens.question import QuestionScreen
from vtcode.questions import Choice, ChoiceQuestion, PermissionQuestion, PickQuestion, PickRow, Question
from vtcode.session.modes import Modes
from vtcode.system.sandbox.base import Containment


def _choices(rule: str) -> tuple[Choice, ...]:
    return (
        Choice(id="once", label="Yes, once", key="y"),
        Choice(id="session", label=f"Yes, {rule} for this session", key="s"),
        Choice(id="always", label=f"Yes, {rule} always in this workspace, for me", key="a"),
        Choice(id="workspace", label=f"Yes, and write {rule} to the project's vtcode.toml", key="w"),
        Choice(id="deny", label="No", key="n"),
        Choice(id="reason", label="No, and tell the model why", key="r", takes_text=True),
    )


CHANGE = PermissionQuestion(
    call_id="c1",
    tool="edit_file",
    action=WriteAction(path="shop/prices.py", diff=DIFF, added_lines=2, removed_lines=2, creates=False),
    reason="edit_file changes files",
    rule="built-in",
    always_rule="edit_file",
    choices=_choices("edit_file"),
)
HIDDEN = PermissionQuestion(
    call_id="c1",
    tool="run_pty_cmd",
    action=CommandAction(
        command="rm -rf build\x1b[2K\necho \u202eenod", cwd="/workspace", timeout_s=120, contained=True
    ),
    reason="rm is not known to only read",
    rule="built-in",
    always_rule="",
    choices=(_choices("")[0], *_choices("")[4:]),
)
PLAN = (
    PlanStep(step="Find where prices are read", status="pending"),
    PlanStep(step="Take the last separator for the decimal one", status="pending"),
    PlanStep(step="Run the tests", status="pending"),
)
_FULL_SANDBOX = Containment(
    wanted="workspace_write", policy="workspace_write", network=False, back_end="bubblewrap"
)
SMALL_WINDOW = ChoiceQuestion(
    kind="small_window",
    title="A small window",
    body="qwen/qwen3-8b is loaded with 4,096 tokens. The instructions and tools alone take a good part of "
    "that. It could have up to 40,960.\n\nReload it with 16,384?",
    choices=(
        Choice(id="reload", label="Reload with 16,384 tokens", key="r"),
        Choice(id="keep", label="Keep 4,096", key="k"),
    ),
    refusal="keep",
)
MODELS = PickQuestion(
    title="Models on LM Studio · localhost:1234",
    columns=("Model", "State", "Window", "Size", "Tools"),
    rows=(
        PickRow(
            id="1",
            label="qwen/qwen3-8b",
            cells=("loaded", "8,192 of 40,960", "5.0 GB", "yes"),
            group="Loaded",
            current=True,
        ),
        PickRow(
            id="2",
            label="qwen/qwen3-coder-30b",
            cells=("on disk", "262,144", "18.6 GB", "yes"),
            group="Downloaded",
        ),
        PickRow(
            id="3", label="google/gemma-3-4b", cells=("on disk", "131,072", "3.3 GB", ""), group="Downloaded"
        ),
        PickRow(
            id="4",
            label="openai/gpt-oss-20b",
            cells=("", "131,072", "12.1 GB", "yes"),
            group="Suggestions, not on this server",
        ),
    ),
    custom_label="Custom LM Studio model",
    actions=(
        Choice(id="load", label="Load …", key="l"),
        Choice(id="unload", label="Unload", key="x"),
        Choice(id="download", label="Download", key="d"),
        Choice(id="save", label="Default", key="s"),
    ),
)


async def ask(bench: Bench, question: Question, said: str = "", before: str = "") -> None:
    """Have a question come up in a turn."""

    async def play(session: FakeSession, text: str) -> None:
        await reply(session, before)
        await session.front_end.ask(question)
        await asyncio.Event().wait()

    bench.session.play = play
    await bench.send(said)
    await bench.until(lambda: isinstance(bench.app.screen, QuestionScreen))


@state("A change to a file, asked about with its whole diff: side by side where there is room.")
async def permission_diff(bench: Bench) -> None:
    await ask(bench, CHANGE, "Fix the price test.", "The decimal comma is the last separator.")


@state("A command with hidden characters: they are spelled out before anybody says yes.")
async def permission_command(bench: Bench) -> None:
    await ask(bench, HIDDEN, "Clean up.", "I remove what the build left.")


@state("The plan that a turn in plan mode ends with, to be approved, or to be talked about.")
async def plan_question(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await call(session, "update_plan", PlanAction(steps=len(PLAN)), PlanDetails(steps=PLAN))
        await reply(session, "I would change one line, then test it.")
        for event in session.emitted:
            session.modes.apply(event)
        await session.modes.approval()

    bench.session.modes = Modes(Rules(), _FULL_SANDBOX, bench.session.front_end.ask)  # type: ignore[arg-type]
    bench.session.modes.choose("plan")
    bench.session.play = play
    await bench.send("How would you fix the price test?")
    await bench.until(lambda: isinstance(bench.app.screen, QuestionScreen))


@state("The list of models: loaded, downloaded and suggested, with their windows and sizes.")
async def model_picker(bench: Bench) -> None:
    await ask(bench, MODELS, "go")


@state("The offer to load a model again, with a window that is large enough for work with tools.")
async def small_window(bench: Bench) -> None:
    await ask(bench, SMALL_WINDOW, "go")
