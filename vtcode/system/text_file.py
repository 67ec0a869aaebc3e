"""Text files as values: bytes become text with LF newlines, and text becomes bytes of the same kind again.

Pure. For every file that decodes, `encode(decode(data).text, like=decode(data)) == data`, byte for byte.
"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vtcode.errors import FileUnusable
from vtcode.system.alignment import matching_blocks

Encoding: TypeAlias = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "latin-1"]
"""`utf-8-sig` and the two of UTF-16 start with a byte order mark."""

Newline: TypeAlias = Literal["\n", "\r\n", "\r", "mixed"]

_BINARY_PROBE_BYTES = 8_192
_MARKS: tuple[tuple[bytes, Encoding], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """What a text file held when it was read."""

    text: str
    """With LF newlines. A lone CR is a newline only in a file without any LF; elsewhere it stays."""
    encoding: Encoding
    newline: Newline
    digest: str
    """SHA-256 of the file's bytes, in hex."""
    crlf_lines: tuple[bool, ...] = ()
    """For `mixed`: whether each newline, in order, is CRLF."""

    @property
    def ends_with_newline(self) -> bool:
        """Whether the last line is ended; an empty file has none."""
        return self.text.endswith("\n")


def digest_of(data: bytes) -> str:
    """Return what tells two contents apart."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes) -> TextFile:
    """Return the text of a file.

    UTF-8 unless a byte order mark says otherwise. What is not valid UTF-8 is read as Latin-1, in which every
    byte is one character, so that an edit changes the edited bytes alone.

    Raises:
        FileUnusable: A NUL in the first 8 kB (and no UTF-16 mark), or UTF-16 that does not decode.
    """
    encoding = _encoding_of(data)
    body = data[len(_mark(encoding)) :]
    try:
        raw = body.decode(_codec(encoding))
    except UnicodeDecodeError:
        raise FileUnusable("it is marked as UTF-16 or UTF-8 and does not decode as such") from None
    newline = _newline_of(raw)
    text = raw
    crlf_lines: tuple[bool, ...] = ()
    if newline in ("\r\n", "mixed"):
        text = raw.replace("\r\n", "\n")
    elif newline == "\r":
        text = raw.replace("\r", "\n")
    if newline == "mixed":
        crlf_lines = tuple(line.endswith("\r") for line in raw.split("\n")[:-1])
    return TextFile(
        text=text, encoding=encoding, newline=newline, digest=digest_of(data), crlf_lines=crlf_lines
    )


def encode(text: str, like: TextFile | None = None) -> bytes:
    """Return the bytes of `text`, in the encoding and with the newlines of `like`.

    In a file of mixed newlines every unchanged line keeps its own; new lines get the more frequent one. With
    `like=None` the text is written as it is, in UTF-8.

    Raises:
        FileUnusable: The encoding of `like` has no such character.
    """
    if like is None:
        return _encoded(text, "utf-8")
    match like.newline:
        case "\n":
            raw = text
        case "mixed":
            raw = _with_mixed_newlines(text, like)
        case newline:
            raw = text.replace("\n", newline)
    return _mark(like.encoding) + _encoded(raw, like.encoding)


def with_final_newline_of(text: str, like: TextFile) -> str:
    """Return `text` ended as `like` is: with its newline, or without; unchanged where either is empty."""
    if not text or not like.text or text.endswith("\n") == like.ends_with_newline:
        return text
    return f"{text}\n" if like.ends_with_newline else text.removesuffix("\n")


def _encoding_of(data: bytes) -> Encoding:
    for mark, encoding in _MARKS:
        if data.startswith(mark) and not data.startswith(codecs.BOM_UTF32_LE):
            return encoding
    if b"\0" in data[:_BINARY_PROBE_BYTES]:
        raise FileUnusable("it is binary")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _mark(encoding: Encoding) -> bytes:
    return next((mark for mark, marked in _MARKS if marked == encoding), b"")


def _codec(encoding: Encoding) -> str:
    # The mark is ours to write; Python's utf-8-sig would write it a second time.
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _encoded(text: str, encoding: Encoding) -> bytes:
    try:
        return text.encode(_codec(encoding))
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise FileUnusable(
            f"the file is {encoding}, which has no {character!a}",
            hint="Use characters of that encoding, or convert the file to UTF-8 first.",
        ) from None


def _newline_of(raw: str) -> Newline:
    lines = raw.count("\n")
    if not lines:
        return "\r" if "\r" in raw else "\n"
    crlf = raw.count("\r\n")
    if not crlf:
        return "\n"
    return "\r\n" if crlf == lines else "mixed"


def _with_mixed_newlines(text: str, like: TextFile) -> str:
    *lines, unended = text.split("\n")
    usual = sum(like.crlf_lines) * 2 > len(like.crlf_lines)
    is_crlf = [usual] * len(lines)
    before = like.text.split("\n")[:-1]
    for start_before, start, size in matching_blocks(before, lines):
        is_crlf[start : start + size] = like.crlf_lines[start_before : start_before + size]
    ended = [line + ("\r\n" if crlf else "\n") for line, crlf in zip(lines, is_crlf, strict=True)]
    return "".join(ended) + unended
