"""The emulated server as an ASGI application: who may ask, what is there, and which surface answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vtcode.emulator import memory
from vtcode.emulator.refusals import Refused, unknown_model
from vtcode.emulator.reply import reply_to
from vtcode.emulator.state import RecordedRequest
from vtcode.emulator.surfaces import listings, native_models
from vtcode.emulator.surfaces.chat_completions import ChatCompletions, refuse_openai
from vtcode.emulator.surfaces.completions import Completions
from vtcode.emulator.surfaces.embeddings import embed
from vtcode.emulator.surfaces.messages import Messages
from vtcode.emulator.surfaces.native_chat import NativeChat
from vtcode.emulator.surfaces.native_errors import refuse_native
from vtcode.emulator.surfaces.responses import Responses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vtcode.emulator.ask import Surface
    from vtcode.emulator.state import EmulatorState
    from vtcode.emulator.state import Surface as SurfaceName

    Endpoint = Callable[[Request], Awaitable[Response]]
    Answer = Callable[[EmulatorState, dict[str, Any]], Awaitable[dict[str, Any]]]
    Refuse = Callable[[Refused], Response]

_NO_AUTHORIZATION = (
    "An LM Studio API token is required to make requests to this server, but none was provided using the "
    "Authorization header using the 'Bearer' scheme (i.e., 'Authorization: Bearer $LM_API_TOKEN'). Learn "
    "more at: https://lmstudio.ai/docs/developer/core/authentication."
)


def emulator_app(state: EmulatorState) -> ASGIApp:
    """Return the application that serves `state`."""
    routes: dict[SurfaceName, list[Route]] = {
        "greeting": [_get("/lmstudio-greeting", lambda _: {"lmstudio": True}, state)],
        "native": [
            _get("/api/v1/models", listings.native_models, state),
            _post("/api/v1/models/load", _asking(state, native_models.load, refuse_native)),
            _post("/api/v1/models/unload", _asking(state, native_models.unload, refuse_native)),
            _post("/api/v1/models/download", _asking(state, native_models.download, refuse_native)),
            Route("/api/v1/models/download/status/{job_id}", _download_status(state), methods=["GET"]),
            _post("/api/v1/chat", _replying(state, NativeChat())),
        ],
        "beta": [
            _get("/api/v0/models", listings.beta_models, state),
            Route("/api/v0/models/{model:path}", _beta_model(state), methods=["GET"]),
            _post("/api/v0/chat/completions", _replying(state, ChatCompletions(beta=True))),
            _post("/api/v0/completions", _replying(state, Completions(beta=True))),
            _post("/api/v0/embeddings", _asking(state, embed, refuse_openai)),
        ],
        "openai": [
            _get("/v1/models", listings.openai_models, state),
            _post("/v1/chat/completions", _replying(state, ChatCompletions())),
            _post("/v1/completions", _replying(state, Completions())),
            _post("/v1/embeddings", _asking(state, embed, refuse_openai)),
        ],
        "responses": [_post("/v1/responses", _replying(state, Responses()))],
        "messages": [_post("/v1/messages", _replying(state, Messages()))],
    }
    served = [route for name in state.settings.surfaces for route in routes[name]]
    app = Starlette(routes=served, exception_handlers={405: _wrong_method})
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
        memory.expire(self._state)
        send = self._with_headers(send)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> Response | None:
        """Return the answer to who may not ask, or asks whether they may."""
        if scope["method"] == "OPTIONS" and self._state.settings.cors:
            return Response(status_code=204)
        token = self._state.settings.token
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if scope["path"].startswith("/v1/messages"):
            given = given or headers.get("x-api-key", "")
        if not token or (given == token and not self._state.faults_for("access").auth_malformed):
            return None
        error: dict[str, Any] = {"type": "invalid_request", "code": "invalid_api_key"}
        if scope["path"].startswith("/v1/"):
            error |= {"type": "invalid_request_error", "param": None}
        said = f"Malformed LM Studio API token provided: {given[:10]}***" if given else _NO_AUTHORIZATION
        return JSONResponse({"error": error | {"message": said}}, status_code=401)

    def _with_headers(self, send: Send) -> Send:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"x-powered-by", b"Express")]
                if self._state.settings.cors:
                    extra.append((b"access-control-allow-origin", b"*"))
                    extra.append((b"access-control-allow-headers", b"*"))
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        return send_more


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body out once more, and then what comes after it: the client's going away."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


async def _unknown_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    await _unexpected(scope["method"], scope["path"])(scope, receive, send)


async def _wrong_method(request: Request, error: Exception) -> Response:
    return _unexpected(request.method, request.url.path)


def _unexpected(method: str, path: str) -> Response:
    return JSONResponse({"error": f"Unexpected endpoint or method. ({method} {path})"})


def _get(path: str, body: Callable[[EmulatorState], dict[str, Any]], state: EmulatorState) -> Route:
    async def answer(request: Request) -> Response:
        return JSONResponse(body(state))

    return Route(path, answer, methods=["GET"])


def _post(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _replying(state: EmulatorState, surface: Surface) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            asked = await _json_object(request)
        except Refused as refused:
            return surface.refuse(refused)
        return reply_to(state, asked, surface)

    return answer


def _asking(state: EmulatorState, answer: Answer, refuse: Refuse) -> Endpoint:
    async def decode_and_answer(request: Request) -> Response:
        try:
            return JSONResponse(await answer(state, await _json_object(request)))
        except Refused as refused:
            return refuse(refused)

    return decode_and_answer


def _download_status(state: EmulatorState) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(native_models.status(state, request.path_params["job_id"]))
        except Refused as refused:
            return refuse_native(refused)

    return answer


def _beta_model(state: EmulatorState) -> Endpoint:
    async def answer(request: Request) -> Response:
        name = request.path_params["model"]
        model = state.model(name)
        if model is None:
            return refuse_openai(unknown_model(name, [known.key for known in state.models]))
        return JSONResponse(listings.beta_model(model, state))

    return answer


async def _json_object(request: Request) -> dict[str, Any]:
    """Return the decoded body.

    Raises:
        Refused: It is no JSON object.
    """
    try:
        asked = json.loads(await request.body())
    except ValueError as error:
        raise Refused(f"Received request for {request.url.path} with invalid JSON: {error}") from error
    if not isinstance(asked, dict):
        raise Refused("The body is not a JSON object")
    return asked
