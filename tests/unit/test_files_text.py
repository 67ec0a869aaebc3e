"""Text files as values: what is read comes back to the byte, and edits change nothing else."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import FileUnusable
from vtcode.system.text_file import decode, encode, with_final_newline_of


@given(st.binary())
def test_what_was_read_is_written_back_to_the_byte(data: bytes) -> None:
    try:
        file = decode(data)
    except FileUnusable:
        return
    assert encode(file.text, like=file) == data


@given(st.lists(st.sampled_from([b"a", b"b", b"\xe9", b"\r\n", b"\n", b"\r"])).map(b"".join))
def test_every_mixture_of_newlines_is_written_back_to_the_byte(data: bytes) -> None:
    file = decode(data)
    assert encode(file.text, like=file) == data


@pytest.mark.parametrize(
    ("data", "encoding", "newline", "text"),
    [
        pytest.param(b"", "utf-8", "\n", "", id="empty"),
        pytest.param("ü\n".encode(), "utf-8", "\n", "ü\n", id="utf-8"),
        pytest.param(codecs.BOM_UTF8 + b"a", "utf-8-sig", "\n", "a", id="mark"),
        pytest.param(
            codecs.BOM_UTF16_LE + "ü\r\n".encode("utf-16-le"), "utf-16-le", "\r\n", "ü\n", id="utf-16-le"
        ),
        pytest.param(codecs.BOM_UTF16_BE + "ü".encode("utf-16-be"), "utf-16-be", "\n", "ü", id="utf-16-be"),
        pytest.param(b"caf\xe9\n", "latin-1", "\n", "café\n", id="latin-1"),
        pytest.param(b"a\r\nb\r\n", "utf-8", "\r\n", "a\nb\n", id="crlf"),
        pytest.param(b"a\rb\r", "utf-8", "\r", "a\nb\n", id="cr"),
        pytest.param(b"a\r\nb\n", "utf-8", "mixed", "a\nb\n", id="mixed"),
        pytest.param(b"50%\r100%\n", "utf-8", "\n", "50%\r100%\n", id="a-lone-cr-is-no-newline"),
    ],
)
def test_encoding_and_newlines_are_recognised(data: bytes, encoding: str, newline: str, text: str) -> None:
    file = decode(data)
    assert (file.encoding, file.newline, file.text) == (encoding, newline, text)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"GIF89a\0\0", id="nul"),
        pytest.param(codecs.BOM_UTF16_LE + b"a", id="half-a-unit"),
        pytest.param(codecs.BOM_UTF32_LE + "a".encode("utf-32-le"), id="utf-32"),
    ],
)
def test_what_is_not_text_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnusable):
        decode(data)


def test_an_edit_in_a_mixed_file_keeps_every_other_newline() -> None:
    file = decode(b"one\r\ntwo\nthree\r\nfour\r\nfive")
    edited = file.text.replace("three\n", "3a\n3b\n")
    assert encode(edited, like=file) == b"one\r\ntwo\n3a\r\n3b\r\nfour\r\nfive"


def test_a_large_mixed_file_keeps_the_newlines_around_the_edit() -> None:
    file = decode(b"a\nb\r\n" * 20_000 + b"here\n" + b"c\r\nd\n" * 20_000)
    edited = encode(file.text.replace("here", "there"), like=file)
    assert edited.startswith(b"a\nb\r\n" * 20_000)
    assert edited.endswith(b"c\r\nd\n" * 20_000)


@pytest.mark.parametrize(
    ("text", "like", "expected"),
    [("a\n", b"x", "a"), ("a", b"x\n", "a\n"), ("a\n", b"x\n", "a\n"), ("a", b"", "a"), ("", b"x\n", "")],
)
def test_a_rewritten_file_ends_as_it_did(text: str, like: bytes, expected: str) -> None:
    assert with_final_newline_of(text, decode(like)) == expected
