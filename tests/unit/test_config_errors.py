"""What is said when a layer is wrong: one line with the place, the key, what is allowed and what is near."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.configuration import configuration_from, locations_in
from vtcode.config.load import Overrides
from vtcode.config.original_keys import ORIGINAL_KEYS, ORIGINAL_TOP_LEVEL, USE_INSTEAD
from vtcode.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def _message(folder: Path, workspace: str | bytes, **more: object) -> str:
    with pytest.raises(ConfigError) as raised:
        configuration_from(folder, workspace=workspace, **more)  # type: ignore[arg-type]
    assert raised.value.exit_code == 2
    return raised.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '[tools]\n\ndefault_policy = "alow"\n',
            r':3: tools.default_policy: "alow" is not allowed; allowed: "allow", "prompt", "deny"; '
            r'did you mean "allow"\?',
            id="a value outside a closed set",
        ),
        pytest.param(
            "[tools]\ndefault_polcy = 1\n",
            r":2: tools.default_polcy: unknown key; allowed: default_policy, max_tool_loops, policies; "
            r'did you mean "tools.default_policy"\?',
            id="a misspelt key",
        ),
        pytest.param(
            "[agent]\nmax_tool_loops = 3\n",
            r':2: agent.max_tool_loops: unknown key; .*did you mean "tools.max_tool_loops"\?',
            id="a key in the wrong section",
        ),
        pytest.param(
            'provider = "lmstudio"\n',
            r':1: provider: unknown key; .*did you mean "agent.provider"\?',
            id="a key outside any section",
        ),
        pytest.param(
            '[agent]\nprovider = "lmstuido"\n',
            r':2: agent.provider: no provider is called "lmstuido"; allowed: .*did you mean "lmstudio"\?',
            id="an unknown provider",
        ),
        pytest.param(
            '[tools.policies]\nread_fil = "deny"\n',
            r':2: tools.policies.read_fil: unknown tool; .*did you mean "tools.policies.read_file"\?',
            id="a misspelt tool",
        ),
        pytest.param(
            '[agent]\ntemperature = "hot"\n',
            r':2: agent.temperature: "hot" is not allowed; allowed: a number from 0 to 2$',
            id="a text for a number",
        ),
        pytest.param("[agent]\ntemperature = nan\n", r":2: agent.temperature: nan is not", id="not a number"),
        pytest.param(
            "[agent]\nmax_conversation_turns = true\n",
            r":2: agent.max_conversation_turns: true is not allowed; allowed: a whole number, 0 or more$",
            id="true is no number",
        ),
        pytest.param("agent = 3\n", r":1: agent: 3 where a section \[agent\] belongs$", id="no section"),
        pytest.param(
            '[commands]\nallow_regex = [\n  "a",\n  "(",\n]\n',
            r":2: commands.allow_regex: not a regular expression: missing \)",
            id="a broken regular expression",
        ),
        pytest.param(
            '[commands]\nallow_list = [" "]\n', r":2: commands.allow_list: an empty rule", id="empty rule"
        ),
        pytest.param(
            '[providers.embedded]\nkind = "scripted"\n',
            r":2: providers.embedded.kind: embedded is built in",
            id="a built-in provider of another kind",
        ),
        pytest.param(
            '[providers."a b"]\n', r':1: providers."a b": a provider\'s name is', id="a provider's name"
        ),
        pytest.param(
            '[automation.full_auto]\nallowed_tools = ["rm"]\n',
            r":2: automation.full_auto.allowed_tools: 'rm' is no tool",
            id="an unknown tool for full auto",
        ),
        pytest.param("[ui]\ntheme = \n", r":2: not valid TOML: Invalid value$", id="broken TOML"),
        pytest.param('[ui]\n\ntheme = """\n', r":3: not valid TOML: ", id="broken at the end"),
        pytest.param("[ui]\n[ui]\n", r":2: not valid TOML: ", id="a section twice"),
        pytest.param("x = " + "[" * 9999, r":1: not valid TOML: nested too deeply$", id="too deep"),
        pytest.param(
            "agent.provider" + ".a" * 3000 + " = 1\n", r":1: agent.provider: a table is not", id="a deep key"
        ),
        pytest.param(b"[ui]\ntheme = '\xff'\n", r":2: not UTF-8 text", id="not UTF-8"),
        pytest.param("\ufeff[ui]\r\n\r\ntheme = 3\r\n", r":3: ui.theme: 3 is not", id="with CRLF and a mark"),
        pytest.param(
            '[ui]\ntheme = "a"\nother = """\n[x]\ny = 1\n"""\n',
            r":3: ui.other: unknown",
            id="before a long text",
        ),
    ],
)
def test_an_error_names_file_line_key_and_what_is_allowed(
    tmp_path: Path, text: str | bytes, expected: str
) -> None:
    file = re.escape(str(tmp_path / "project" / "vtcode.toml"))

    assert re.match(file + expected, _message(tmp_path, text))


def test_of_several_errors_the_first_in_the_file_is_told(tmp_path: Path) -> None:
    text = "[ui]\ntheme = 1\n[agent]\nprovider = 2\n[tools]\nfoo = 3\n"

    assert ":2: ui.theme" in _message(tmp_path, text)


