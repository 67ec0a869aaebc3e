"""Texts as vectors, over OpenAI's `/embeddings`, which LM Studio and most other servers have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtcode.errors import BadReply
from vtcode.providers.fields import list_in, objects_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.providers.http import ServerClient


async def embeddings(
    client: ServerClient, api_url: str, model: str, texts: Sequence[str]
) -> list[list[float]]:
    """Return one vector for each text, in their order; the model may have to be loaded first.

    Raises:
        ProviderError: The server said no, or its answer can't be understood.
    """
    if not texts:
        return []
    # LM Studio fails at an empty text.
    body = {"model": model, "input": [text or " " for text in texts]}
    answer = await client.post_json(
        f"{api_url}/embeddings", body, expected_key="data", model=model, answer_s=0
    )
    entries = sorted(objects_in(answer["data"]), key=_index)
    vectors = [_vector(entry) for entry in entries]
    if len(vectors) != len(texts) or not all(vectors):
        raise BadReply(f"{client.server} sent {len(vectors)} vectors for {len(texts)} texts.")
    return vectors


def _index(entry: dict[str, Any]) -> int:
    index = entry.get("index")
    return index if isinstance(index, int) else 0


def _vector(entry: dict[str, Any]) -> list[float]:
    """Return a vector; empty where it is not made of numbers."""
    numbers = list_in(entry.get("embedding"))
    is_vector = all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers)
    return [float(number) for number in numbers] if is_vector else []
