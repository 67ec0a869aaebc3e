"""What is kept of a command's output."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vtcode.system.kept_output import KeptOutput, TailBuffer

HEAD = 4_096

chunks = st.lists(st.binary(max_size=300), max_size=40)


@given(chunks, st.integers(1, 500))
def test_a_tail_is_the_end_of_what_was_added(pieces: list[bytes], max_bytes: int) -> None:
    tail = TailBuffer(max_bytes)
    for piece in pieces:
        tail.add(piece)
    everything = b"".join(pieces)
    assert len(tail) == min(len(everything), max_bytes)
    assert tail.dropped_bytes == max(0, len(everything) - max_bytes)
    assert tail.value() == everything[-max_bytes:]
    assert tail.dropped_bytes == max(0, len(everything) - max_bytes)


@given(st.text(max_size=300), st.lists(st.integers(0, 1_200), max_size=8))
def test_text_cut_anywhere_is_shown_whole(text: str, cuts: list[int]) -> None:
    text = text.encode(errors="replace").decode()
    data = text.encode()
    output = KeptOutput(10_000)
    shown = ""
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(bounds):
        output.add(data[start:end])
        shown += output.take_live()
    assert shown == text
    assert not output.has_live
    assert output.tail() == text


@given(chunks)
def test_any_bytes_can_be_shown(pieces: list[bytes]) -> None:
    output = KeptOutput(50)
    for piece in pieces:
        output.add(piece)
        output.take_live().encode()
    head, _, tail = output.parts()
    (head + tail).encode()


def test_a_flood_shows_its_newest_whole_characters_and_how_much_was_skipped() -> None:
    output = KeptOutput(100)
    output.add("€".encode() * 4_000)
    shown = output.take_live()
    assert shown.startswith("\r\n[... 3,808 bytes not shown ...]\r\n€")
    assert "\ufffd" not in shown
    output.add(b"on")
    assert output.take_live() == "on"


def test_a_short_output_has_one_part() -> None:
    output = KeptOutput(100)
    output.add(b"x" * 100)
    assert output.parts() == ("", 0, "x" * 100)
    assert output.dropped_bytes == 0


def test_head_and_tail_that_overlap_are_the_whole() -> None:
    output = KeptOutput(5_000)
    data = "".join(f"{number}\n" for number in range(1_400))
    output.add(data.encode())
    assert output.dropped_bytes == len(data) - 5_000
    assert output.parts() == ("", 0, data)


def test_a_long_output_keeps_its_head_and_its_tail() -> None:
    output = KeptOutput(100)
    output.add(b"a" + "€".encode() * 2_000 + b"tail")
    head, lost_bytes, tail = output.parts()
    assert head == "a" + "€" * ((HEAD - 1) // 3)
    assert tail == "€" * 32 + "tail"
    assert lost_bytes == 6_005 - HEAD - 100
