"""Which of a server's models a name means. Nothing here does I/O."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from vtcode.errors import ModelNotFound, NoModelLoaded
from vtcode.providers.server_errors import load_hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vtcode.providers.model_info import ModelInfo
    from vtcode.providers.server_words import Server

_MAX_NAMED = 10


def choose_model(models: Sequence[ModelInfo], wanted: str, server: Server) -> ModelInfo:
    """Return the model that `wanted` names; empty: the one that is loaded.

    A name is tried as an id, as an alias (key, variant), without regard to case, and, where it names no
    quantisation, as the last part of a path; the first of these that fits decides, loaded models go first.

    Raises:
        ModelNotFound: None fits, several do, or it is a model that can't chat.
        NoModelLoaded: `wanted` is empty and no chat model is loaded.
    """
    chat_models = sorted(
        (model for model in models if model.kind == "llm"), key=lambda model: model.state != "loaded"
    )
    if not wanted:
        return _default(chat_models, server)
    for matches in _matchers(wanted):
        found = [model for model in chat_models if matches(model)]
        if found:
            return _only(found, wanted, server)
    if any(wanted in _names(model) for model in models):
        raise ModelNotFound(
            f"{wanted} on {server.place} is not a model that can chat.",
            hint="Choose another one with --model or /model.",
        )
    raise ModelNotFound(f"{server} has no model {wanted!r}.", hint=_known(chat_models, wanted))


def key_of(model: ModelInfo) -> str:
    """Return what all instances of a model share."""
    return model.key or model.id


def _default(chat_models: Sequence[ModelInfo], server: Server) -> ModelInfo:
    if chat_models and (chat_models[0].state == "loaded" or _is_only_unknown(chat_models)):
        return chat_models[0]
    if any(model.state == "unknown" for model in chat_models):
        raise NoModelLoaded(
            f"{server} does not say which of its models is loaded.",
            hint=f"Choose one with --model or /model: {_listed(model.id for model in chat_models)}.",
        )
    hint = load_hint(server)
    if chat_models:
        hint += f" It has: {_listed(model.id for model in chat_models)}."
    raise NoModelLoaded(f"{server} has no model loaded.", hint=hint)


def _is_only_unknown(chat_models: Sequence[ModelInfo]) -> bool:
    return len(chat_models) == 1 and chat_models[0].state == "unknown"


def _matchers(wanted: str) -> tuple[Callable[[ModelInfo], bool], ...]:
    folded, base = wanted.casefold(), "" if "@" in wanted else _base(wanted)
    return (
        lambda model: model.id == wanted,
        lambda model: wanted in model.aliases,
        lambda model: folded in {name.casefold() for name in _names(model)},
        lambda model: base in {_base(name) for name in _names(model)},
    )


def _only(found: Sequence[ModelInfo], wanted: str, server: Server) -> ModelInfo:
    """Return the first where all that fit are one model, or only one of them is loaded."""
    loaded = [model for model in found if model.state == "loaded"] or found
    if len({key_of(model) for model in loaded}) > 1:
        raise ModelNotFound(
            f"{wanted!r} fits several models on {server.place}.",
            hint=f"Write one of them in full: {_listed(model.id for model in loaded)}.",
        )
    return loaded[0]


def _known(chat_models: Sequence[ModelInfo], wanted: str) -> str:
    names = {name.casefold(): model.id for model in chat_models for name in (*_names(model), _base(model.id))}
    near = dict.fromkeys(
        names[name] for name in difflib.get_close_matches(wanted.casefold(), names, cutoff=0.5)
    )
    if not chat_models:
        return "It has no chat model at all: download one first."
    others = [model.id for model in chat_models if model.id not in near]
    meant = f"Did you mean {_listed(near)}? " if near else ""
    listed = f"It {'also ' if near else ''}has: {_listed(others)}. " if others else ""
    return f"{meant}{listed}Choose one with --model or /model."


def _listed(names: Iterable[str]) -> str:
    all_names = list(names)
    shown = ", ".join(all_names[:_MAX_NAMED])
    return shown if len(all_names) <= _MAX_NAMED else f"{shown} and {len(all_names) - _MAX_NAMED} more"


def _names(model: ModelInfo) -> tuple[str, ...]:
    return (model.id, *model.aliases)


def _base(name: str) -> str:
    """Return the last part of a model's path, without `@quantisation`, `:instance` and `-GGUF`."""
    return re.sub(r"[@:].*$", "", name.casefold().rpartition("/")[2]).removesuffix("-gguf")