def test_every_layer_is_named_by_its_own_name(tmp_path: Path) -> None:
    def message(**more: object) -> str:
        return _message(tmp_path, "", **more)

    assert message(overrides=Overrides(provider="lmstuido")).startswith("--provider: agent.provider: ")
    assert message(overrides=Overrides(assignments=("ui.them=x",))).startswith("-c: ui.them: unknown key")
    assert message(overrides=Overrides(assignments=("iu.theme=x",))).startswith("-c: iu.theme: unknown key")
    assert "unknown key; allowed: agent, " in message(overrides=Overrides(assignments=("foo.bar=1",)))
    assert message(overrides=Overrides(assignments=("ui.theme",))).startswith(
        '-c: "ui.theme" is not key=value'
    )
    assert message(overrides=Overrides(config_file=tmp_path / "no")).startswith("--config: there is no file")
    assert message(environ={"LMSTUDIO_BASE_URL": "ftp://localhost"}).startswith("LMSTUDIO_BASE_URL: ")
    user_file = locations_in(tmp_path).user_file
    assert message(user="[ui]\nthem = 1\n").startswith(f"{user_file}:2: ui.them")


def test_a_value_of_a_provider_is_never_repeated(tmp_path: Path) -> None:
    for text in (
        '[providers.lmstudio]\nbase_url = "ftp://me:hunter2@host"\n',
        '[providers.lmstudio]\nbase_url = "me:hunter2@host"\n',
        '[providers.lmstudio]\nbase_url = "http://host/v1?token=hunter2"\n',
        '[providers.lmstudio]\nbase_url = "http//hunter2"\n',
        '[providers.lmstudio]\napi_key_env = "sk-hunter2"\n',
        '[providers.lmstudio]\napi_key = "hunter2"\n',
        '[providers.lmstudio]\nwindow_tokens = "hunter2"\n',
        'providers = "hunter2"\n',
    ):
        assert "hunter2" not in _message(tmp_path, text)


def test_a_key_in_a_file_is_answered_with_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        configuration_from(tmp_path, workspace='[providers.lmstudio]\napi_key = "x"\n')

    assert "api_key_env" in raised.value.hint


def test_control_characters_of_a_file_do_not_reach_the_message(tmp_path: Path) -> None:
    for text in ('[ui]\n"a\\u001b[31m" = 1\n', '[ui]\nreasoning_display_mode = "\\u001b[31m\\u202e"\n'):
        assert _message(tmp_path, text).isprintable()


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "large"])
def test_what_is_no_ordinary_file_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "project" / "vtcode.toml"
    path.parent.mkdir()
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "loop":
            path.symlink_to(path)
        case _:
            path.write_bytes(b"#" * 2_000_000)

    with pytest.raises(ConfigError) as raised:
        configuration_from(tmp_path)
    assert raised.value.message.startswith(f"{path}: ")


def test_the_file_is_never_touched(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf[ui]\r\nthem = 1"

    _message(tmp_path, content)

    assert (tmp_path / "project" / "vtcode.toml").read_bytes() == content


def test_everything_the_original_has_beside_ours_is_a_warning(tmp_path: Path) -> None:
    lines = [f"{key} = 1" for key in sorted(ORIGINAL_TOP_LEVEL)]
    for section, keys in ORIGINAL_KEYS.items():
        lines.append(f"[{'.'.join(section).replace('<name>', 'lmstudio')}]")
        lines += [f"{key} = 1" for key in sorted(keys)]
    lines += ["[mcp]", "enabled = true", "[[mcp.providers]]", 'name = "x"', "[telemetry]", "a.b = 1"]

    configuration = configuration_from(tmp_path, workspace="\n".join(lines))

    ignored = len(ORIGINAL_TOP_LEVEL) + sum(len(keys) for keys in ORIGINAL_KEYS.values()) + 2
    assert len(configuration.warnings) == ignored
    assert configuration.origins == {}


def test_a_warning_has_the_line_and_the_key_to_use_instead(tmp_path: Path) -> None:
    text = '[agent]\ntheme = "ciapre"\n[agnet]\n[automation.full_auto]\nallowed_tools = ["exec_command"]\n'
    configuration = configuration_from(tmp_path, workspace=text)

    file = configuration.workspace_file
    assert configuration.warnings == (
        f"{file}:2: agent.theme: not used by this program; ignored; use ui.theme",
        f'{file}:3: agnet: not a section of this program; ignored; did you mean "agent"?',
        f'{file}:5: automation.full_auto.allowed_tools: "exec_command" is not a tool of this program; '
        "ignored",
    )
    assert configuration.settings.automation.full_auto.allowed_tools == ()


def test_no_key_is_both_ours_and_the_originals() -> None:
    from vtcode.config.keys import keys_in

    for section, keys in ORIGINAL_KEYS.items():
        assert not keys & set(keys_in(section))
    assert all(path[-1] in ORIGINAL_KEYS[path[:-1]] for path in USE_INSTEAD)
