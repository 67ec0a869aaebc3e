"""Layers: which value wins, where it came from, and what the files may look like."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.configuration import configuration_from, locations_in
from vtcode.config.keys import ANY_NAME, Key, known_keys
from vtcode.config.load import Overrides, api_key, load
from vtcode.config.schema import Settings
from vtcode.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

GUIDE_EXAMPLE = """\
[agent]
provider = "lmstudio"                     # LM Studio provider
default_model = "lmstudio-community/meta-llama-3.1-8b-instruct"

[tools]
default_policy = "prompt"

[tools.policies]
read_file = "allow"
write_file = "prompt"
run_pty_cmd = "prompt"
"""


def test_without_any_layer_everything_is_built_in(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path)

    assert configuration.settings == Settings()
    assert not configuration.origins
    assert not configuration.sources
    assert not configuration.chosen("agent.provider")
    assert configuration.workspace_file is None


def test_the_guides_example_applies_without_trust_and_without_warnings(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path, workspace=GUIDE_EXAMPLE)

    assert configuration.settings.agent.provider == "lmstudio"
    assert configuration.settings.agent.default_model == "lmstudio-community/meta-llama-3.1-8b-instruct"
    assert configuration.settings.tools.policies == {
        "read_file": "allow",
        "write_file": "prompt",
        "run_pty_cmd": "prompt",
    }
    assert configuration.widening == ()
    assert configuration.warnings == ()
    assert configuration.origin("tools.policies.read_file") == "workspace"


def test_each_layer_beats_the_one_below(tmp_path: Path) -> None:
    extra = tmp_path / "extra.toml"
    extra.write_text('[agent]\ndefault_model = "from --config"\n')
    below = Overrides(config_file=extra)
    assigned = Overrides(config_file=extra, assignments=("agent.default_model=from -c",))
    flagged = Overrides(config_file=extra, assignments=("agent.default_model=x",), model="from flag")

    def chosen(overrides: Overrides | None = None) -> tuple[str, str]:
        configuration = configuration_from(tmp_path, overrides=overrides)
        return configuration.settings.agent.default_model, configuration.origin("agent.default_model")

    configuration_from(tmp_path, user='[agent]\ndefault_model = "from user"')
    assert chosen() == ("from user", "user")
    configuration_from(tmp_path, workspace='[agent]\ndefault_model = "from workspace"')
    assert chosen() == ("from workspace", "workspace")
    assert chosen(below) == ("from --config", "--config")
    assert chosen(assigned) == ("from -c", "-c")
    assert chosen(flagged) == ("from flag", "flag")


def test_an_address_needs_no_scheme(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path, environ={"LMSTUDIO_BASE_URL": "localhost:1234"})

    assert configuration.settings.provider("lmstudio").base_url == "localhost:1234"


def test_the_environment_stands_between_workspace_and_config_file(tmp_path: Path) -> None:
    extra = tmp_path / "extra.toml"
    extra.write_text('[providers.lmstudio]\nbase_url = "http://config:1"\n')
    workspace = '[providers.lmstudio]\nbase_url = "http://workspace:1"'
    environ = {"LMSTUDIO_BASE_URL": "http://environment:1"}

    under = configuration_from(tmp_path, workspace=workspace, environ=environ, trusted=True)
    over = configuration_from(tmp_path, environ=environ, overrides=Overrides(config_file=extra), trusted=True)

    assert under.settings.provider("lmstudio").base_url == "http://environment:1"
    assert under.origin("providers.lmstudio.base_url") == "environment"
    assert over.settings.provider("lmstudio").base_url == "http://config:1"


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    configuration = configuration_from(tmp_path, environ={"LMSTUDIO_BASE_URL": " "})

    assert not configuration.chosen("providers.lmstudio.base_url")


def test_tables_merge_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    configuration = configuration_from(
        tmp_path,
        user='[tools.policies]\nwrite_file = "deny"\n[commands]\nallow_list = ["ls", "make"]\n',
        workspace='[tools.policies]\nedit_file = "deny"\n[commands]\nallow_list = ["ls"]\n',
    )

    assert configuration.settings.tools.policies == {"write_file": "deny", "edit_file": "deny"}
    assert configuration.settings.commands.allow_list == ("ls",)


def test_deny_lists_of_all_layers_are_united(tmp_path: Path) -> None:
    configuration = configuration_from(
        tmp_path,
        user='[commands]\ndeny_list = ["rm", "curl"]\n',
        workspace='[commands]\ndeny_list = ["curl", "wget"]\n',
        overrides=Overrides(assignments=("commands.deny_list=[]",)),
    )

    assert configuration.settings.commands.deny_list == ("rm", "curl", "wget")
    assert configuration.origin("commands.deny_list") == "workspace"


def test_what_one_layer_closes_no_other_opens(tmp_path: Path) -> None:
    configuration = configuration_from(
        tmp_path,
        user='[paths]\ndeny = ["secrets"]\n',
        workspace='[paths]\ndeny = ["*.sqlite"]\n',
        overrides=Overrides(assignments=("paths.deny=[]",)),
    )

    assert configuration.settings.paths.deny == ("secrets", "*.sqlite")


@pytest.mark.parametrize("pattern", ["/", "../x", "~root/x", "[z-a]"])
def test_a_path_that_can_not_be_meant_rejects_the_file(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"paths\.deny"):
        configuration_from(tmp_path, user=f'[paths]\ndeny = ["{pattern}"]\n')


@pytest.mark.parametrize(
    ("assignment", "section", "key", "value"),
    [
        ("agent.temperature=0.5", "agent", "temperature", 0.5),
        ("tools.max_tool_loops = 7", "tools", "max_tool_loops", 7),
        ("agent.default_model=qwen/qwen3-8b", "agent", "default_model", "qwen/qwen3-8b"),
        ('agent.default_model="7"', "agent", "default_model", "7"),
        ("agent.default_model=a=b", "agent", "default_model", "a=b"),
        ("agent.default_model=", "agent", "default_model", ""),
        ("agent.default_model=1\nfoo=2", "agent", "default_model", "1\nfoo=2"),
        ('commands.deny_list=["rm"]', "commands", "deny_list", ("rm",)),
        ("ui={theme='x'}", "ui", "theme", "x"),
    ],
)
def test_a_value_on_the_command_line_is_toml_or_else_a_string(
    tmp_path: Path, assignment: str, section: str, key: str, value: object
) -> None:
    configuration = configuration_from(tmp_path, overrides=Overrides(assignments=(assignment,)))

    assert getattr(getattr(configuration.settings, section), key) == value
    assert configuration.origin(f"{section}.{key}") == "-c"


def test_the_last_of_two_assignments_wins(tmp_path: Path) -> None:
    overrides = Overrides(assignments=("ui.theme=one", "ui.theme=two"))

    assert configuration_from(tmp_path, overrides=overrides).settings.ui.theme == "two"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf[ui]\ntheme = 'x'\n",
        b"[ui]\r\ntheme = 'x'\r\n",
        b"[ui]\ntheme = 'x'",
    ],
    ids=["byte order mark", "CRLF", "no final newline"],
)
def test_files_of_every_editor_load(tmp_path: Path, content: bytes) -> None:
    assert configuration_from(tmp_path, workspace=content).settings.ui.theme == "x"


def test_a_workspace_that_is_the_users_configuration_folder_needs_no_trust(tmp_path: Path) -> None:
    places = locations_in(tmp_path)
    places.config.mkdir()
    places.user_file.write_text('[tools.policies]\nrun_pty_cmd = "allow"\n')

    configuration = load(
        places.config,
        locations=places,
        environ={},
        overrides=Overrides(),
        trusted=lambda digest: digest is not None,
    )

    assert configuration.settings.tools.policies == {"run_pty_cmd": "allow"}
    assert configuration.workspace_file is None


def test_paths_are_relative_to_the_file_that_says_them(tmp_path: Path) -> None:
    configuration = configuration_from(
        tmp_path,
        user='[providers.scripted]\nscript = "replay.jsonl"\n'
        '[providers.embedded]\nmodel_path = "/a/m.gguf"\n',
    )

    assert configuration.settings.provider("scripted").script == str(tmp_path / "config" / "replay.jsonl")
    assert configuration.settings.provider("embedded").model_path == "/a/m.gguf"


def test_trust_is_asked_for_the_very_bytes_that_were_read(tmp_path: Path) -> None:
    shown = '[tools.policies]\nrun_pty_cmd = "prompt"\n'
    swapped = '[tools.policies]\nrun_pty_cmd = "allow"\n'
    file = tmp_path / "project" / "vtcode.toml"
    asked: list[str | None] = []

    def trusted(digest: str | None) -> bool:
        asked.append(digest)
        file.write_text(shown)  # too late: what counts was read before
        return digest == hashlib.sha256(shown.encode()).hexdigest()

    file.parent.mkdir()
    file.write_text(swapped)
    configuration = load(
        file.parent, locations=locations_in(tmp_path), environ={}, overrides=Overrides(), trusted=trusted
    )

    assert asked == [hashlib.sha256(swapped.encode()).hexdigest()] == [configuration.workspace_digest]
    assert configuration.settings.tools.policies == {}
    assert configuration.widening == ('tools.policies.run_pty_cmd = "allow"',)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"LM_API_TOKEN": "b"}, "b"),
        ({"LMSTUDIO_API_KEY": "a", "LM_API_TOKEN": "b"}, "a"),
        ({"LMSTUDIO_API_KEY": " ", "LMSTUDIO_API_TOKEN": "c\n"}, "c"),
    ],
)
def test_lm_studios_key_is_the_first_variable_that_is_set(
    environ: dict[str, str], expected: str | None
) -> None:
    assert api_key("lmstudio", Settings(), environ) == expected
    assert api_key("openai_compatible", Settings(), environ) is None


def test_a_variable_that_is_named_is_the_only_one_looked_at() -> None:
    settings = Settings.model_validate({"providers": {"lmstudio": {"api_key_env": "MINE"}}})

    assert api_key("lmstudio", settings, {"MINE": "m", "LMSTUDIO_API_KEY": "a"}) == "m"
    assert api_key("lmstudio", settings, {"LMSTUDIO_API_KEY": "a"}) is None


def test_a_named_server_speaks_the_common_protocol_unless_it_says_otherwise() -> None:
    settings = Settings.model_validate({"providers": {"one": {}, "two": {"kind": "lmstudio"}}})

    assert settings.provider_kind("one") == "openai_compatible"
    assert settings.provider_kind("two") == "lmstudio"
    assert settings.provider_kind("scripted") == "scripted"


@pytest.mark.parametrize("key", list(known_keys()), ids=lambda key: ".".join(key.path))
def test_no_key_takes_a_value_of_another_type(tmp_path: Path, key: Key) -> None:
    name = "read_file" if "policies" in key.path else "lab"
    path = ".".join(name if part == ANY_NAME else part for part in key.path)

    with pytest.raises(ConfigError, match=r"1979-05-27 is not allowed|this value is not allowed"):
        configuration_from(tmp_path, overrides=Overrides(assignments=(f"{path}=1979-05-27",)))


@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_content_loads_or_is_one_line_of_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")

    message = _error_message(folder, content)

    assert message is None or (message.startswith(str(folder)) and message.isprintable())


def _error_message(folder: Path, content: bytes) -> str | None:
    try:
        configuration_from(folder, workspace=content)
    except ConfigError as error:
        return error.message
    return None
