from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import BadReply
from vtcode.providers.sse import ServerSentEvent, SseDecoder

STREAM = (
    b"\xef\xbb\xbf: a comment\r\n"
    b'data: {"a": "\xc3\xa9\xf0\x9f\x98\x80"}\r\n\r\n'
    b"event: error\rdata:one\rdata: two\r\r"
    b"id: 7\nretry: 1\nunknown\ndata\ndata:  x\n\n"
    b"event: ping\n\n"
    b"data: [DONE]\n\ndata: cut off"
)
EVENTS = [
    ServerSentEvent("message", '{"a": "é😀"}'),
    ServerSentEvent("error", "one\ntwo"),
    ServerSentEvent("message", "\n x"),
    ServerSentEvent("message", "[DONE]"),
]


def decoded(chunks: list[bytes]) -> list[ServerSentEvent]:
    decoder = SseDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def test_names_lines_comments_and_an_unfinished_event() -> None:
    assert decoded([STREAM]) == EVENTS


def test_one_byte_at_a_time_gives_the_same_events() -> None:
    assert decoded([bytes([byte]) for byte in STREAM]) == EVENTS


@given(st.lists(st.integers(min_value=0, max_value=len(STREAM))))
def test_any_split_of_a_stream_gives_the_same_events(places: list[int]) -> None:
    assert decoded(cut(STREAM, places)) == EVENTS


@given(
    st.lists(st.sampled_from([b"data", b"event", b":", b" ", b"\r", b"\n", b"x", b"\xc3", b"\xa9"])),
    st.lists(st.integers(min_value=0, max_value=200)),
)
def test_any_split_of_any_bytes_gives_the_same_events(tokens: list[bytes], places: list[int]) -> None:
    stream = b"".join(tokens)
    assert decoded(cut(stream, places)) == decoded([stream])


def test_an_error_field_of_old_llama_cpp_is_an_error_event() -> None:
    assert decoded([b'error: {"code": 500}\n\n']) == [ServerSentEvent("error", '{"code": 500}')]


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 90, b"data: xxxxxxxxxx\n" * 9], ids=["line", "lines"])
def test_an_event_without_end_is_refused(stream: bytes) -> None:
    decoder = SseDecoder(max_event_bytes=64)
    with pytest.raises(BadReply):
        decoder.feed(stream)
