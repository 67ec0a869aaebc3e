"""argv, understood."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vtcode import __version__
from vtcode.cli.arguments import Arguments, parse
from vtcode.errors import UsageError


def _changed(argv: str | list[str]) -> dict[str, object]:
    """Parse and return what differs from plain `vtcode`."""
    arguments = parse(argv.split() if isinstance(argv, str) else argv)
    plain = Arguments(command="chat", workspace=Path.cwd())
    names = Arguments.__slots__
    return {name: value for name in names if (value := getattr(arguments, name)) != getattr(plain, name)}


def test_without_a_word_it_is_the_interactive_mode_here() -> None:
    assert _changed("") == {}


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (
            "--plain --no-color --debug --trust --full-auto",
            ["plain", "no_color", "debug", "trust", "full_auto"],
        ),
        ("--continue", ["continue_last"]),
    ],
)
def test_switches(argv: str, expected: list[str]) -> None:
    assert _changed(argv) == dict.fromkeys(expected, True)


@pytest.mark.parametrize(
    "argv",
    [
        "--provider lmstudio --model m -c a=1 --config f --set b=2 exec hi --json",
        "exec hi --json --provider lmstudio --model m -c a=1 --config f --set b=2",
        "--provider=lmstudio -ca=1 exec --model m --json --config=f hi --set=b=2",
    ],
)
def test_global_flags_count_before_and_after_the_command(argv: str) -> None:
    assert _changed(argv) == {
        "command": "exec",
        "prompt": "hi",
        "json": True,
        "provider": "lmstudio",
        "model": "m",
        "config_file": Path("f"),
        "assignments": ("a=1", "b=2"),
    }


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("exec", {"command": "exec"}),
        ("exec -", {"command": "exec", "prompt": "-"}),
        ("exec -- --model", {"command": "exec", "prompt": "--model"}),
        (["ask", "-v what is this?"], {"command": "ask", "prompt": "-v what is this?"}),
        (["exec", "two\nlines"], {"command": "exec", "prompt": "two\nlines"}),
        ("sessions", {"command": "sessions", "action": "list"}),
        ("sessions --json", {"command": "sessions", "action": "list", "json": True}),
        ("sessions list --all", {"command": "sessions", "action": "list", "all": True}),
        ("sessions show 42", {"command": "sessions", "action": "show", "session_id": "42"}),
        ("sessions delete 42", {"command": "sessions", "action": "delete", "session_id": "42"}),
        ("config", {"command": "config", "action": "show"}),
        ("config show --json", {"command": "config", "action": "show", "json": True}),
        ("models --json", {"command": "models", "action": "list", "json": True}),
        ("init --force", {"command": "init", "force": True}),
        (
            "dev emulator --port 1234 --script s",
            {"command": "dev", "action": "emulator", "port": 1234, "script": Path("s")},
        ),
        (
            "dev emulator --fault crash=6 --fault empty_200",
            {
                "command": "dev",
                "action": "emulator",
                "faults": (("--fault", "crash=6"), ("--fault", "empty_200")),
            },
        ),
    ],
)
def test_commands(argv: str | list[str], expected: dict[str, object]) -> None:
    assert _changed(argv) == expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("--resume", {"resume": ""}),
        ("--resume 42", {"resume": "42"}),
        ("--resume=42 exec hi", {"resume": "42", "command": "exec", "prompt": "hi"}),
        ("--resume exec hi", {"resume": "", "command": "exec", "prompt": "hi"}),
        ("exec hi --resume", {"resume": "", "command": "exec", "prompt": "hi"}),
        ("exec --resume 42 hi", {"resume": "42", "command": "exec", "prompt": "hi"}),
    ],
)
def test_resume_takes_an_id_or_none(argv: str, expected: dict[str, object]) -> None:
    assert _changed(argv) == expected


def test_the_workspace_is_a_first_word_or_a_flag_and_real(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")

    assert _changed([str(link), "--plain"]) == {"workspace": tmp_path / "real", "plain": True}
    assert _changed(["exec", "hi", "--workspace", str(link)])["workspace"] == tmp_path / "real"


def test_a_command_beats_a_folder_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").mkdir()
    monkeypatch.chdir(tmp_path)

    assert parse(["config"]).command == "config"
    assert parse(["./config"]).workspace == tmp_path / "config"


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        ("sesions", "'sesions' is neither a command nor a folder.", "Did you mean: vtcode sessions"),
        (["fix the test"], "'fix the test' is neither", 'To run a prompt: vtcode exec "..."'),
        (
            "sessions lst",
            "'lst' is not known here; allowed: list, show, delete.",
            "Did you mean: vtcode sessions list",
        ),
        ("sessions show", "The following arguments are required: ID.", "See: vtcode sessions show --help"),
        ("exec fix this", "Unexpected argument 'this'.", 'Quote the prompt: vtcode exec "..."'),
        ("--modell x", "Unknown flag '--modell'.", "Did you mean: --model"),
        ("exec hi --jsn", "Unknown flag '--jsn'.", "Did you mean: --json"),
        ("--mod x", "Unknown flag '--mod'.", ""),
        ("exec --model", "Argument --model: expected one argument.", "See: vtcode --help"),
        (
            "dev emulator --port x",
            "Argument --port: 'x' is no port.",
            "See: vtcode dev emulator --help",
        ),
        ("--continue --resume", "--continue and --resume exclude each other.", ""),
        (". x", "Unexpected argument 'x'.", "See: vtcode --help"),
        ("--workspace . .", "The workspace is given twice.", ""),
        ("--workspace /nowhere/at/all", "There is no folder '/nowhere/at/all'.", "--workspace DIR"),
        ("--workspace /dev/null", "'/dev/null' is not a folder.", "--workspace DIR"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_a_next_step(
    argv: str | list[str], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        parse(argv.split() if isinstance(argv, str) else argv)

    assert raised.value.exit_code == 2
    assert raised.value.message.startswith(message)
    assert "\n" not in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize("argv", [["--version"], ["exec", "--version"], ["--version", "nonsense"]])
def test_version_wins(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parse(argv)

    assert raised.value.code == 0
    assert capsys.readouterr().out == f"vtcode {__version__}\n"


def test_help_names_every_command_and_flag_but_not_what_is_for_developers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as raised:
        parse(["--help"])

    out = capsys.readouterr().out
    assert raised.value.code == 0
    for word in ("exec", "ask", "sessions", "models", "config", "init"):
        assert f"\n  {word} " in out
    for flag in (
        "--provider",
        "--model",
        "--config",
        "-c ",
        "--workspace",
        "--trust",
        "--plain",
        "--continue",
    ):
        assert flag in out
    for flag in ("--resume", "--full-auto", "--no-color", "--debug", "--version"):
        assert flag in out
    assert "  dev " not in out


@pytest.mark.parametrize("command", ["exec", "ask", "sessions", "models", "config", "init"])
def test_every_command_has_help_of_its_own(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parse([command, "--help"])

    assert raised.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: vtcode {command}")


def test_parsing_imports_nothing_heavy() -> None:
    script = (
        "import sys; from vtcode.cli.arguments import parse; parse(['exec', 'hi']);"
        "print(sorted({'pydantic', 'textual', 'rich', 'prompt_toolkit', 'httpx', 'difflib', 'asyncio'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "argv", ["dev emulator --port 70000", "local start --port -1", "local start --port x"]
)
def test_what_is_no_port_is_refused(argv: str) -> None:
    with pytest.raises(UsageError, match="is no port"):
        parse(argv.split())


@pytest.mark.parametrize("name", ["nothing.png", "x" * 300])
def test_a_picture_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="--image: there is no file"):
        parse(["exec", "hi", "--image", name])


@pytest.mark.parametrize("argv", ["--mode plan", "exec hi --mode plan", "--mode=plan exec hi"])
def test_the_mode_is_a_flag_of_sessions(argv: str) -> None:
    assert _changed(argv)["mode"] == "plan"
