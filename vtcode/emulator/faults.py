"""What real servers do wrong, as knobs; which of them hold for one request alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from vtcode.errors import UsageError
from vtcode.providers.script import Phase  # noqa: TC001 - resolved at run time, when a flag is checked

ReasoningField: TypeAlias = Literal["reasoning_content", "reasoning", "think_tag", "close_tag_only"]
CallFormat: TypeAlias = Literal[
    "hermes", "qwen_coder", "tool_request", "mistral", "mistral_list", "harmony", "lfm2", "cohere", "llama3"
]
"""How a model family writes a call: see `vtcode.emulator.call_text`."""
Concern: TypeAlias = Literal["reply", "load", "download", "access"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """A reply that falls silent for a while."""

    phase: Phase = "prefill"
    seconds: float | None = None
    """None: until the gate is released."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """Each is off by default. A reply that one of them kills leaves its scripted turn to the next request."""

    stream_error: str = ""
    """A stream is this error inside a 200; another request gets an error status."""
    empty_200: bool = False
    """A well-formed reply with nothing in it."""
    no_finish_reason: bool = False
    """The stream ends with neither a finish reason nor its end mark."""
    no_usage: bool = False
    drop_connection_after: int | None = None
    """Break the connection after this many events."""
    stall: Stall | None = None
    tool_as_text: CallFormat | None = None
    """Calls stay what the model wrote: text."""
    tool_dropped: bool = False
    """A call is lost, and the text beside it."""
    tool_empty_id: bool = False
    tool_duplicate: int = 1
    """Send every call this many times."""
    tool_args_single_chunk: bool = False
    tool_name_blank_chunks: bool = False
    """Later fragments carry a blank name."""
    reasoning_field: ReasoningField = "reasoning_content"
    reasoning_deltas: bool = False
    """`/v1/responses` streams reasoning piece by piece instead of telling it once it is whole."""
    content_in_reasoning: bool = False
    """The answer arrives as reasoning."""
    harmony_leak: bool = False
    """Tokens of gpt-oss's format stand in the text and in the names of calls."""
    crash: int | Literal["null"] | None = None
    """The model dies with this exit code (a number, or `null`), and its instance with it."""
    crash_at: Phase = "prefill"
    """When it dies: before the first token, or after the first piece of a phase."""
    evict_mid_stream: bool = False
    """The instance is unloaded after the first piece of the reply."""
    any_name_served: bool = False
    """The one loaded model answers to every name, but on the native surface, which is younger than that."""
    jit_refuse: bool = False
    parallel_overflow_kills_all: bool = False
    """Replies that together outgrow a shared window all die, not the newest alone."""
    role_alternation: bool = False
    """The template takes one system message, then user and assistant in turns alone."""
    no_system_role: bool = False
    needs_user_query: bool = False
    """The template refuses a conversation without a word of the user's."""
    reject_key: str = ""
    """A top-level key of a request for a reply that this version refuses."""
    previous_response_lost: bool = False
    """The stored responses are not found any more."""
    completion_tokens_off_by_one: bool = False
    """Usage at the limit tells one token less than `max_tokens`."""
    auth_malformed: bool = False
    """With a token wanted, each that comes is called malformed."""
    load_held: bool = False
    """Loading takes until the gate is released, without a byte until then."""
    load_fails: str = ""
    """Loading ends with this text."""
    load_reduces_context: int | None = None
    """A larger window than this is cut to it, silently."""
    load_ignores_context: bool = False
    """The window that was asked for is not granted but the default."""
    download_fails: bool = False
    """The job fails at its second poll."""
    download_pauses: bool = False
    """The job pauses at its second poll, for one poll."""


def concern_of(knob: str) -> Concern:
    """Tell which requests a knob concerns."""
    match knob.partition("_")[0]:
        case "load":
            return "load"
        case "download":
            return "download"
        case "auth":
            return "access"
        case _:
            return "reply"


def faults_from(flags: tuple[str, ...]) -> Faults:
    """Read `NAME` and `NAME=VALUE`; `stall=PHASE` or `stall=PHASE:SECONDS`.

    Raises:
        UsageError: There is no such knob, or it does not take that value.
    """
    from pydantic import TypeAdapter, ValidationError

    wanted: dict[str, Any] = {}
    known = ", ".join(Faults.__dataclass_fields__)
    for flag in flags:
        name, equals, value = flag.partition("=")
        if name not in Faults.__dataclass_fields__:
            raise UsageError(f"--fault {name}: there is no such knob", hint=f"The knobs: {known}.")
        wanted[name] = value if equals else True
    if "stall" in wanted:
        phase, _, seconds = str(wanted["stall"]).partition(":")
        wanted["stall"] = {"phase": phase, "seconds": seconds or None}
    try:
        return TypeAdapter(Faults).validate_python(wanted)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(f"--fault {first['loc'][0]}: {first['msg']}", hint="NAME or NAME=VALUE.") from error
