"""`vtcode dev parse`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from vtcode.cli.main import main

READ_FILE = {
    "type": "function",
    "function": {
        "name": "read_file",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}
REPLY = (
    "<think>\nWhich?\n</think>\n\nI läse it.\n"
    '<tool_call>\n{"name": "read_file", "arguments": {"path": "ä.txt"}}\n</tool_call>\n'
)
UNDERSTOOD = {
    "content": "I läse it.",
    "reasoning": "Which?",
    "calls": [{"name": "read_file", "arguments": {"path": "ä.txt"}}],
}


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    path = tmp_path / "tools.json"
    path.write_text(json.dumps([READ_FILE]))
    return path


def _parse(monkeypatch: pytest.MonkeyPatch, reply: str, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(reply.encode())))
    return main(["dev", "parse", *arguments])


def _printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("chunk", [[], ["--chunk", "0"], ["--chunk", "1"], ["--chunk", "7"]])
def test_it_prints_what_was_understood(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tools: Path, chunk: list[str]
) -> None:
    assert _parse(monkeypatch, REPLY, "--tools", str(tools), *chunk) == 0
    assert _printed(capsys) == UNDERSTOOD


@pytest.mark.parametrize("size", ["0", "1", "5"])
def test_what_stood_before_a_closing_tag_was_reasoning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tools: Path, size: str
) -> None:
    within = '<tool_call>{"name": "read_file", "arguments": {"path": "b"}}</tool_call>'
    reply = f"Maybe {within}?\n{REPLY.partition('Which?')[2]}"
    _parse(monkeypatch, reply, "--tools", str(tools), "--chunk", size)
    assert _printed(capsys) == {**UNDERSTOOD, "reasoning": f"Maybe {within}?"}


def test_a_call_in_reasoning_that_never_ended_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tools: Path
) -> None:
    reply = '<think>Hm.\n<tool_call>{"name": "read_file", "arguments": {"path": "b"}}</tool_call>'
    _parse(monkeypatch, reply, "--tools", str(tools))
    call = {"name": "read_file", "arguments": {"path": "b"}}
    assert _printed(capsys) == {"content": "", "reasoning": "Hm.", "calls": [call]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "can't be read"),
        ("{", "is not JSON"),
        ("{}", "holds no list"),
        ("[1]", 'has no "function"'),
        ('[{"name": "a"}]', 'has no "function"'),
        ('[{"function": {}}]', "has no name"),
        ('[{"function": {"name": ""}}]', "has no name"),
        ('[{"function": {"name": "a", "parameters": []}}]', "are no object"),
    ],
)
def test_a_bad_file_of_tools_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: str | None,
    words: str,
) -> None:
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_text(content)
    assert _parse(monkeypatch, REPLY, "--tools", str(path)) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert '"function"' in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("arguments", [[], ["--chunk", "-1"], ["--chunk", "x"]])
def test_wrong_arguments_are_a_usage_error(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tools: Path,
    arguments: list[str],
) -> None:
    given = ["--tools", str(tools), *arguments] if arguments else []
    assert _parse(monkeypatch, REPLY, *given) == 2
    assert capsys.readouterr().err.startswith("vtcode: ")
