"""`vtcode local`: LM Studio on this machine."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from vtcode.agent.saved_settings import SavedSettings
from vtcode.bootstrap import build_provider, trust_store
from vtcode.cli.configuration import load_configuration
from vtcode.commands.local import check_line, checked_address, local_server
from vtcode.commands.local_checks import lms_status, memory_checks, troubleshoot
from vtcode.frontends.text import TextLines
from vtcode.providers.lms import LogSource, find_lms
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.cli.arguments import Arguments


def run_local(arguments: Arguments) -> int:
    """Do what the command line wants of LM Studio; return the exit code.

    Raises:
        UserFacingError: It can't be done.
    """
    match arguments.action:
        case "start":
            lms = find_lms()
            print(asyncio.run(lms.start_server(port=arguments.port or None, bind=arguments.bind)))
        case "stop":
            print(asyncio.run(find_lms().stop_server()))
        case "log":
            asyncio.run(_log(cast("LogSource", arguments.source)))
        case "configure":
            _configure(arguments)
        case "troubleshoot":
            return asyncio.run(_troubleshoot(arguments))
        case _:
            return asyncio.run(_status())
    return 0


async def _status() -> int:
    server, check = await lms_status()
    print(check_line(check))
    if server and server.running:
        print("\n".join(check_line(check) for check in await memory_checks()))
    return 0 if server and server.running else 1


async def _log(source: LogSource) -> None:
    async with aclosing(find_lms().log_lines(source)) as lines:
        async for line in lines:
            print(revealed(line), flush=True)


def _configure(arguments: Arguments) -> None:
    configuration = load_configuration(arguments)
    name = local_server(configuration.settings)
    if not arguments.base_url:
        print(configuration.settings.provider(name).base_url or "http://localhost:1234")
        return
    saved = SavedSettings(configuration, trust_store(configuration.locations.state))
    file = saved.save_base_url(name, checked_address(arguments.base_url))
    print(f"providers.{name}.base_url is set in {file}")


async def _troubleshoot(arguments: Arguments) -> int:
    configuration = load_configuration(arguments)
    settings = configuration.settings
    quiet = TextLines(write=print, progress=print)
    provider = build_provider(configuration, local_server(settings), quiet)
    failed = False
    try:
        async for check in troubleshoot(provider, settings.agent.default_model):
            print(check_line(check))
            failed = failed or check.passed is False
    finally:
        await provider.aclose()
    return 1 if failed else 0
