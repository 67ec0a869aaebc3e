"""What a server says when it fails, turned into one of our errors: the same failure has several texts over
the versions of a server. Nothing here does I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from vtcode.errors import (
    IntegrationRefused,
    KeysRefused,
    LoadRefused,
    ModelCrashed,
    ModelNotFound,
    NoModelLoaded,
    ProviderError,
    ReplyForgotten,
    TemplateRefused,
    ToolsRefused,
    Unauthorized,
    UnreadableCall,
    WindowExceeded,
    WrongEndpoint,
)

if TYPE_CHECKING:
    from vtcode.providers.fault import Fault
    from vtcode.providers.server_words import Server

_REFUSED_KEYS = re.compile(r"unrecognized key\(s\) in object: (.*)", re.IGNORECASE)
_Texts: TypeAlias = tuple[tuple[str, ...], ...]
_UNREADABLE: _Texts = (
    ("failed to parse tool call",),
    ("tool_format_generation_error",),
    ("does not match the expected peg-native format",),
)
_ABOUT_ACCESS: _Texts = (("invalid_api_key",), ("malformed lm studio api token",))


def provider_error(fault: Fault, server: Server, *, model: str = "") -> ProviderError:
    """Return the error that says what happened and what to do next."""
    if _is_about_access(fault):
        return _unauthorized(fault, server)
    said = f"{fault.type} {fault.code} {fault.param} {fault.message}".lower()
    words = server.quoted(fault.message).rstrip(".")
    for texts, build in _CLASSES:
        if _says(said, texts):
            return build(words, server, model)
    if keys := _refused_keys(fault):
        return KeysRefused(
            f"{server} does not take {', '.join(keys)}: {words}.",
            hint="Take it out of vtcode.toml, or choose another model or wire.",
            keys=keys,
        )
    if fault.status == 404:
        return _wrong_endpoint(words, server, model)
    status = "" if fault.status < 400 else f" (HTTP {fault.status})"
    return ProviderError(
        f"{server} failed{status}: {words or 'it gave no reason'}.",
        hint="Try again; the server's own log says more"
        + (" (lms log stream)." if server.lm_studio else "."),
    )


def _is_about_access(fault: Fault) -> bool:
    if fault.status in (401, 403):
        return True
    said = f"{fault.code} {fault.message}".lower()
    return not _says(said, _UNREADABLE) and _says(said, _ABOUT_ACCESS)


def _says(said: str, texts: _Texts) -> bool:
    """Tell whether all parts of one of the texts occur."""
    return any(all(part in said for part in text) for text in texts)


def _refused_keys(fault: Fault) -> tuple[str, ...]:
    """Return the keys of the request that the server does not take; empty where it says nothing of keys."""
    if found := _REFUSED_KEYS.search(fault.message):
        return tuple(re.findall(r"'([\w.]{1,64})'", found.group(1)))
    return ("reasoning",) if (fault.code, fault.param) == ("invalid_value", "reasoning") else ()


def _unauthorized(fault: Fault, server: Server) -> ProviderError:
    """Build the error without a word of the body, which may echo the token."""
    if fault.status == 403 and ("plugin" in fault.message.lower() or "mcp" in fault.message.lower()):
        return _integration_refused("permission denied (HTTP 403)", server, "")
    if fault.status == 403:
        return Unauthorized(
            f"{server} does not permit this request (HTTP 403).",
            hint="Give the API token the permission that is missing, in the server's settings.",
        )
    if server.lm_studio and server.secret:
        hint = (
            "Check LMSTUDIO_API_KEY and LM_API_TOKEN against the tokens in LM Studio (Developer, Server "
            "Settings); the first one that is set is sent."
        )
    elif server.lm_studio:
        hint = (
            "Make a token in LM Studio (Developer, Server Settings) and set it as LM_API_TOKEN, or turn "
            "Require Authentication off there."
        )
    else:
        hint = "Set the environment variable named by this provider's api_key_env to a valid key."
    what = "refuses the API token that was sent" if server.secret else "wants an API token, and none is set"
    return Unauthorized(f"{server} {what} (HTTP 401).", hint=hint)


def _window_exceeded(words: str, server: Server, model: str) -> ProviderError:
    hint = "Shorten the conversation (/clear starts over), or load the model with a larger context length"
    hint += f": {_load_command(model)}." if server.lm_studio else "."
    return WindowExceeded(f"The prompt does not fit the model's window: {words}.", hint=hint)


def _load_refused(words: str, server: Server, model: str) -> ProviderError:
    hint = "Choose a smaller model or a smaller context length; other loaded models take memory too"
    hint += " (vtcode models lists them, vtcode models unload ID)." if server.lm_studio else "."
    return LoadRefused(f"{server} could not load {_named(model)}: {words}.", hint=hint)


def _crashed(words: str, server: Server, model: str) -> ProviderError:
    hint = "Try again; if it happens again, load the model anew"
    hint += f": {_load_command(model)}." if server.lm_studio and model else "."
    name, said = _named(model, start=True), words.lower()
    if "has crashed" in said:
        code = re.search(r"exit code: (\d+)", said)
        return ModelCrashed(f"{name} crashed{f' (exit code {code[1]})' if code else ''}.", hint=hint)
    if "unloaded" in said:
        return ModelCrashed(f"{name} was unloaded while it answered.", hint=hint)
    return ModelCrashed(f"{name} failed: {words}.", hint=hint)


def _template_refused(words: str, server: Server, model: str) -> ProviderError:
    hint = "Start over with /clear; if it stays, the model's chat template is at fault: choose another model."
    return TemplateRefused(f"The chat template of {_named(model)} refused the messages: {words}.", hint=hint)


def _bad_call(words: str, server: Server, model: str) -> ProviderError:
    return UnreadableCall(
        f"{server} could not read the tool call that the model wrote: {words}.",
        hint="Try again, or choose a model that is trained for tool use with /model.",
    )


def _tools_refused(words: str, server: Server, model: str) -> ProviderError:
    return ToolsRefused(
        f"{server} does not take these tools with {_named(model)}: {words}.",
        hint="`vtcode doctor` tells which tool mode this model needs; or choose another one with /model.",
    )


def _not_found(words: str, server: Server, model: str) -> ProviderError:
    return ModelNotFound(
        f"{server} does not know {_named(model)}: {words}.", hint="Choose one with --model or /model."
    )


def _nothing_loaded(words: str, server: Server, model: str) -> ProviderError:
    return NoModelLoaded(f"{server} has no model loaded.", hint=load_hint(server, model))


def _forgotten(words: str, server: Server, model: str) -> ProviderError:
    return ReplyForgotten(
        f"{server} no longer has the reply to go on from: {words}.", hint="Send the message again."
    )


def _integration_refused(words: str, server: Server, model: str) -> ProviderError:
    return IntegrationRefused(
        f"{server} can't use the MCP servers listed as integrations: {words}.",
        hint='In LM Studio, Developer, Server Settings: for a plugin turn on "Allow calling servers from '
        'mcp.json", which needs "Require Authentication" and a token that may use plugins; for an address, '
        'which must be a public one, "Allow per-request MCPs". Or take it out of integrations in '
        "vtcode.toml.",
    )


def _wrong_endpoint(words: str, server: Server, model: str) -> ProviderError:
    return WrongEndpoint(
        f"{server} answers, but not at this path: {words or 'HTTP 404'}.",
        hint="Check base_url: scheme, host and port of the server, with or without /v1.",
    )


def load_hint(server: Server, model: str = "") -> str:
    """Say how to get a model loaded."""
    if server.lm_studio:
        return f"Load one ({_load_command(model)}), or choose one with --model or /model."
    return "Start the server with a model, or choose one with --model or /model."


def _load_command(model: str) -> str:
    """Return what loads a model from the app, and from a shell with a window to work in."""
    name = model or "ID"
    return f"/model load {name}, or vtcode models load {name} --context-length 16384"


def _named(model: str, *, start: bool = False) -> str:
    return model or ("The model" if start else "the model")


_CLASSES = (
    # Each text is a set of parts that must all occur, in lower case. First match wins: what could not be
    # parsed quotes what the model wrote, and a load failure comes with the code of an unknown model.
    (_UNREADABLE, _bad_call),
    ((("previous_response",), ("previous response",), ("resp_", "not found")), _forgotten),
    (
        (
            ("plugin_connection_error",),
            ("mcp_connection_error",),
            ("external_connector_error",),
            ("permission denied to use",),
            ("cannot find plugin handle",),
            ("unable to get plugin tools",),
        ),
        _integration_refused,
    ),
    (
        (
            ("does not fit in context length",),
            ("context size has been exceeded",),
            ("cannot truncate prompt with n_keep",),
            ("number of tokens to keep from the initial prompt", "greater than the context length"),
            ("trying to keep the first", "context the overflows"),
            ("reached context length of", "does not currently support mid-generation context overflow"),
            ("exceeds the available context size",),
            ("exceed_context_size_error",),
            ("maximum context length",),
            ("context_length_exceeded",),
        ),
        _window_exceeded,
    ),
    (
        (
            ("does not support tools",),  # Ollama
            ("tools param requires --jinja",),  # llama.cpp
            ("tool choice requires --enable-auto-tool-choice",),  # vLLM
            ('"function"', '"parameters"'),  # LM Studio: a tool's schema is not to its taste
            ("failed to parse grammar",),
            ("response_format",),
            ("json schema conversion failed",),
        ),
        _tools_refused,
    ),
    (
        (
            ("insufficient system resources",),
            ("failed to load model",),
            ("error loading model",),
            ("model_load_failed",),
            ("sigabrt",),
        ),
        _load_refused,
    ),
    (
        (
            ("error rendering prompt with jinja template",),
            ("jinja exception",),
            ("roles must alternate",),
            ("no user query found in messages",),
            ("only user, assistant and tool roles are supported",),
            ("cannot pass both content and thinking",),
            ("unknown test: sequence",),
        ),
        _template_refused,
    ),
    (
        (
            ("model has crashed",),
            ("model unloaded",),
            ("model is unloaded",),
            ("channel error",),
            ("received prediction-error",),
            ("fetch failed",),
            ("exited before becoming healthy",),
            ("compute error",),
        ),
        _crashed,
    ),
    ((("no models loaded",),), _nothing_loaded),
    ((("model_not_found",), ("model is not embedding",), ("model", "does not exist")), _not_found),
    ((("unexpected endpoint or method",),), _wrong_endpoint),
)
