"""update_plan: the steps of a longer task, for the user to follow."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from vtcode.actions import PlanAction
from vtcode.details import PlanDetails, PlanStep, StepStatus
from vtcode.tools.base import Arguments, Outcome, Prepared

if TYPE_CHECKING:
    from vtcode.tools.base import Running, ToolContext

_STATUS_WORDS: dict[str, StepStatus] = {
    "todo": "pending",
    "open": "pending",
    "not_started": "pending",
    "active": "in_progress",
    "doing": "in_progress",
    "started": "in_progress",
    "current": "in_progress",
    "done": "completed",
    "complete": "completed",
    "finished": "completed",
}
_MARKED_STEP = re.compile(r"\s*(?:[-*]\s*)?\[(?P<mark>[ xX>~-]?)\]\s*(?P<step>.*)", re.DOTALL)
_MARKS: dict[str, StepStatus] = {
    "x": "completed",
    ">": "in_progress",
    "~": "in_progress",
    "-": "in_progress",
}
_STEP_NAMES = ("step", "title", "task", "content", "description", "name", "text")


class PlanItem(BaseModel):
    """One step as the model writes it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    step: str = Field(min_length=1)
    status: StepStatus = "pending"

    @field_validator("status", mode="before")
    @classmethod
    def _known_status(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        word = value.strip().lower().replace(" ", "_").replace("-", "_")
        return _STATUS_WORDS.get(word, word)


class UpdatePlanArguments(Arguments):
    """The whole plan; what is not in it any more is dropped."""

    plan: list[PlanItem] = Field(
        min_length=1,
        max_length=30,
        json_schema_extra={"brief": {"type": "array", "items": {"type": "string"}}},
    )
    explanation: str = Field(default="", json_schema_extra={"hidden": True})

    @field_validator("plan", mode="before")
    @classmethod
    def _list_of_steps(cls, value: Any) -> Any:
        """Take a list encoded as a string, steps that are plain strings, and other names of `step`."""
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except RecursionError:
                raise ValueError("is nested too deeply") from None
        return [_named_step(item) for item in value] if isinstance(value, list) else value


def _named_step(item: Any) -> Any:
    if isinstance(item, str):
        return _marked_step(item)
    if isinstance(item, dict):
        name = next((name for name in _STEP_NAMES if name in item), "step")
        return {**item, "step": item.get(name)}
    return item


def _marked_step(text: str) -> dict[str, str]:
    """Return a step that was written as in a list of tasks: `[x] read the code`."""
    marked = _MARKED_STEP.fullmatch(text)
    if marked is None:
        return {"step": text}
    return {"step": marked["step"], "status": _MARKS.get(marked["mark"].lower(), "pending")}


class UpdatePlan:
    """Replaces the plan, which the transcript shows; touches nothing."""

    name: ClassVar[str] = "update_plan"
    description: ClassVar[str] = "Set the plan of a longer task: all its steps, one of them in_progress."
    brief: ClassVar[str] = "Set the plan: every step, as [ ] todo, [>] doing or [x] done"
    arguments = UpdatePlanArguments
    reads_only: ClassVar[bool] = False

    async def prepare(self, arguments: UpdatePlanArguments, context: ToolContext) -> Prepared:
        """Describe the new plan."""
        steps = tuple(PlanStep(step=item.step, status=item.status) for item in arguments.plan)

        async def run(_: Running) -> Outcome:
            details = PlanDetails(steps=steps, explanation=arguments.explanation)
            return Outcome(text=_summary(steps), details=details)

        return Prepared(action=PlanAction(steps=len(steps)), run=run)


def _summary(steps: tuple[PlanStep, ...]) -> str:
    done = sum(step.status == "completed" for step in steps)
    active = sum(step.status == "in_progress" for step in steps)
    note = f" {active} steps are in_progress; keep it to one." if active > 1 else ""
    return f"plan updated: {done} of {len(steps)} done.{note}"
