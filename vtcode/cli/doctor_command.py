"""`vtcode doctor`: what is in order, what is not, and which tool mode the model needs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING

from vtcode.agent.tool_mode import ToolModes
from vtcode.bootstrap import build_provider
from vtcode.bootstrap.containment import containment_of
from vtcode.cli.checks import print_check
from vtcode.cli.configuration import load_configuration
from vtcode.commands.checks import Check
from vtcode.commands.doctor_checks import Case, examine
from vtcode.config.load import api_key
from vtcode.errors import ConfigError
from vtcode.frontends.text import TextLines
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vtcode.cli.arguments import Arguments


def run_doctor(arguments: Arguments) -> int:
    """Print what each check finds; the exit code is 1 where one failed."""
    checks = asyncio.run(_print_checks(arguments))
    failed = any(check.verdict == "fail" for check in checks)
    if arguments.json:
        report = {"ok": not failed, "tool_mode": checks[-1].tool_mode, "checks": [_json(c) for c in checks]}
        print(json.dumps(report, ensure_ascii=False, indent=2))
    return 1 if failed else 0


async def _print_checks(arguments: Arguments) -> list[Check]:
    checks: list[Check] = []
    async with aclosing(_checks(arguments)) as found:
        async for check in found:
            checks.append(check)
            if not arguments.json:
                print_check(check)
    return checks


async def _checks(arguments: Arguments) -> AsyncGenerator[Check, None]:
    try:
        configuration = load_configuration(arguments)
        settings = configuration.settings
        name = settings.agent.provider
        front_end = TextLines(write=sys.stdout.write, progress=sys.stderr.write)
        provider = build_provider(configuration, name, front_end)
        has_key = api_key(name, settings, os.environ) is not None
    except ConfigError as error:
        yield Check(name="settings", verdict="fail", text=error.message, hint=error.hint)
        return
    case = Case(
        configuration=configuration,
        provider=provider,
        model=settings.agent.default_model,
        has_key=has_key,
        containment=await containment_of(configuration),
        tool_modes=ToolModes.in_folder(configuration.locations.state),
        tell=_tell,
    )
    try:
        async with aclosing(examine(case)) as found:
            async for check in found:
                yield check
    finally:
        await provider.aclose()


async def _tell(text: str) -> None:
    print(f"vtcode: {plain(text)}", file=sys.stderr, flush=True)


def _json(check: Check) -> dict[str, str]:
    return {key: value for key, value in asdict(check).items() if key != "tool_mode"}
