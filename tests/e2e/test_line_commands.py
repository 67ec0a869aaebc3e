"""Slash commands about sessions, settings and files, in the line mode."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.terminal import Terminal

PROMPT = "\n>"


def line_mode(project: Path, home: Path, *answers: str) -> Terminal:
    script = project.parent / "script.jsonl"
    script.write_text("".join(f"{json.dumps({'text': answer})}\n" for answer in answers))
    setting = f"providers.scripted.script={script}"
    arguments = ("--plain", "--provider", "scripted", "-c", setting)
    return Terminal(*arguments, cwd=project, home=home, rows=80)


def at_prompt(screen: str) -> bool:
    return screen.rstrip().endswith(PROMPT)


def send(terminal: Terminal, text: str) -> None:
    terminal.wait_for(at_prompt)
    terminal.enter(text)


def test_fork_and_resume_go_on_in_another_session(project: Path, home: Path) -> None:
    with line_mode(project, home, "First answer.", "Second answer.") as terminal:
        send(terminal, "before the branch")
        terminal.wait_for("First answer.")
        send(terminal, "/fork")
        terminal.wait_for("[resumed] 1 turn so far")
        send(terminal, "/resume")
        screen = terminal.wait_for("Number, or a part of a name:")
        assert "before the branch (just now · 1 turn · " in screen
        terminal.enter("1")
        terminal.wait_for(lambda screen: screen.count("[resumed] 1 turn so far") == 2)
        terminal.wait_for(at_prompt)
        terminal.type("\x04")
        assert terminal.wait_for_exit() == 0


def test_a_setting_is_changed_by_answers_in_lines(project: Path, home: Path) -> None:
    with line_mode(project, home) as terminal:
        send(terminal, "/config ui.vim_mode")
        assert "Takes: true or false" in terminal.wait_for("Number or letter:")
        terminal.enter("1")
        terminal.wait_for("Write ui.vim_mode = true?")
        terminal.enter("w")
        terminal.wait_for("is saved in")
        terminal.wait_for(at_prompt)
    assert (project / "vtcode.toml").read_text() == "[ui]\nvim_mode = true\n"


def test_init_shows_what_it_writes(project: Path, home: Path) -> None:
    (project / "vtcode.toml").write_text("# mine\n")
    (project / "go.mod").write_text("module example\n")
    with line_mode(project, home) as terminal:
        send(terminal, "/init")
        assert "+- `go test ./...`" in terminal.wait_for("Number or letter:")
        terminal.enter("y")
        terminal.wait_for("Written: AGENTS.md")
    assert "go test" in (project / "AGENTS.md").read_text()
    assert (project / "vtcode.toml").read_text() == "# mine\n"


def test_files_log_review_export_and_help_answer_in_lines(project: Path, home: Path) -> None:
    with line_mode(project, home, "First answer.") as terminal:
        send(terminal, "hello")
        terminal.wait_for("First answer.")
        send(terminal, "/files")
        terminal.wait_for("No file was read or changed yet.")
        send(terminal, "/log")
        terminal.wait_for("has more logged.")
        send(terminal, "/review")
        terminal.wait_for("so there is no diff to look at")
        send(terminal, "/export html talk.html")
        terminal.wait_for("Written, for you alone to read")
        send(terminal, "/help settings")
        terminal.wait_for("/config [KEY [VALUE]]")
    assert "First answer." in (project / "talk.html").read_text()
