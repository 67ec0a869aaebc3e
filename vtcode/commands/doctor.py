"""`/doctor`: what is in order, what is not, and which tool mode the model needs."""

from __future__ import annotations

import os
from contextlib import aclosing
from typing import TYPE_CHECKING

from vtcode.commands.checks import report
from vtcode.commands.registry import CommandContext, command
from vtcode.events import CommandRan, Notice

if TYPE_CHECKING:
    from vtcode.commands.checks import Check
    from vtcode.session.session import Session


@command("doctor", "checkup", while_busy=False)
async def doctor(context: CommandContext) -> None:
    """Check settings, server and model; find the tool mode that fits."""
    session = context.session
    text = "Checking settings, server and model; one tiny call may take the model a moment."
    await session.emit(Notice(level="info", text=text))
    await session.run_aside(_examine(session))


async def _examine(session: Session) -> None:
    # Here, because the tools and the configuration take long to import and few sessions need a doctor.
    from vtcode.commands.doctor_checks import Case, examine
    from vtcode.config.load import api_key

    async def tell(_: str) -> None:
        """Leave out what the report says a moment later."""

    settings = session.configuration.settings
    case = Case(
        configuration=session.configuration,
        provider=session.provider,
        model=session.model.id,
        has_key=api_key(session.provider.name, settings, os.environ) is not None,
        containment=session.status.containment,
        tool_modes=session.tool_modes,
        tell=tell,
    )
    async with aclosing(examine(case)) as found:
        checks = [check async for check in found]
    await session.emit(CommandRan(command="/doctor", text=report(checks)))
    await _follow_verdict(session, checks[-1])


async def _follow_verdict(session: Session, last: Check) -> None:
    """Have the session ask its model in the mode that was found."""
    if last.tool_mode is not None and last.tool_mode != session.model.tool_modes[0]:
        await session.select_model(await session.provider.resolve_model(session.model.id))
