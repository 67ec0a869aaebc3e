"""Why the server does not answer, in its own words; each surface puts them into its own shape."""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "invalid",
    "unknown_model",
    "nothing_loaded",
    "load_failed",
    "prediction",
    "template",
    "permission",
    "plugin",
    "mcp",
    "unknown_job",
]
"""`prediction`: the model was asked, and failed; `template`: its chat template did; `plugin`, `mcp`: tools of
the server's own can't be connected to."""

NOTHING_LOADED = "No models loaded. Please load a model in the developer page or use the 'lms load' command."
MODEL_UNLOADED = "Model unloaded."
WINDOW_FULL = "Context size has been exceeded."


class Refused(Exception):
    """The server's refusal; raised where the reason is found, told in the surface's shape."""

    def __init__(
        self, message: str, *, kind: Kind = "invalid", code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param


def missing(param: str) -> Refused:
    """A required key of a native request is not there."""
    return Refused(f'"{param}" is required', code="missing_required_parameter", param=param)


def unrecognized(key: str) -> Refused:
    """A key that a strict surface does not know."""
    return Refused(f"Unrecognized key(s) in object: '{key}'", code="unrecognized_keys")


def nothing_loaded() -> Refused:
    """No model is in memory, and none may be loaded."""
    return Refused(NOTHING_LOADED, kind="nothing_loaded", param="model")


def unknown_model(name: str, known: list[str]) -> Refused:
    """The model is not downloaded."""
    return Refused(
        f'Model "{name}" not found. Please specify a valid model.\n\nYour models:\n\n' + "\n".join(known),
        kind="unknown_model",
        code="model_not_found",
        param="model",
    )


def load_failed(name: str, reason: str) -> Refused:
    """The model could not be loaded."""
    return Refused(
        f'Failed to load model "{name}". Error: {reason}',
        kind="load_failed",
        code="model_not_found",
        param="model",
    )


def prompt_too_long(prompt_tokens: int, window_tokens: int) -> Refused:
    """The prompt alone is larger than the window."""
    return Refused(
        "The number of tokens to keep from the initial prompt is greater than the context length "
        f"({prompt_tokens} > {window_tokens}). Try to load the model with a larger context length, or "
        "provide a shorter input.",
        kind="prediction",
    )


def crashed(exit_code: int | str) -> Refused:
    """The model's process died."""
    return Refused(
        f"The model has crashed without additional information. (Exit code: {exit_code})", kind="prediction"
    )


def window_full() -> Refused:
    """Replies that run together have outgrown the window that they share."""
    return Refused(WINDOW_FULL, kind="prediction")


def unloaded() -> Refused:
    """The instance that answered is no longer in memory."""
    return Refused(MODEL_UNLOADED, kind="prediction")


def template_refused(reason: str) -> Refused:
    """The model's chat template raised."""
    return Refused(f'Error rendering prompt with jinja template: "{reason}".', kind="template")
