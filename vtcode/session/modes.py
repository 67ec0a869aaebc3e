"""The mode that a session works in: how the model hears of it, and the plan that ends plan mode.

The gate holds a mode at once (`Policy.mode`). The system prompt and the tools stay as they are, because
servers keep what they have read of a conversation only as long as its beginning does not change: the model
learns of the mode from a note that follows the next message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from vtcode.details import PlanDetails
from vtcode.events import Event, ToolFinished, TurnStarted
from vtcode.messages import Message, UserMessage
from vtcode.permissions import Mode
from vtcode.questions import Choice, ChoiceQuestion
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from vtcode.agent.gate import Gate
    from vtcode.details import PlanStep
    from vtcode.questions import Answer, Question
    from vtcode.system.sandbox import Containment

MODES: tuple[Mode, ...] = get_args(Mode)

APPROVED = "The plan is approved. Carry it out."
"""What is sent for the user who approves a plan."""

_MARK = "[Note from vtcode: {} mode]"
_TOLD: dict[Mode, str] = {
    "build": "You may change files and run commands again; what needs the user's consent is asked for you.",
    "plan": "Change nothing yet: writes, and commands that do more than read, are refused. Look around, put "
    "the plan into update_plan, and end with a short summary. The user then approves it, or says what to "
    "change.",
    "auto": "Work on your own, without asking back; what needs the user's consent is asked for you.",
}


class Modes:
    """The session's mode: chosen, told, and asked about where a plan is ready."""

    def __init__(
        self,
        gate: Gate,
        containment: Containment | None,
        ask: Callable[[Question], Awaitable[Answer]],
    ) -> None:
        """Begin in the mode that the gate's policy says.

        Args:
            gate: Holds the mode.
            containment: What holds for commands; None: there are none.
            ask: Puts a plan to the user.
        """
        self._gate = gate
        self._ask = ask
        self._is_full = bool(containment and containment.is_full)
        self._plan: tuple[PlanStep, ...] = ()
        """What the running turn has planned so far."""
        gate.policy = replace(gate.policy, contained=holds_files(containment))

    @property
    def current(self) -> Mode:
        """The mode that holds."""
        return self._gate.policy.mode

    @property
    def following(self) -> Mode:
        """The mode that comes after the present one, round and round."""
        return MODES[(MODES.index(self.current) + 1) % len(MODES)]

    @property
    def lacks_sandbox(self) -> bool:
        """It is auto mode, and asks all the same, because there is no full sandbox."""
        return self.current == "auto" and not self._is_full

    def choose(self, mode: Mode) -> None:
        """Have another mode hold from now on, also for the rest of a running turn."""
        self._gate.policy = replace(self._gate.policy, mode=mode)

    def resume(self, messages: Iterable[Message]) -> bool:
        """Go on in plan mode where the resumed conversation was in it; what allows more is chosen anew.

        Returns:
            Whether that is another mode than the configured one.
        """
        if _last_told(messages) != "plan" or self.current == "plan":
            return False
        self.choose("plan")
        return True

    def describe(self) -> str:
        """Say in a sentence what the present mode means here."""
        match self.current:
            case "build":
                return "Build mode: what changes something is asked about, as the policy says."
            case "plan":
                return "Plan mode: nothing is changed until you approve a plan."
            case "auto" if self.lacks_sandbox:
                return (
                    "Auto mode, but there is no full sandbox here: commands and changes to files are asked "
                    "about as in build mode."
                )
            case "auto":
                files = ", and changes to files," if self._gate.policy.contained else ""
                return (
                    f"Auto mode: plain commands{files} need no question in the sandbox, unless a rule asks. "
                    "What is protected, may hold secrets or is to run outside is asked about all the same."
                )

    def news(self, messages: Iterable[Message]) -> str:
        """Return what the model has to be told, by what it reads in `messages`; empty: nothing."""
        if (_last_told(messages) or "build") == self.current:
            return ""
        return f"{_MARK.format(self.current)} {_TOLD[self.current]}"

    def apply(self, event: Event) -> None:
        """Follow a turn, for the plan that it may end in."""
        match event:
            case TurnStarted():
                self._plan = ()
            case ToolFinished(status="completed", details=PlanDetails(steps=steps)):
                self._plan = steps
            case _:
                pass

    async def approval(self) -> str:
        """Have the user decide about the plan that a turn in plan mode ended in.

        Returns:
            What the user says to the model; empty: nothing, or there is no plan.
        """
        if self.current != "plan" or not self._plan or not self._gate.interactive:
            return ""
        answer = await self._ask(self._question())
        match answer.choice:
            case "build" | "auto" as mode:
                self.choose(mode)
                return APPROVED
            case _:
                return answer.text

    def _question(self) -> ChoiceQuestion:
        steps = enumerate(self._plan, start=1)
        unheld = "" if self._is_full else " (there is no full sandbox: it asks as build does)"
        return ChoiceQuestion(
            kind="plan",
            title="Approve this plan?",
            body="\n".join(f"{number}. {revealed(step.step, keep_newlines=False)}" for number, step in steps),
            choices=(
                Choice(id="build", label="Approve, and build", key="b"),
                Choice(id="auto", label=f"Approve, and work in auto mode{unheld}", key="a"),
                Choice(
                    id="keep",
                    label="Keep planning, and say what to change",
                    key="k",
                    takes_text=True,
                ),
            ),
            refusal="keep",
        )


def holds_files(containment: Containment | None) -> bool:
    """Tell whether commands run in a full sandbox in which they can write to the workspace."""
    return containment is not None and containment.is_full and containment.policy == "workspace_write"


def _last_told(messages: Iterable[Message]) -> Mode | None:
    """Return the mode that the model was told of last; None: of none."""
    told: Mode | None = None
    for message in messages:
        if isinstance(message, UserMessage):
            told = next((mode for mode in MODES if message.text.startswith(_MARK.format(mode))), told)
    return told
