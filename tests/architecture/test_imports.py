"""What a run may import: a static graph cannot see a deferred import, so real processes are asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ["agent", "bootstrap", "commands", "config", "policy", "providers", "session", "system", "tools"]
HEAVY = ["textual", "rich", "prompt_toolkit"]

SCRIPT = """
[[turns]]
calls = [{ name = "list_files", arguments = { path = "." } }]
[[turns]]
text = "done"
"""


def _imported(code: str, cwd: Path, home: Path) -> set[str]:
    """Run `code`, and return the top-level modules that the process had imported at its end."""
    probe = f"{code}\nimport sys; print('MODULES', ' '.join(sorted(m.split('.')[0] for m in sys.modules)))"
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return set(done.stdout.rpartition("MODULES ")[2].split())


def _run(arguments: list[str]) -> str:
    return (
        "from vtcode.cli.main import main\n"
        f"try:\n    code = main({arguments!r})\nexcept SystemExit as end:\n    code = end.code\n"
        "assert code in (0, None), code"
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.toml"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["text", "json"])
def test_exec_imports_no_user_interface(tmp_path: Path, script: Path, flags: list[str]) -> None:
    setting = f"providers.scripted.script={script}"
    arguments = ["exec", "look around", "--provider", "scripted", "-c", setting, *flags]
    imported = _imported(_run(arguments), tmp_path, tmp_path)
    assert "vtcode" in imported
    assert imported.isdisjoint(HEAVY)


def test_an_answer_without_calls_imports_nothing_that_only_a_call_or_a_question_needs(tmp_path: Path) -> None:
    script = tmp_path / "script.toml"
    script.write_text('turns = [{ text = "done" }]\n')
    setting = f"providers.scripted.script={script}"
    arguments = ["exec", "hello", "--provider", "scripted", "-c", setting]
    calls = ["policy.gathering", "policy.rules", "policy.shell", "system.facts", "system.pty"]
    calls += ["system.git_helpers", "tools.fitting"]
    calls += ["system.search", "tools.matching", "tools.mismatch", "tools.writing", "tools.sandbox_hint"]
    questions = ["bootstrap.way_on", "bootstrap.welcome", "commands.model_picker", "config.edit"]
    others = ["frontends.jsonl", "providers.tool_modes.structured", "providers.lms"]
    later = [f"vtcode.{name}" for name in (*calls, *questions, *others)]
    code = f"import sys\nassert not (there := set(sys.modules) & set({later!r})), there"
    _imported(f"{_run(arguments)}\n{code}", tmp_path, tmp_path)


def test_version_imports_hardly_anything(tmp_path: Path) -> None:
    imported = _imported(_run(["--version"]), tmp_path, tmp_path)
    assert imported.isdisjoint([*HEAVY, "httpx", "pydantic", "asyncio", "tree_sitter", "tomlkit"])


@pytest.mark.parametrize("package", CORE)
def test_the_core_imports_no_user_interface(package: str, tmp_path: Path) -> None:
    imported = _imported(f"import vtcode.{package}", tmp_path, tmp_path)
    assert imported.isdisjoint(HEAVY)


def test_the_first_frame_waits_for_nothing_that_comes_after_it(tmp_path: Path) -> None:
    code = (
        "from vtcode.cli.main import main\nimport vtcode.cli.interactive\nimport vtcode.frontends.tui.app\n"
    )
    later = (
        "vtcode.events",
        "vtcode.messages",
        "vtcode.questions",
        "vtcode.actions",
        "vtcode.details",
        "vtcode.frontends.tui.settings",
    )
    late_widgets = ("transcript_view", "queue_view", "downloads_view", "command_input")
    names = [*later, *(f"vtcode.frontends.tui.widgets.{name}" for name in late_widgets), "json", "pydantic"]
    _imported(
        f"{code}import sys\nassert not (there := set(sys.modules) & set({names!r})), there",
        tmp_path,
        tmp_path,
    )


def test_the_emulator_is_imported_by_its_subcommand_only(tmp_path: Path) -> None:
    imported = _imported(
        "import vtcode.cli.main, vtcode.bootstrap, vtcode.cli.dev_command", tmp_path, tmp_path
    )
    assert imported.isdisjoint(["starlette", "uvicorn"])
