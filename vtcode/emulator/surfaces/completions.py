"""`POST /v1/completions`: the text goes on, without any chat template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtcode.emulator.ask import Answering, Ask
from vtcode.emulator.memory import LoadWish
from vtcode.emulator.prompt import Prompt, Said
from vtcode.emulator.refusals import Refused
from vtcode.emulator.sse import event
from vtcode.emulator.surfaces import statistics
from vtcode.emulator.surfaces.chat_completions import limit_in, refuse_openai
from vtcode.emulator.told import End, ReasoningPiece, Step, TextPiece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from vtcode.emulator.state import EmulatorState

_CREATED = 1_780_000_000


class Completions:
    """Takes a prompt; calls come as the text that they are."""

    def __init__(self, *, beta: bool = False) -> None:
        self._beta = beta

    def read(self, state: EmulatorState, asked: dict[str, Any]) -> Ask:
        """Understand a request.

        Raises:
            Refused: It is not valid here.
        """
        prompt = asked.get("prompt")
        if not isinstance(prompt, str):
            raise Refused("'prompt' field is required")
        return Ask(
            model=asked.get("model") or "",
            prompt=Prompt(messages=(Said(role="user", text=prompt),)),
            stream=bool(asked.get("stream")),
            max_tokens=limit_in(asked.get("max_tokens")),
            load=LoadWish(ttl_s=asked.get("ttl")),
            wants_usage=bool((asked.get("stream_options") or {}).get("include_usage")),
            call_format="hermes",
        )

    def refuse(self, refused: Refused) -> Response:
        """Return a refusal as chat completions do."""
        return refuse_openai(refused)

    def writer(self, answering: Answering) -> CompletionWriter:
        """Return what writes the reply."""
        return CompletionWriter(answering, beta=self._beta)


class CompletionWriter:
    """Writes a text completion; reasoning is a part of the text here."""

    def __init__(self, answering: Answering, *, beta: bool) -> None:
        self._answering = answering
        self._beta = beta
        self._id = f"cmpl-{answering.state.new_id('')[-20:]}"
        self._text = ""

    def begin(self) -> Iterator[bytes]:
        """Return nothing: the first token comes first."""
        yield from ()

    def tell(self, step: Step) -> Iterator[bytes]:
        """Return the chunks of a step."""
        told, faults = self._answering.told, self._answering.faults
        match step:
            case ReasoningPiece(text=text) | TextPiece(text=text):
                self._text += text
                yield event(self._body(text, None))
            case End() if not faults.no_finish_reason:
                yield event(self._body("", told.finish))
                if self._answering.ask.wants_usage and not faults.no_usage:
                    usage = statistics.openai_usage(self._answering)
                    yield event(self._body("", None) | {"choices": [], "usage": usage})
                yield b"data: [DONE]\n\n"
            case _:
                pass

    def fail(self, refused: Refused) -> Iterator[bytes]:
        """Return the error as it comes inside a 200."""
        yield event({"error": {"message": refused.message}, "message": refused.message}, "error")

    def whole(self) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""
        body = self._body(self._text, self._answering.told.finish)
        if not self._answering.faults.no_usage:
            body["usage"] = statistics.openai_usage(self._answering)
        return body | (statistics.beta_statistics(self._answering) if self._beta else {})

    def _body(self, text: str, finish: str | None) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "text_completion",
            "created": _CREATED,
            "model": self._answering.instance.id,
            "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}],
        }
