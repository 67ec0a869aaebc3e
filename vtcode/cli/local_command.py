"""`vtcode local`: LM Studio on this machine."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from vtcode.agent.saved_settings import SavedSettings
from vtcode.bootstrap import build_provider, trust_store
from vtcode.cli.checks import print_check
from vtcode.cli.configuration import load_configuration
from vtcode.commands.local import address_override, checked_address, local_server
from vtcode.commands.local_checks import lms_status, memory_checks, server_checks, troubleshoot
from vtcode.errors import ProviderError
from vtcode.events import Notice
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
            asyncio.run(_configure(arguments))
        case "troubleshoot":
            return asyncio.run(_troubleshoot(arguments))
        case _:
            return asyncio.run(_status(arguments))
    return 0


async def _status(arguments: Arguments) -> int:
    """Tell what `lms` knows, and what the server itself says; 0 where it runs."""
    configuration = load_configuration(arguments)
    quiet = TextLines(write=print, progress=print)
    provider = build_provider(configuration, local_server(configuration.settings), quiet)
    server, check = await lms_status()
    runs = server is not None and server.running
    try:
        asked = await server_checks(provider)
    finally:
        await provider.aclose()
    for told in (check, *(await memory_checks() if runs else ()), *asked):
        print_check(told)
    return 0 if runs or asked[0].verdict == "ok" else 1


async def _log(source: LogSource) -> None:
    async with aclosing(find_lms().log_lines(source)) as lines:
        async for line in lines:
            print(revealed(line), flush=True)


async def _configure(arguments: Arguments) -> None:
    """Show or save the server's address; a saved one is tried, since any word may be a machine's name."""
    configuration = load_configuration(arguments)
    name = local_server(configuration.settings)
    if not arguments.base_url:
        print(configuration.settings.provider(name).base_url or "http://localhost:1234")
        return
    saved = SavedSettings(configuration, trust_store(configuration.locations.state))
    address = checked_address(arguments.base_url)
    file = saved.save_base_url(name, address)
    print(f"providers.{name}.base_url is set in {file}", flush=True)
    lines = TextLines(write=sys.stdout.write, progress=sys.stderr.write)
    if louder := address_override(configuration, name):
        text = f"{louder} says {configuration.settings.provider(name).base_url}, which counts before it."
        await lines.show(Notice(level="warning", text=text))
    assignment = f"providers.{name}.base_url={address}"
    tried = load_configuration(replace(arguments, assignments=(*arguments.assignments, assignment)))
    provider = build_provider(tried, name, lines)
    try:
        await provider.open()
    except ProviderError as error:
        await lines.show(Notice(level="warning", text=error.message, hint=error.hint))
    else:
        print(f"LM Studio answers at {provider.address}.")
    finally:
        await provider.aclose()


async def _troubleshoot(arguments: Arguments) -> int:
    configuration = load_configuration(arguments)
    settings = configuration.settings
    quiet = TextLines(write=print, progress=print)
    provider = build_provider(configuration, local_server(settings), quiet)
    failed = False
    try:
        async for check in troubleshoot(provider, settings.agent.default_model):
            print_check(check)
            failed = failed or check.verdict == "fail"
    finally:
        await provider.aclose()
    return 1 if failed else 0
