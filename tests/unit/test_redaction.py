"""Secrets are found by value and by shape, in whole text and in text that comes in pieces."""

from __future__ import annotations

import base64
import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.redaction import MARK, Redaction, StreamRedaction, is_secret_key, is_secret_value

KEY_BLOCK = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nq83vEjRWeJA=\n-----END RSA PRIVATE KEY-----"
OWN = "zq7-own-key-0815"
SECRETS = {
    "AKIA" + "IOSFODNN7EXAMPLE": "an AWS key id",
    "ghp_" + "a1B2" * 9: "a GitHub token",
    "github_pat_" + "11ABCDEFG0" * 3: "a GitHub token",
    "glpat-" + "x1" * 10: "a GitLab token",
    "xoxb-" + "1234567890-abcdef": "a Slack token",
    "sk-proj-" + "Ab1_" * 10: "an API key",
    "sk-ant-api03-" + "Ab1_" * 10: "an API key",
    "sk-lm-" + "abcd1234:ABCDEFGHIJ0123456789": "an LM Studio token",
    "AIza" + "B" * 35: "a Google API key",
    "sk_live_" + "a1" * 12: "a Stripe key",
    "npm_" + "a1" * 18: "an npm token",
    "hf_" + "aB" * 17: "a Hugging Face token",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r": "a JWT",
    KEY_BLOCK: "a private key",
    OWN: "a known secret",
    base64.b64encode(OWN.encode()).decode(): "a known secret",
}
redaction = Redaction((OWN,))


@pytest.mark.parametrize(("secret", "kind"), SECRETS.items(), ids=range(len(SECRETS)))
@pytest.mark.parametrize("around", ["{}", "key={}\n", '{{"key": "{}"}}', "it is {} ."])
def test_a_secret_is_replaced_by_its_kind(secret: str, kind: str, around: str) -> None:
    shown = redaction(around.format(secret))
    assert secret not in shown
    assert f"{MARK}{kind}]" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://ann:hunter22@db/x", f"postgres://ann:{MARK}a password]@db/x"),
        (
            "Authorization: Bearer abcdefghij0123456789",
            f"Authorization: Bearer {MARK}a bearer token]",
        ),
        (
            "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            f"aws_secret_access_key = {MARK}an AWS secret key]",
        ),
        (f"a\n{KEY_BLOCK}\nb", f"a\n{MARK}a private key]\nb"),
    ],
)
def test_what_stands_around_a_secret_stays(text: str, shown: str) -> None:
    assert redaction(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "task-sk-force and ask-me-anything-about-this-thing",
        "https://example.org:8080/a@b",
        "the word AKIA, eyJ, ghp_ and npm_config_registry",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "commit 8f14e45fceea167a5a36dedd4bea2543dd3cf0a1",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redaction(text) == text


def test_switched_off_nothing_changes() -> None:
    off = Redaction((OWN,), enabled=False)
    assert off(KEY_BLOCK + OWN) == KEY_BLOCK + OWN
    assert StreamRedaction(off).feed(OWN) == OWN


@given(st.text(max_size=80), st.sampled_from([*SECRETS]), st.text(max_size=80))
def test_what_is_redacted_stays_as_it_is(before: str, secret: str, after: str) -> None:
    once = redaction(before + secret + after)
    assert redaction(once) == once


@given(
    st.lists(st.sampled_from([*SECRETS, "make: done", "50% ", "\n", "Bearer ", "....F"]), max_size=6),
    st.data(),
)
def test_text_in_pieces_leaks_nothing(parts: list[str], data: st.DataObject) -> None:
    text = " ".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    stream = StreamRedaction(redaction)
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(map(stream.feed, pieces)) + stream.rest() == redaction(text)


@given(st.text(st.sampled_from(string.printable), max_size=200), st.data())
def test_text_in_pieces_comes_out_whole(text: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 50))
    stream = StreamRedaction(redaction)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(map(stream.feed, pieces)) + stream.rest() == redaction(text)


LINE = "MIIEowIBAAKCAQEAq83vEjRWeJAxMIIEowIBAAKCAQEAq83vEjRWeJAxabcdefgh"
PIECES = (
    *("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "-----END PRIVATE KEY-----"),
    *("-----BEGIN PGP PRIVATE KEY BLOCK-----", "-----END PGP PRIVATE KEY BLOCK-----", "-----BEGIN "),
    *("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "-----END", "-----", "--", "-"),
    *(LINE, f"{LINE}\n", LINE[:20], "\n", "\r\n", "\\n", " ", "word", "make: done\n", "PRIVATE KEY-----"),
    *("ghp_" + "a1B2" * 9, OWN, "x-Bearer ", "a" * 24, "secret_access_key", " = ", "b/" * 20),
    *("://", "ann:", "pa!ss", "@", "hooks.slack.com/services/"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=9), st.lists(st.integers(1, 40), min_size=1, max_size=9))
def test_whatever_stands_side_by_side_is_redacted_in_pieces_as_it_is_whole(
    parts: list[str], sizes: list[int]
) -> None:
    text = left = "".join(parts)
    stream = StreamRedaction(redaction)
    told = ""
    for size in itertools.cycle(sizes):
        told, left = told + stream.feed(left[:size]), left[size:]
        if not left:
            break
    assert told + stream.rest() == redaction(text)
    assert redaction(redaction(text)) == redaction(text)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["-----END RSA PRIVATE KEY-----", "-----END PGP PRIVATE KEY BLOCK-----"])
def test_the_rest_of_a_private_key_whose_beginning_is_cut_off_is_found_by_its_end(
    newline: str, end: str
) -> None:
    text = newline.join(["make: done", LINE, LINE, "q83vEjRWeJA=", end, "next"])
    shown = redaction(text)
    assert shown == f"make: done{newline}{MARK}a private key]{newline}next"
    stream = StreamRedaction(redaction)
    assert "".join(map(stream.feed, text)) + stream.rest() == shown


def test_a_word_in_front_of_a_keys_end_stays() -> None:
    shown = redaction("it ends with\n-----END RSA PRIVATE KEY-----\n")
    assert shown == f"it ends with\n{MARK}a private key]\n"


@pytest.mark.parametrize(
    "text",
    ["started\r\n", "done\n", "Go on? [y/N] ", "tests/a.py ....F..", "45%", "a word", "working on it..."],
)
def test_what_can_be_no_secret_is_shown_at_once(text: str) -> None:
    assert StreamRedaction(redaction).feed(text) == text


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("hunter22", True),
        ("a-very-long-password-of-words", True),
        ("short1", False),
        ("production", False),
        ("20240101", False),
        ("/home/ann/keys/service1.json", False),
        ("two words1", False),
        ("lm-studio", False),
    ],
)
def test_only_what_is_unlikely_to_stand_in_ordinary_text_is_looked_for(value: str, secret: bool) -> None:
    assert is_secret_value(value) is secret


def test_a_placeholder_is_no_key() -> None:
    assert not is_secret_key("lm-studio")
    assert is_secret_key("opensesame")
