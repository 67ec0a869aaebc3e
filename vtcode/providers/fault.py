"""A failure as a server told it, whatever shape it had.

LM Studio alone answers with a string, a string that holds JSON, an object, or an event inside a 200. Nothing
here does I/O.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from vtcode.providers.fields import text_in

_WEB_PAGE = re.compile(r"\s*<(!doctype|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A failure as the server told it, whatever shape it had."""

    message: str
    type: str = ""
    code: str = ""
    param: str = ""
    """The key of the request that is at fault."""
    status: int = 200
    """The HTTP status; 200 where the failure came inside a stream."""


def read_fault(body: object, *, status: int = 200) -> Fault:
    """Level a decoded error body: an object with `error`, the error itself, a string, JSON in a string.

    A web page, as proxies and other programs send it, says nothing.
    """
    if isinstance(body, str):
        if _WEB_PAGE.match(body):
            return Fault(message="", status=status)
        inner = _json_object(body)
        return Fault(message=body, status=status) if inner is None else read_fault(inner, status=status)
    if not isinstance(body, dict):
        return Fault(message="" if body is None else json.dumps(body), status=status)
    error = body.get("error") or body
    if isinstance(error, str):
        return _with_outer(read_fault(error, status=status), body)
    if not isinstance(error, dict):
        return Fault(message=json.dumps(error), status=status)
    message = error.get("message") or body.get("message") or error.get("detail") or json.dumps(error)
    return Fault(
        message=message if isinstance(message, str) else json.dumps(message),
        type=text_in(error.get("type")),
        code=text_in(error.get("code")),
        param=text_in(error.get("param")),
        status=status,
    )


def is_error_body(body: object, expected_key: str) -> bool:
    """Tell whether a 2xx body is an error: LM Studio answers unknown paths with 200 and `error`."""
    return isinstance(body, dict) and bool(body.get("error")) and expected_key not in body


def _json_object(text: str) -> object | None:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(inner, list):
        inner = next((item for item in inner if isinstance(item, dict)), None)
    return inner if isinstance(inner, dict) else None


def _with_outer(fault: Fault, body: dict[str, Any]) -> Fault:
    return Fault(
        message=fault.message,
        type=fault.type or text_in(body.get("type")),
        code=fault.code or text_in(body.get("code")),
        param=fault.param or text_in(body.get("param")),
        status=fault.status,
    )
