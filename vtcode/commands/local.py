"""`/local`: LM Studio on this machine: its server started, stopped, configured, looked after."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from vtcode.address import parse_base_url
from vtcode.commands.checks import report
from vtcode.commands.local_checks import lms_status, memory_checks, server_checks, troubleshoot
from vtcode.commands.registry import CommandContext, command
from vtcode.errors import UsageError
from vtcode.events import CommandRan, Notice
from vtcode.providers.lms import find_lms
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.commands.checks import Check
    from vtcode.config.load import Configuration
    from vtcode.config.schema import Settings
    from vtcode.session.session import Session

_USAGE = "/local status | start [PORT] | stop | log [server|model|runtime] | configure [URL] | troubleshoot"
LOG_SOURCES = ("server", "model", "runtime")


@command("local", "lmstudio", usage="[status | start | stop | log | configure | troubleshoot]")
async def local(context: CommandContext) -> None:
    """Look after LM Studio on this machine: start and stop its server, find out what is wrong."""
    session = context.session
    word, _, rest = context.argument.partition(" ")
    rest = rest.strip()
    match word:
        case "" | "status":
            await _tell(session, "/local status", await _status(session))
        case "start":
            said = await find_lms().start_server(port=_port(rest))
            await session.emit(Notice(level="info", text=said, hint="/model lists what it has."))
        case "stop":
            await session.emit(Notice(level="info", text=await find_lms().stop_server()))
        case "log":
            if rest and rest not in LOG_SOURCES:
                raise UsageError(f"{rest} is no log of LM Studio's.", hint=_USAGE)
            program = shlex.quote(find_lms().program)
            await session.run_command(f"{program} log stream --source={rest or LOG_SOURCES[0]}")
        case "configure":
            await _configure(session, rest)
        case "troubleshoot":
            await _troubleshoot(session)
        case _:
            raise UsageError(f"/local has no {revealed(word)}.", hint=_USAGE)


def local_server(settings: Settings) -> str:
    """Return the name of the LM Studio that is meant: the chosen provider where it is one."""
    chosen = settings.agent.provider
    return chosen if settings.provider_kind(chosen) == "lmstudio" else "lmstudio"


def checked_address(url: str) -> str:
    """Return an address as it is saved.

    Raises:
        UsageError: It is none.
    """
    try:
        return parse_base_url(url).root
    except ValueError as error:
        raise UsageError(f"{url!r}: {error}.") from error


def address_override(configuration: Configuration, server: str) -> str:
    """Return what says a server's address louder than the user's file; empty: nothing does."""
    origin = configuration.origin(f"providers.{server}.base_url")
    match origin:
        case "built-in" | "user":
            return ""
        case "environment":
            return "LMSTUDIO_BASE_URL"
        case "workspace":
            return "the workspace's vtcode.toml"
        case _:
            return origin


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65_536):
        raise UsageError(f"{text!r} is no port.", hint=_USAGE)
    return int(text)


async def _status(session: Session) -> list[Check]:
    """Ask `lms`, then every LM Studio that is known, which needs none."""
    server, check = await lms_status()
    checks = [check, *(await memory_checks() if server and server.running else ())]
    settings = session.configuration.settings
    for name in session.servers.names:
        if settings.provider_kind(name) == "lmstudio":
            checks += await server_checks(session.servers.provider(name))
    return checks


async def _configure(session: Session, url: str) -> None:
    settings = session.configuration.settings
    name = local_server(settings)
    key = f"providers.{name}.base_url"
    if not url:
        address = settings.provider(name).base_url or "http://localhost:1234, which is built in"
        origin = session.configuration.origin(key)
        text = f"{key} is {address} ({origin})."
        await session.emit(Notice(level="info", text=text, hint="/local configure URL sets it."))
        return
    file = session.saved_settings.save_base_url(name, checked_address(url))
    text = f"{key} is {checked_address(url)} now ({file})."
    await session.emit(Notice(level="info", text=text, hint="It counts from the next start of vtcode."))
    if louder := address_override(session.configuration, name):
        text = f"{louder} says another address, and counts before this one."
        await session.emit(Notice(level="warning", text=text))


async def _troubleshoot(session: Session) -> None:
    settings = session.configuration.settings
    provider = session.servers.provider(local_server(settings))
    checks = [check async for check in troubleshoot(provider, settings.agent.default_model)]
    await _tell(session, "/local troubleshoot", checks)


async def _tell(session: Session, name: str, checks: Iterable[Check]) -> None:
    await session.emit(CommandRan(command=name, text=report(checks)))
