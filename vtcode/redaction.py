"""Secrets in text, found and taken out. Pure.

Two kinds are known: values (the keys in use, what a secret-looking environment variable holds), and shapes
(what the tokens of common services look like; after the public rule sets of secret scanners). What is neither
is not found. Every pattern is linear: a fixed beginning that no letter precedes, then one bounded run.
"""

from __future__ import annotations

import base64
import re
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "[redacted by vtcode: "
"""How every replacement begins."""

_KNOWN = "a known secret"
_PRIVATE_KEY = "a private key"
_START = "\n"
"""What precedes the beginning of a text: it is the beginning of a line."""
_FEWEST_CHARS = 8
_LONG_CHARS = 20
"""From here on a value needs no digit to count as a secret."""
_MAX_HELD_CHARS = 16_000
"""A private key is no longer, and so much of a stream waits for what comes at most."""
_PLACEHOLDERS = frozenset({"lm-studio", "lmstudio", "not-needed", "no-key-required", "placeholder"})
"""What people set as a key for a server that wants none; words that stand in ordinary text too."""
_OF_TOKENS = f"{string.ascii_letters}{string.digits}_+/=.:~-"


def _starting(prefix: str, rest: str) -> re.Pattern[str]:
    """Return a pattern for tokens that begin so; the beginning comes first, which makes searching fast."""
    return re.compile(rf"{prefix}(?<![A-Za-z0-9_-]{prefix}){rest}")


_BLOCK_BEGIN = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_BLOCK_END = r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_BLOCK = re.compile(rf"{_BLOCK_BEGIN}(?:[^-]|-{{1,4}}(?=[^-])){{0,{_MAX_HELD_CHARS}}}(?:{_BLOCK_END})?")
_ONLY_END = re.compile(_BLOCK_END)
_LINE_OF_BLOCK = re.compile(r"[A-Za-z0-9+/]{60,76}\r?\n")
_UNFINISHED_LINE = re.compile(r"[A-Za-z0-9+/=]{0,76}\r?")
_SHORT_LINE_OF_BLOCK = re.compile(r"(?:[A-Za-z0-9+/=]{1,59}|[A-Za-z0-9+/]{58,75}={1,2})\r?\n")


def _cut_short(words: str) -> str:
    """Return a pattern for the beginnings of `words`, one character being the shortest."""
    return "".join(f"(?:{re.escape(char)}" for char in words).removeprefix("(?:") + ")?" * (len(words) - 1)


