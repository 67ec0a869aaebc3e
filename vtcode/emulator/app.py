"""The emulated server as an ASGI application: who may ask, what is there, and the models' life."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vtcode.emulator import bodies
from vtcode.emulator.chat import answer_chat
from vtcode.emulator.state import RecordedRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vtcode.emulator.state import EmulatorState, Surface

_LOAD_KEYS = frozenset(
    {
        "model",
        "context_length",
        "eval_batch_size",
        "flash_attention",
        "num_experts",
        "offload_kv_cache_to_gpu",
        "echo_load_config",
    }
)


def emulator_app(state: EmulatorState) -> ASGIApp:
    """Return the application that serves `state`."""
    listings: tuple[tuple[str, Surface, Callable[[EmulatorState], dict[str, Any]]], ...] = (
        ("/lmstudio-greeting", "greeting", lambda _: {"lmstudio": True}),
        ("/api/v1/models", "native", bodies.native_models),
        ("/api/v0/models", "beta", bodies.beta_models),
        ("/v1/models", "openai", bodies.openai_models),
    )
    routes = [
        Route(path, _listing(state, body), methods=["GET"])
        for path, surface, body in listings
        if surface in state.settings.surfaces
    ]
    if "native" in state.settings.surfaces:
        routes.append(Route("/api/v1/models/load", _with_body(state, _load), methods=["POST"]))
        routes.append(Route("/api/v1/models/unload", _with_body(state, _unload), methods=["POST"]))
    if "openai" in state.settings.surfaces:
        routes.append(Route("/v1/chat/completions", _with_body(state, answer_chat), methods=["POST"]))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    app.router.default = _unknown_endpoint
    return _Doorkeeper(app, state)


class _Doorkeeper:
    """Reads and records every request, asks for the token, and answers 200 to what does not exist."""

    def __init__(self, app: ASGIApp, state: EmulatorState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._state.requests.append(
            RecordedRequest(method=scope["method"], path=scope["path"], headers=headers, body=body)
        )
        authorization = headers.get("authorization", "")
        token = self._state.settings.token
        if token and authorization != f"Bearer {token}":
            refusal = JSONResponse(bodies.refused_token(authorization), status_code=401)
            await refusal(scope, receive, send)
            return
        await self._app(scope, _replaying(body, receive), send)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Give the body out once more, and then what comes after it: the client's going away."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


async def _unknown_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    message = f"Unexpected endpoint or method. ({scope['method']} {scope['path']})"
    await JSONResponse({"error": message})(scope, receive, send)


def _listing(
    state: EmulatorState, body: Callable[[EmulatorState], dict[str, Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return JSONResponse(body(state))

    return answer


def _with_body(
    state: EmulatorState, answer: Callable[[EmulatorState, dict[str, Any]], Response]
) -> Callable[[Request], Awaitable[Response]]:
    async def decode_and_answer(request: Request) -> Response:
        try:
            asked = json.loads(await request.body())
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return JSONResponse({"error": "The body is not a JSON object"}, status_code=400)
        return answer(state, asked)

    return decode_and_answer


def _load(state: EmulatorState, asked: dict[str, Any]) -> Response:
    unknown = [key for key in asked if key not in _LOAD_KEYS]
    if unknown:
        message = f"Unrecognized key(s) in object: '{unknown[0]}'"
        return _refusal("invalid_request", message, code="unrecognized_keys")
    name = asked.get("model")
    if not isinstance(name, str):
        return _missing("model")
    model = state.model(name)
    if model is None:
        return _refusal("model_not_found", f'Model "{name}" not found', param="model", status=404)
    instance = state.load(model, asked.get("context_length"))
    answer: dict[str, Any] = {
        "type": model.type,
        "instance_id": instance.id,
        "load_time_seconds": 0.1,
        "status": "loaded",
    }
    if asked.get("echo_load_config"):
        answer["load_config"] = {"context_length": instance.context_length}
    return JSONResponse(answer)


def _unload(state: EmulatorState, asked: dict[str, Any]) -> Response:
    wanted = asked.get("instance_id")
    if not isinstance(wanted, str):
        return _missing("instance_id")
    instance = next((one for one in state.instances if one.id == wanted), None)
    if instance is None:
        return _refusal("model_not_found", f'Instance "{wanted}" not found', param="instance_id", status=404)
    state.instances.remove(instance)
    return JSONResponse({"instance_id": wanted})


def _missing(param: str) -> Response:
    message = f'"{param}" is required'
    return _refusal("invalid_request", message, code="missing_required_parameter", param=param)


def _refusal(
    error_type: str, message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> Response:
    return JSONResponse(bodies.native_error(error_type, message, code=code, param=param), status_code=status)
