"""`vtcode models`: the servers' models, listed, loaded, unloaded and downloaded."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vtcode.agent.cancellation import despite_cancellation
from vtcode.bootstrap import servers_for
from vtcode.cli.configuration import load_configuration
from vtcode.cli.models_text import info_json, info_text, listings_json, listings_text
from vtcode.cli.progress import ProgressLines
from vtcode.commands.model_places import find_place, server_name
from vtcode.commands.model_work import ModelWork, in_memory, lifecycle_of
from vtcode.errors import ModelNotFound, UsageError, UserFacingError
from vtcode.events import Notice
from vtcode.frontends.jsonl import JsonLines
from vtcode.session.downloads import follow
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.cli.arguments import Arguments
    from vtcode.config.schema import Settings
    from vtcode.session.servers import Servers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run of the command."""

    arguments: Arguments
    settings: Settings
    servers: Servers
    progress: ProgressLines

    @property
    def server(self) -> str:
        """The server that is meant where nothing else says so."""
        return self.arguments.server or self.settings.agent.provider


def run_models(arguments: Arguments) -> int:
    """Do what the command line wants of the models; return the exit code.

    Raises:
        UserFacingError: It can't be done; with `--json` stdout has got the same as an `error` object.
    """
    try:
        if arguments.action == "test":
            from vtcode.cli.models_test import run_models_test

            return run_models_test(arguments)
        return asyncio.run(_run(arguments))
    except UserFacingError as error:
        if arguments.json:
            JsonLines(write=_to_stdout).error(error.message, error.hint)
        raise


async def _run(arguments: Arguments) -> int:
    configuration = load_configuration(arguments)
    progress = ProgressLines(
        _to_stderr, redraws=sys.stderr.isatty(), as_json=_to_stdout if arguments.json else None
    )
    servers = servers_for(configuration, progress)
    run = _Run(arguments=arguments, settings=configuration.settings, servers=servers, progress=progress)
    actions = {"load": _load, "unload": _unload, "download": _download, "info": _info}
    try:
        return await actions.get(arguments.action, _list)(run)
    finally:
        progress.end()
        await servers.aclose()


async def _list(run: _Run) -> int:
    listings = await run.servers.listings(run.arguments.server)
    problems = [listing.problem for listing in listings if listing.problem]
    if problems and not any(listing.models or not listing.problem for listing in listings):
        raise problems[0]
    if run.arguments.json:
        _print_json(listings_json(listings))
    else:
        print(listings_text(listings))
    return 1 if len(problems) == len(listings) else 0


async def _info(run: _Run) -> int:
    arguments = run.arguments
    place = await find_place(run.servers, run.server, arguments.model_name, arguments.server)
    if arguments.json:
        _print_json(info_json(place))
    else:
        print(info_text(place))
    return 0


async def _load(run: _Run) -> int:
    arguments = run.arguments
    place = await find_place(run.servers, run.server, arguments.model_name, arguments.server)
    provider = await run.servers.opened(place.server)
    work = ModelWork(servers=run.servers, settings=run.settings, ask=None, emit=run.progress.show)
    loaded = await in_memory(work, provider, place.model, dict(arguments.load_options))
    run.progress.end()
    if arguments.json:
        _print_json(info_json(replace(place, model=loaded)))
    else:
        window = f" with a window of {loaded.window_tokens:,} tokens" if loaded.window_tokens else ""
        print(f"{revealed(loaded.id)} is loaded on {server_name(place.server)}{window}.")
    return 0


async def _unload(run: _Run) -> int:
    arguments = run.arguments
    if arguments.all == bool(arguments.model_name):
        raise UsageError("Either one model or --all.", hint="vtcode models list shows what is loaded.")
    server = await _server_of(run, arguments.model_name)
    lifecycle = lifecycle_of(await run.servers.opened(server))
    if arguments.all:
        gone: Sequence[str] = await lifecycle.unload_all()
    else:
        await lifecycle.unload(arguments.model_name)
        gone = (arguments.model_name,)
    if arguments.json:
        _print_json({"server": server, "unloaded": list(gone)})
    else:
        print("\n".join(f"Unloaded {revealed(name)}." for name in gone) or "Nothing was loaded.")
    return 0


async def _server_of(run: _Run, name: str) -> str:
    """Return the server that has a model; where none has, the one that is meant: it tells what is loaded."""
    if not name:
        return run.server
    try:
        return (await find_place(run.servers, run.server, name, run.arguments.server)).server
    except ModelNotFound:
        return run.server


async def _download(run: _Run) -> int:
    name = run.arguments.model_name
    lifecycle = lifecycle_of(await run.servers.opened(run.server))
    try:
        last = await follow(name, lifecycle.download(name), run.progress.show)
    except asyncio.CancelledError:
        text = f"No longer waiting for {name}; the server goes on downloading it."
        await despite_cancellation(run.progress.show(Notice(level="info", text=text)))
        raise
    run.progress.end()
    is_there = last.state in ("completed", "already_downloaded")
    if is_there and not run.arguments.json:
        print(f"{revealed(last.listed_as or name)} is on {server_name(run.server)}.")
    return 0 if is_there else 1


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _to_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
