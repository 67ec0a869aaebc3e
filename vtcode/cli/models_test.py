"""`vtcode models test`: one tiny reply and one tiny call, or one vector. Loads nothing."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vtcode.agent.self_test import problem_in_mode
from vtcode.agent.tool_mode import ToolModes
from vtcode.bootstrap import servers_for
from vtcode.cli.configuration import load_configuration
from vtcode.cli.progress import ProgressLines
from vtcode.commands.model_places import find_place, server_name
from vtcode.errors import ProviderError, UsageError
from vtcode.messages import SystemMessage, UserMessage
from vtcode.providers.base import CompletedPart, Embedder, Request
from vtcode.providers.tool_modes import speak
from vtcode.session.model_settings import asked_with, wanted_tool_mode
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from vtcode.cli.arguments import Arguments
    from vtcode.commands.model_places import Place
    from vtcode.config.load import Configuration
    from vtcode.providers.base import Provider

_MESSAGES = (SystemMessage(text="Answer in one short sentence."), UserMessage(text="Say hello."))
_MAX_TOKENS = 256
"""Enough to take a speed from, and an end to a model that never stops."""
_TEXT = "vtcode"
_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """One thing that was tried."""

    name: str
    works: bool
    text: str
    measures: dict[str, Any] = field(default_factory=dict)
    """The same for a program."""


def run_models_test(arguments: Arguments) -> int:
    """Try a model, the loaded one where none is named; return 0 where all that was tried works, else 1.

    Raises:
        UsageError: It is not loaded: asking would load it.
        ProviderError: There is no such model, or its server can't be reached.
    """
    return asyncio.run(_run(arguments))


async def _run(arguments: Arguments) -> int:
    configuration = load_configuration(arguments)
    progress = ProgressLines(_to_stderr, redraws=sys.stderr.isatty())
    servers = servers_for(configuration, progress)
    try:
        current = arguments.server or configuration.settings.agent.provider
        name = arguments.model_name or configuration.settings.agent.default_model
        place = await find_place(servers, current, name, arguments.server)
        provider = await servers.opened(place.server)
        _require_loaded(place, configuration)
        if not arguments.json:
            print(f"{revealed(place.model.id)} on {server_name(place.server)}", flush=True)
        results = []
        async for result in _results(configuration, provider, place):
            progress.end()
            results.append(result)
            if not arguments.json:
                print(f"{'ok' if result.works else 'fail':<5} {result.name:<10} {result.text}", flush=True)
    finally:
        progress.end()
        await servers.aclose()
    works = all(result.works for result in results)
    if arguments.json:
        print(json.dumps(_as_json(place, results, works=works), ensure_ascii=False, indent=2))
    return 0 if works else 1


def _require_loaded(place: Place, configuration: Configuration) -> None:
    """Refuse to ask a model that its server would load for that.

    Raises:
        UsageError: With the command that loads it.
    """
    unknown = place.model.state == "unknown"
    may_load = configuration.settings.provider_kind(place.server) == "lmstudio"
    if place.model.state == "downloaded" or (unknown and may_load):
        name = place.model.key or place.model.id
        raise UsageError(
            f"{place.model.id} is not loaded: testing it would load it, which is yours to decide.",
            hint=f"vtcode models load {name}" if place.can_load else "Load it, then test it.",
        )


async def _results(configuration: Configuration, provider: Provider, place: Place) -> AsyncIterator[_Result]:
    if place.model.kind == "embedding":
        yield await _embedding(provider, place)
        return
    yield await _reply(configuration, provider, place)
    yield await _tool_call(configuration, provider, place)


async def _reply(configuration: Configuration, provider: Provider, place: Place) -> _Result:
    asked = asked_with(configuration.settings, place.model)
    limit = min(asked.sampling.max_tokens or _MAX_TOKENS, _MAX_TOKENS)
    request = Request(
        model=place.model.id,
        messages=_MESSAGES,
        sampling=replace(asked.sampling, max_tokens=limit),
        reasoning_effort=asked.reasoning_effort,
    )
    try:
        async with aclosing(speak(provider, request)) as parts:
            completed = [part async for part in parts if isinstance(part, CompletedPart)][-1]
    except ProviderError as error:
        return _failed("reply", error)
    said = " ".join(plain(completed.message.text).split())
    first, speed = completed.first_token_s, completed.tokens_per_s
    words = [
        f"first token after {first:.2f} s" if first is not None else "",
        f"{speed:.1f} tokens/s" if speed else "",
        f'it said "{said[:_SHOWN_CHARS]}"' if said else "reasoning alone",
    ]
    return _Result(
        name="reply",
        works=True,
        text=", ".join(word for word in words if word),
        measures={"first_token_s": first, "tokens_per_s": speed, "text": said},
    )


async def _tool_call(configuration: Configuration, provider: Provider, place: Place) -> _Result:
    settings = configuration.settings
    known = ToolModes.in_folder(configuration.locations.state)
    mode = known.usable(provider.address, place.model, wanted_tool_mode(settings, place.model))[0]
    problem = await problem_in_mode(provider, place.model, mode, asked_with(settings, place.model).sampling)
    text = f"in tool mode {mode}"
    if problem:
        text = (
            f"none {text}: {revealed(problem, keep_newlines=False)}; vtcode doctor finds the mode that fits"
        )
    return _Result(name="tool call", works=not problem, text=text, measures={"tool_mode": mode})


async def _embedding(provider: Provider, place: Place) -> _Result:
    if not isinstance(provider, Embedder):
        return _Result(name="embedding", works=False, text="not possible with this kind of server")
    started = time.monotonic()
    try:
        (vector,) = await provider.embed(place.model.id, [_TEXT])
    except ProviderError as error:
        return _failed("embedding", error)
    took_s = time.monotonic() - started
    return _Result(
        name="embedding",
        works=True,
        text=f"a vector of {len(vector):,} numbers after {took_s:.2f} s",
        measures={"vector_length": len(vector), "seconds": took_s},
    )


def _failed(name: str, error: ProviderError) -> _Result:
    return _Result(
        name=name, works=False, text=revealed(f"{error.message} {error.hint}".strip(), keep_newlines=False)
    )


def _as_json(place: Place, results: list[_Result], *, works: bool) -> dict[str, Any]:
    tried = [
        {"name": result.name, "ok": result.works, "text": result.text, **result.measures}
        for result in results
    ]
    return {"model": place.model.id, "server": place.server, "ok": works, "results": tried}


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
