"""What keeps an LM Studio from answering: one check after the other, each with the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vtcode.commands.checks import Check
from vtcode.commands.model_work import RECOMMENDED_TOKENS, SMALL_TOKENS
from vtcode.errors import ProviderError, Unauthorized, UserFacingError, WrongEndpoint
from vtcode.providers.lms import find_lms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from vtcode.providers.base import Provider
    from vtcode.providers.lms import LmsInstance, LmsServer
    from vtcode.providers.model_info import ModelInfo

_STATUS_WORDS = {
    "processingPrompt": "processing the prompt",
    "computingEmbedding": "computing vectors",
}
_HERE = ("localhost", "127.0.0.1", "::1")


async def lms_status() -> tuple[LmsServer | None, Check]:
    """Ask `lms` whether this machine's LM Studio serves; None: it can't be asked."""
    try:
        server = await find_lms().server_status()
    except UserFacingError as error:
        return None, Check(name="lms", verdict="note", text=error.message, hint=error.hint)
    if server.running:
        return server, Check(
            name="lms", verdict="ok", text=f"LM Studio's server runs on this machine, port {server.port}."
        )
    hint = "Start it: /local start, or vtcode local start."
    return server, Check(
        name="lms", verdict="note", text="LM Studio's server does not run on this machine.", hint=hint
    )


async def memory_checks() -> list[Check]:
    """Ask `lms` what this machine's LM Studio has in memory, and what that is doing."""
    try:
        instances = await find_lms().ps()
    except UserFacingError as error:
        return [Check(name="lms", verdict="note", text=error.message, hint=error.hint)]
    if not instances:
        return [Check(name="lms", verdict="note", text="No model is in memory.", hint="/model loads one.")]
    return [Check(name="lms", verdict="note", text=_doing(instance)) for instance in instances]


def _doing(instance: LmsInstance) -> str:
    ttl_min = round((instance.ttl_s or 0) / 60)
    facts = (
        f"window {instance.window_tokens:,}" if instance.window_tokens else "",
        _STATUS_WORDS.get(instance.status, instance.status),
        f"{instance.queued} waiting" if instance.queued else "",
        f"{instance.parallel} at a time" if instance.parallel else "",
        f"unloaded when idle for {ttl_min} min" if ttl_min else "",
    )
    return f"{instance.identifier}: " + ", ".join(fact for fact in facts if fact)


async def troubleshoot(provider: Provider, wanted_model: str) -> AsyncIterator[Check]:
    """Look at what usually goes wrong, in this order; stops where the next check makes no sense.

    Args:
        provider: The server.
        wanted_model: The configured model; empty: none is.
    """
    server, check = await lms_status()
    yield check
    if elsewhere := _other_port(provider.address, server):
        yield elsewhere
    found = await server_checks(provider)
    for check in found:
        yield check
    if wanted_model and found[0].verdict == "ok":
        yield await _wanted_check(provider, wanted_model)


async def server_checks(provider: Provider) -> list[Check]:
    """Ask a server itself: whether it answers, and what it has in memory with which window."""
    try:
        await provider.open()
        models = await provider.list_models()
    except ProviderError as error:
        return [_unreached(provider, error)]
    text = f"{provider.address} answers, and takes our key or wants none."
    answers = Check(name="server", verdict="ok", text=text)
    return [answers, _models_check(models), *filter(None, map(_window_check, models))]


def _other_port(address: str, server: LmsServer | None) -> Check | None:
    parts = urlsplit(address)
    if server is None or not server.running or parts.hostname not in _HERE:
        return None
    if server.port in (None, parts.port or 80):
        return None
    return Check(
        name="address",
        verdict="fail",
        text=f"vtcode asks at {address}, but the server listens on port {server.port}.",
        hint=f"Set it: vtcode local configure localhost:{server.port}, or LMSTUDIO_BASE_URL.",
    )


def _unreached(provider: Provider, error: ProviderError) -> Check:
    match error:
        case Unauthorized():
            hint = ""
        case WrongEndpoint():
            hint = "Another program may listen there: compare the port with LM Studio's Developer page."
        case _ if urlsplit(provider.address).hostname in _HERE:
            hint = ""
        case _:
            hint = "Is 'Serve on Local Network' on, on its Developer page, and no firewall in between?"
    return Check(name="server", verdict="fail", text=error.message, hint=f"{error.hint} {hint}".strip())


def _models_check(models: Sequence[ModelInfo]) -> Check:
    chat = [model for model in models if model.kind == "llm"]
    loaded = [_with_window(model) for model in chat if model.state == "loaded"]
    if not chat:
        return Check(
            name="models",
            verdict="fail",
            text="The server has no chat model.",
            hint="Download one: /model download NAME, vtcode models download NAME, or lms get NAME.",
        )
    text = f"Chat models: {len(chat)}; loaded: {', '.join(loaded) or 'none'}."
    hint = "" if loaded else "/model loads one."
    return Check(name="models", verdict="ok" if loaded else "note", text=text, hint=hint)


def _with_window(model: ModelInfo) -> str:
    return f"{model.id} (window {model.window_tokens:,})" if model.window_tokens else model.id


async def _wanted_check(provider: Provider, wanted_model: str) -> Check:
    try:
        model = await provider.resolve_model(wanted_model)
    except ProviderError as error:
        return Check(name="model", verdict="fail", text=error.message, hint=error.hint)
    return Check(name="model", verdict="ok", text=f"The configured model is there: {model.id}.")


def _window_check(model: ModelInfo) -> Check | None:
    if model.kind != "llm" or model.window_tokens is None or model.window_tokens >= SMALL_TOKENS:
        return None
    command = f"load {model.key or model.id} --context-length {RECOMMENDED_TOKENS}"
    return Check(
        name="window",
        verdict="fail",
        text=f"{model.id} has a window of {model.window_tokens:,} tokens: too few for work with tools.",
        hint=f"/model {command}, or vtcode models {command}.",
    )