_UNFINISHED_END = re.compile(rf"(?:-----END [A-Z0-9 ]{{0,60}}-{{0,5}}|{_cut_short('-----END')})?")
_UNFINISHED = re.compile(
    rf"(?:-----(?:BEGIN|END) [A-Z0-9 ]{{0,60}}-{{0,5}}|{_cut_short('-----BEGIN')}|{_cut_short('-----END')}"
    rf"|{_cut_short('://')}"
    rf"|://[^\s/@\"']{{0,310}}|\b{_cut_short('Bearer')}|\b{_cut_short('bearer')})\Z"
)
"""What has blanks in it, or any character, and may go on behind the text's end."""
_UNFINISHED_CHARS = 400
_BEGINNINGS = (
    "AKIA", "ASIA", "gh", "github_pat_", "glpat-", "xox", "xapp-", "sk", "rk_", "AIza", "npm_",
    "pypi-AgE", "hf_", "eyJ", "hooks.slack.com/services/", "Bearer", "bearer",
    "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY",
)  # fmt: skip
"""How what the shapes describe begins, or what announces it."""
_WORD_STARTS = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z]")
_ANNOUNCED = re.compile(r"(?:bearer |secret_access_key[\s=:\"']{0,8})\Z", re.IGNORECASE)
"""What makes a secret of the run of characters behind it."""
_ANNOUNCED_CHARS = 40
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS key id", _starting("AKIA", r"[A-Z0-9]{16}(?![A-Za-z0-9])")),
    ("an AWS key id", _starting("ASIA", r"[A-Z0-9]{16}(?![A-Za-z0-9])")),
    (
        "an AWS secret key",
        re.compile(r"(?<=secret_access_key)(\s{0,3}[=:]\s{0,3}[\"']?)[A-Za-z0-9/+]{40}", re.IGNORECASE),
    ),
    ("a GitHub token", _starting("gh[pousr]_", r"[A-Za-z0-9]{36,255}")),
    ("a GitHub token", _starting("github_pat_", r"[A-Za-z0-9_]{22,255}")),
    ("a GitLab token", _starting("glpat-", r"[A-Za-z0-9_.-]{20,300}")),
    ("a Slack token", _starting("xox[abeoprs]-", r"[A-Za-z0-9-]{10,300}")),
    ("a Slack token", _starting("xapp-", r"[A-Za-z0-9-]{10,300}")),
    ("a Slack webhook", re.compile(r"((?<![A-Za-z0-9_-])hooks\.slack\.com/services/)[A-Za-z0-9/]{20,100}")),
    # OpenAI's, Anthropic's and others', and LM Studio's, which has a colon in it: sk-lm-xxxxxxxx:yyyy
    ("an LM Studio token", _starting("sk-lm-", r"[A-Za-z0-9]{4,64}(?::[A-Za-z0-9]{4,128})?")),
    ("an API key", _starting("sk-", r"(?!lm-)[A-Za-z0-9_-]{20,300}")),
    ("a Google API key", _starting("AIza", r"[A-Za-z0-9_-]{35}")),
    ("a Stripe key", _starting("[rs]k_(?:live|test)_", r"[A-Za-z0-9]{16,250}")),
    ("an npm token", _starting("npm_", r"[A-Za-z0-9]{36}")),
    ("a PyPI token", _starting("pypi-AgE", r"[A-Za-z0-9_-]{50,1000}")),
    ("a Hugging Face token", _starting("hf_", r"[A-Za-z0-9]{30,60}")),
    ("a JWT", _starting("eyJ", r"[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,2000}")),
    ("a bearer token", re.compile(r"(\b[Bb]earer )[A-Za-z0-9._~+/-]{20,4000}=*")),
    ("a password", re.compile(r"(://[^\s/:@\"']{0,100}:)[^\s/:@\"'\[]{3,200}(?=@)")),
)
"""What a token of a kind looks like; a group is what stays of the match."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Takes secrets out of text: those of known shapes, and `values`."""

    values: tuple[str, ...] = ()
    """Secrets that are known as they are; also found in base64 and as a part of a URL."""
    enabled: bool = True
    """False: text stays as it is."""
    forms: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The values as they are looked for, the longest first."""
    _known: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        forms = sorted({form for value in self.values for form in _forms(value)}, key=len, reverse=True)
        known = re.compile("|".join(map(re.escape, forms))) if forms else None
        object.__setattr__(self, "forms", tuple(forms))
        object.__setattr__(self, "_known", known)

    def __call__(self, text: str) -> str:
        """Return `text` with a mark in place of each secret; what is redacted already stays as it is."""
        return _without_shapes(self.without_values(text), _START) if self.enabled else text

    def without_values(self, text: str) -> str:
        """Return `text` without the secrets that are known as they are."""
        return self._known.sub(f"{MARK}{_KNOWN}]", text) if self._known else text


class StreamRedaction:
    """Redacts text that comes in pieces, as if it came in one: what may yet become a secret waits."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._raw = ""
        """The beginning of a value, maybe."""
        self._held = ""
        """Without values; the beginning of a secret of a known shape, maybe."""
        self._before = _START
        """The last character that was given out, or one like it that begins nothing: whether a secret may
        begin depends on it."""

    def feed(self, text: str) -> str:
        """Return what is settled by now, redacted."""
        if not self._redaction.enabled:
            return text
        raw = self._raw + text
        end = len(raw) - _length_of_beginning(raw, self._redaction.forms)
        self._raw = raw[end:]
        text = self._held + self._redaction.without_values(raw[:end])
        end = max(0, _settled(self._before + text) - 1)
        self._held = text[end:]
        return self._given_out(text[:end])

    def rest(self) -> str:
        """Return what was held back, redacted: nothing more comes."""
        held = self._held + self._redaction.without_values(self._raw)
        self._raw = self._held = ""
        return self._given_out(held)

    def _given_out(self, text: str) -> str:
        if not self._redaction.enabled or not text:
            return text
        shown = _without_shapes(text, self._before)
        last = shown[-1:]
        self._before = "_" if last.isascii() and last.isalnum() else last
        return shown


def is_secret_value(value: str) -> bool:
    """Tell whether what a secret-looking variable holds is worth looking for: no path, no plain word."""
    if len(value) < _FEWEST_CHARS or value.lower() in _PLACEHOLDERS or any(map(str.isspace, value)):
        return False
    if value.startswith(("/", "~/", "./", "../")) and value.count("/") > 1:
        return False
    return len(value) >= _LONG_CHARS or (any(map(str.isdigit, value)) and not value.isdigit())


