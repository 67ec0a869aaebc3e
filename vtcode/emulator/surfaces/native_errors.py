"""Errors under `/api/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from vtcode.emulator.refusals import Kind, Refused


class _Told(NamedTuple):
    type: str
    status: int


_TOLD: dict[Kind, _Told] = {
    "invalid": _Told("invalid_request", 400),
    "unknown_model": _Told("model_not_found", 404),
    "nothing_loaded": _Told("model_not_found", 404),
    "load_failed": _Told("model_load_failed", 500),
    "prediction": _Told("internal_error", 500),
    "template": _Told("internal_error", 500),
    "permission": _Told("invalid_request", 403),
    "plugin": _Told("plugin_connection_error", 500),
    "mcp": _Told("mcp_connection_error", 500),
    "unknown_job": _Told("job_not_found", 404),
}


def native_error(refused: Refused) -> dict[str, Any]:
    """Return the error's object."""
    message, kind = refused.message, _TOLD[refused.kind].type
    if refused.kind == "template":
        message = f"Engine protocol applyPromptTemplate request returned 500: Jinja Exception: {message}"
    elif message.startswith("Failed to parse tool call"):
        kind = "tool_format_generation_error"
    return {"type": kind, "message": message, "code": refused.code, "param": refused.param}


def refuse_native(refused: Refused) -> Response:
    """Return a refusal of this surface."""
    return JSONResponse({"error": native_error(refused)}, status_code=_TOLD[refused.kind].status)
