"""What a wire is, to whoever sends its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from vtcode.errors import ProviderError
    from vtcode.providers.base import CompletedPart, Part, Request
    from vtcode.providers.model_info import ToolMode
    from vtcode.providers.server_words import Server


class ReplyReader(Protocol):
    """Turns the bytes of one reply into parts."""

    @property
    def done(self) -> bool:
        """True when nothing more is to be read: the stream said so, or it failed."""

    @property
    def is_complete(self) -> bool:
        """True when the reply has ended by itself, whatever happens to the connection from now on."""

    @property
    def closed_without_opening(self) -> bool:
        """True where the reply showed that this model's replies begin inside reasoning."""

    def feed(self, chunk: bytes) -> list[Part]:
        """Take what one read gave, and return what it says: pieces of one kind in a row are one part.

        A failure that the chunk tells is raised by `finish`, so that the parts before it are not lost.
        """

    def take_body(self, body: bytes) -> list[Part]:
        """Take the whole answer of a server that did not stream."""

    def finish(self) -> CompletedPart:
        """Return the whole reply; the stream has ended. Called once.

        Raises:
            ReplyCut: It ended before the reply did.
            EmptyReply: There is nothing in it.
            ProviderError: It told a failure.
        """


class Wire(Protocol):
    """One of a server's APIs: what goes out is byte-stable, so that the server can reuse its KV cache."""

    @property
    def path(self) -> str:
        """Where requests go, after the address of the API."""

    @property
    def tool_modes(self) -> tuple[ToolMode, ...]:
        """The tool modes that it can carry."""

    def encode(self, request: Request) -> bytes:
        """Return the body of a streaming request.

        Equal requests give equal bytes, as long as a wire with a memory has not learned more in between.
        What the API has no place for is left out.
        """

    def reader(self, request: Request, server: Server, *, opens_in_reasoning: bool) -> ReplyReader:
        """Return what reads the reply to `request`.

        Args:
            request: What was asked; tells the known tools and the used call ids.
            server: Whom errors are about.
            opens_in_reasoning: This model's replies are known to begin inside reasoning, without a tag.
        """

    def adapts_to(self, request: Request, error: ProviderError) -> bool:
        """Learn from a failure; True where the same request, encoded anew, is worth another try."""