def is_secret_key(value: str) -> bool:
    """Tell whether the key to a server is worth looking for in text: any but a placeholder."""
    return len(value) >= _FEWEST_CHARS and value.lower() not in _PLACEHOLDERS


def has_secret_shape(value: str) -> bool:
    """Tell whether there is a secret of a known shape in `value`."""
    return _without_shapes(value, _START) != value


def _forms(value: str) -> set[str]:
    encoded = base64.b64encode(value.encode(errors="replace")).decode()
    return {value, quote(value, safe=""), encoded.rstrip("=")}


def _without_shapes(text: str, before: str) -> str:
    """Return `text` without secrets of a known shape; `before` is the one character that precedes it."""
    text = _without_ends_of_blocks(_BLOCK.sub(f"{MARK}{_PRIVATE_KEY}]", before + text))
    for kind, shape in _SHAPES:
        text = shape.sub(rf"\g<1>{MARK}{kind}]" if shape.groups else f"{MARK}{kind}]", text)
    return text[1:]


def _without_ends_of_blocks(text: str) -> str:
    pieces, at = [], 0
    for end in _ONLY_END.finditer(text):
        pieces += [text[at : _start_of_block(text, at, end.start())], f"{MARK}{_PRIVATE_KEY}]"]
        at = end.end()
    return "".join(pieces) + text[at:]


def _start_of_block(text: str, first: int, end: int) -> int:
    """Return where the lines of a key begin that go up to `end`, though not before `first`.

    The last one may be short, if a long one stands before it.
    """
    first = max(first, end - _MAX_HELD_CHARS)
    last = _line_before(text, first, end)
    start = last if last is not None and _SHORT_LINE_OF_BLOCK.fullmatch(text, last, end) else end
    block = end
    while (line := _line_before(text, first, start)) is not None:
        if not _LINE_OF_BLOCK.fullmatch(text, line, start):
            break
        block = start = line
    return block


def _line_before(text: str, first: int, end: int) -> int | None:
    """Return where the line begins that ends at `end`; None: not behind `first`."""
    newline = text.rfind("\n", first, max(first, end - 1))
    return None if newline < 0 else newline + 1


def _settled(text: str) -> int:
    """Return up to where nothing that follows can make a secret of a known shape of `text`'s end."""
    done = 0
    for block in _BLOCK.finditer(text):
        done = block.end()
        is_whole = _ONLY_END.search(text, block.start(), done)
        if not is_whole and _UNFINISHED_END.fullmatch(text, done):
            return block.start()
    for end in _ONLY_END.finditer(text, done):
        done = end.end()
    unfinished = _UNFINISHED.search(text, max(done, len(text) - _UNFINISHED_CHARS))
    limit = unfinished.start() if unfinished else len(text)
    return min(limit, _settled_lines(text, done), _settled_tokens(text, done))


def _settled_lines(text: str, first: int) -> int:
    """Return where the lines of a key whose beginning was not seen may begin; the end of `text`: nowhere."""
    line = max(first, text.rfind("\n") + 1)
    is_of_block = _UNFINISHED_LINE.fullmatch(text, line) or _UNFINISHED_END.fullmatch(text, line)
    return _start_of_block(text, first, line) if is_of_block else len(text)


def _settled_tokens(text: str, first: int) -> int:
    end = max(first, len(text.rstrip(_OF_TOKENS)))
    if len(text) - end >= _MAX_HELD_CHARS:
        return len(text)
    announced = _ANNOUNCED.search(text, max(first, end - _ANNOUNCED_CHARS), end)
    if announced:
        return announced.start()
    run = text[end:]
    return end if "secret" in run.lower() else end + _beginning(run)


def _beginning(run: str) -> int:
    """Return where in a run of token characters a token of a known shape may begin; its length: nowhere."""
    for match in _WORD_STARTS.finditer(run):
        rest = run[match.start() :]
        if rest.startswith(_BEGINNINGS) or any(beginning.startswith(rest) for beginning in _BEGINNINGS):
            return match.start()
    return len(run)


def _length_of_beginning(text: str, forms: Sequence[str]) -> int:
    """Return how much of the text's end may be the beginning of one of `forms`, or all of one."""
    longest = 0
    for form in forms:
        lengths = range(min(len(form), len(text)), longest, -1)
        longest = next((length for length in lengths if form.startswith(text[-length:])), longest)
    return longest
