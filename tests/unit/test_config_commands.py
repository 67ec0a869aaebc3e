"""`vtcode config show` and `vtcode init`."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.support.configuration import configuration_from
from vtcode.cli.config_command import run_show
from vtcode.cli.init_command import run_init
from vtcode.config.keys import known_keys
from vtcode.config.load import Overrides
from vtcode.config.template import template
from vtcode.errors import UnwritableFolder, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def _values(folder: Path, capsys: pytest.CaptureFixture[str], **more: object) -> dict[str, dict[str, object]]:
    assert run_show(configuration_from(folder, **more), as_json=True) == 0  # type: ignore[arg-type]
    shown: dict[str, dict[str, object]] = json.loads(capsys.readouterr().out)["values"]
    return shown


def test_show_has_every_key_with_its_layer_and_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = _values(
        tmp_path,
        capsys,
        user='[ui]\ntheme = "x"\n',
        environ={"LMSTUDIO_BASE_URL": "http://localhost:9/v1"},
        overrides=Overrides(model="m"),
    )

    file = str(tmp_path / "config" / "vtcode.toml")
    assert values["ui.theme"] == {"value": "x", "layer": "user", "source": file}
    assert values["agent.default_model"] == {"value": "m", "layer": "flag", "source": None}
    assert values["providers.lmstudio.base_url"]["layer"] == "environment"
    assert values["agent.temperature"] == {"value": None, "layer": "built-in", "source": None}
    for key in known_keys():
        if "<name>" not in key.path:
            assert ".".join(key.path) in values


@pytest.mark.parametrize(
    ("user", "tool", "value", "layer"),
    [
        ("", "read_file", "allow", "built-in"),
        ("", "run_pty_cmd", "prompt", "built-in"),
        ('[tools]\ndefault_policy = "allow"', "run_pty_cmd", "allow", "user"),
        ('[tools]\ndefault_policy = "prompt"', "read_file", "allow", "built-in"),
        ('[tools]\ndefault_policy = "deny"', "read_file", "deny", "user"),
        ('[tools.policies]\nread_file = "prompt"', "read_file", "prompt", "user"),
    ],
)
def test_show_tells_what_the_policies_come_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], user: str, tool: str, value: str, layer: str
) -> None:
    row = _values(tmp_path, capsys, user=user)[f"tools.policies.{tool}"]

    assert (row["value"], row["layer"]) == (value, layer)


def test_show_prints_toml_that_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user = '[ui]\ntheme = "a\\u001b\\"b"\n[commands]\nallow_list = ["git status", "ls"]\n'

    run_show(configuration_from(tmp_path, user=user), as_json=False)

    out = capsys.readouterr().out
    table = tomllib.loads(out)
    assert table["ui"]["theme"] == 'a\x1b"b'
    assert table["commands"]["allow_list"] == ["git status", "ls"]
    assert table["tools"]["policies"]["list_files"] == "allow"
    assert "# agent.temperature is not set" in out
    assert "\x1b" not in out


def test_show_keeps_secrets_and_sends_warnings_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user = '[providers.lab]\nbase_url = "http://lab:1/v1"\n[mcp]\nenabled = true\n'
    environ = {"LMSTUDIO_API_KEY": "hunter2"}

    for as_json in (False, True):
        run_show(configuration_from(tmp_path, user=user, environ=environ), as_json)

        captured = capsys.readouterr()
        assert "hunter2" not in captured.out + captured.err
        assert "http://lab:1/v1" in captured.out
        assert "warning: " in captured.err
        assert ":3: mcp: not a section of this program" in captured.err


def test_show_lists_what_waits_for_trust(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = configuration_from(tmp_path, workspace='[commands]\nallow_list = ["make"]\n')

    run_show(configuration, as_json=False)

    out = capsys.readouterr().out
    assert "not trusted" in out
    assert '#   commands.allow_list = ["make"]' in out


def test_init_writes_the_template_and_prints_its_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_init(tmp_path, force=False) == 0

    assert (tmp_path / "vtcode.toml").read_text() == template()
    assert capsys.readouterr().out == f"{tmp_path / 'vtcode.toml'}\n"


def test_init_overwrites_only_by_force(tmp_path: Path) -> None:
    file = tmp_path / "vtcode.toml"
    file.write_text("# mine\n")
    file.chmod(0o600)

    with pytest.raises(UsageError) as raised:
        run_init(tmp_path, force=False)
    assert "--force" in raised.value.hint
    assert file.read_text() == "# mine\n"

    run_init(tmp_path, force=True)
    assert file.read_text() == template()
    assert file.stat().st_mode & 0o777 == 0o600


def test_init_by_force_works_where_there_is_nothing(tmp_path: Path) -> None:
    run_init(tmp_path, force=True)

    assert (tmp_path / "vtcode.toml").read_text() == template()


def test_init_leaves_a_folder_of_that_name_alone(tmp_path: Path) -> None:
    (tmp_path / "vtcode.toml").mkdir()

    for force in (False, True):
        with pytest.raises(UsageError, match="is there already"):
            run_init(tmp_path, force)


def test_init_in_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFolder, match="No such file"):
        run_init(tmp_path / "gone", force=False)
