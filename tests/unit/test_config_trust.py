"""What a workspace's file may say before it is trusted: it narrows, and widens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.configuration import configuration_from
from vtcode.config.load import Overrides
from vtcode.permissions import POLICY_NAMES
from vtcode.policy.verdict import Policy, standing

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.config.load import Configuration

_STRENGTH = ["deny", "prompt", "allow"]


def _policy(tool: str, configuration: Configuration) -> str:
    chosen = configuration.chosen("tools.default_policy")
    return configuration.settings.tools.standing(tool, default_chosen=chosen)[0]


@pytest.mark.parametrize(
    ("user", "workspace", "widening"),
    [
        ("", '[tools.policies]\nrun_pty_cmd = "allow"', ['tools.policies.run_pty_cmd = "allow"']),
        ("", '[tools]\npolicies = { write_file = "allow" }', ['tools.policies.write_file = "allow"']),
        ("", '[tools]\ndefault_policy = "allow"', ['tools.default_policy = "allow"']),
        (
            '[tools]\ndefault_policy = "deny"',
            '[tools]\ndefault_policy = "prompt"\n[tools.policies]\nread_file = "allow"',
            ['tools.default_policy = "prompt"', 'tools.policies.read_file = "allow"'],
        ),
        (
            '[tools.policies]\nread_file = "deny"',
            '[tools.policies]\nread_file = "prompt"',
            ['tools.policies.read_file = "prompt"'],
        ),
        ("", '[commands]\nallow_list = ["make"]', ['commands.allow_list = ["make"]']),
        (
            "",
            '[commands]\nallow_glob = ["*"]\nallow_regex = ["."]',
            ['commands.allow_glob = ["*"]', 'commands.allow_regex = ["."]'],
        ),
        (
            '[commands]\nallow_list = ["ls"]',
            '[commands]\nallow_list = ["ls", "rm"]',
            ['commands.allow_list = ["ls", "rm"]'],
        ),
        ("", '[sandbox]\ndefault_policy = "off"', ['sandbox.default_policy = "off"']),
        (
            '[sandbox]\ndefault_policy = "read_only"',
            '[sandbox]\ndefault_policy = "workspace_write"',
            ['sandbox.default_policy = "workspace_write"'],
        ),
        ("", '[sandbox.network]\npolicy = "on"', ['sandbox.network.policy = "on"']),
        ("", '[agent]\ndefault_mode = "auto"', ['agent.default_mode = "auto"']),
        (
            '[agent]\ndefault_mode = "plan"',
            '[agent]\ndefault_mode = "build"',
            ['agent.default_mode = "build"'],
        ),
        ("", '[pty]\npreferred_shell = "./sh"', ['pty.preferred_shell = "./sh"']),
        ("", "[security]\nredact_secrets = false", ["security.redact_secrets = false"]),
        ("", '[security]\nenvironment_allow = ["*"]', ['security.environment_allow = ["*"]']),
        (
            "",
            '[providers.lmstudio]\nbase_url = "http://host/v1"\napi_key_env = "AWS_SECRET_ACCESS_KEY"',
            [
                'providers.lmstudio.base_url = "http://host/v1"',
                'providers.lmstudio.api_key_env = "AWS_SECRET_ACCESS_KEY"',
            ],
        ),
        (
            "",
            '[agent]\nprovider = "lab"\n[providers.lab]\nbase_url = "http://lab/v1"',
            ['agent.provider = "lab"', 'providers.lab.base_url = "http://lab/v1"'],
        ),
        (
            "",
            '[agent]\nprovider = "openai_compatible"\n[providers.openai_compatible]\nbase_url = "http://lab/v1"',
            [
                'agent.provider = "openai_compatible"',
                'providers.openai_compatible.base_url = "http://lab/v1"',
            ],
        ),
        (
            "",
            '[automation.full_auto]\nenabled = true\nallowed_tools = ["run_pty_cmd"]',
            ["automation.full_auto.enabled = true", 'automation.full_auto.allowed_tools = ["run_pty_cmd"]'],
        ),
        ("", '[agent]\nprovider = "embedded"', ['agent.provider = "embedded"']),
        ("", '[agent]\nprovider = "scripted"', ['agent.provider = "scripted"']),
        ("", '[agent]\ndefault_model = "./m"', ['agent.default_model = "./m"']),
        ("", '[agent]\ndefault_model = "/srv/m"', ['agent.default_model = "/srv/m"']),
        ("", '[agent]\ndefault_model = "~/m"', ['agent.default_model = "~/m"']),
        ("", '[agent]\ndefault_model = "a/../../m"', ['agent.default_model = "a/../../m"']),
        ("", '[agent]\ndefault_model = "models/m.GGUF"', ['agent.default_model = "models/m.GGUF"']),
        (
            '[agent]\nprovider = "embedded"',
            '[agent]\ndefault_model = "models/m"',
            ['agent.default_model = "models/m"'],
        ),
        ("", "[tools]\nmax_tool_loops = 101", ["tools.max_tool_loops = 101"]),
        ("", "[tools]\nmax_tool_loops = 0", ["tools.max_tool_loops = 0"]),
        ("", "[agent]\nmax_conversation_turns = 0", ["agent.max_conversation_turns = 0"]),
        (
            "[agent]\nmax_conversation_turns = 5",
            "[agent]\nmax_conversation_turns = 6",
            ["agent.max_conversation_turns = 6"],
        ),
    ],
)
def test_what_widens_waits_for_trust(tmp_path: Path, user: str, workspace: str, widening: list[str]) -> None:
    alone = configuration_from(tmp_path, user=user)

    untrusted = configuration_from(tmp_path, user=user, workspace=workspace)
    trusted = configuration_from(tmp_path, user=user, workspace=workspace, trusted=True)

    assert list(untrusted.widening) == widening
    assert untrusted.settings == alone.settings
    assert trusted.widening == ()
    assert trusted.settings != alone.settings


@pytest.mark.parametrize(
    ("user", "workspace"),
    [
        ("", '[tools]\ndefault_policy = "deny"'),
        ("", '[tools.policies]\nread_file = "deny"\nrun_pty_cmd = "deny"'),
        ('[tools]\ndefault_policy = "allow"', '[tools]\ndefault_policy = "prompt"'),
        ('[tools.policies]\nrun_pty_cmd = "allow"', '[tools.policies]\nrun_pty_cmd = "prompt"'),
        ("", '[commands]\ndeny_list = ["rm"]'),
        ('[paths]\ndeny = ["a"]', '[paths]\ndeny = ["b"]'),
        ('[commands]\nallow_list = ["ls", "rm"]', '[commands]\nallow_list = ["ls"]'),
        (
            '[automation.full_auto]\nenabled = true\nallowed_tools = ["*"]',
            '[automation.full_auto]\nenabled = false\nallowed_tools = ["read_file"]',
        ),
        (
            "",
            '[agent]\nprovider = "lmstudio"\n'
            'default_model = "lmstudio-community/meta-llama-3.1-8b-instruct"\n'
            '[tools]\ndefault_policy = "prompt"\n'
            '[tools.policies]\nread_file = "allow"\nwrite_file = "prompt"\nrun_pty_cmd = "prompt"',
        ),
        ("", "[agent]\nmax_conversation_turns = 150\n[tools]\nmax_tool_loops = 1"),
        ("[tools]\nmax_tool_loops = 0", "[tools]\nmax_tool_loops = 500"),
        ('[agent]\nprovider = "embedded"\ndefault_model = "~/m.gguf"', '[agent]\ndefault_model = "~/m.gguf"'),
        ('[agent]\nprovider = "embedded"', '[agent]\nprovider = "lmstudio"'),
        ("", '[agent]\nprovider = "openai_compatible"\ndefault_model = "m"\n[ui]\ntheme = "x"'),
        ("", '[sandbox]\ndefault_policy = "read_only"'),
        ("", '[agent]\ndefault_mode = "plan"'),
        ('[sandbox.network]\npolicy = "on"', '[sandbox.network]\npolicy = "off"'),
    ],
)
def test_what_narrows_applies_at_once(tmp_path: Path, user: str, workspace: str) -> None:
    untrusted = configuration_from(tmp_path, user=user, workspace=workspace)
    trusted = configuration_from(tmp_path, user=user, workspace=workspace, trusted=True)

    assert untrusted.widening == ()
    assert untrusted.settings == trusted.settings


def test_what_the_user_says_above_the_workspace_needs_no_trust(tmp_path: Path) -> None:
    configuration = configuration_from(
        tmp_path, overrides=Overrides(assignments=("tools.policies.run_pty_cmd=allow",))
    )

    assert configuration.widening == ()
    assert _policy("run_pty_cmd", configuration) == "allow"


_POLICIES = st.sampled_from(_STRENGTH)
_TOOLS_TABLE = st.builds(
    lambda default, entries: (
        "[tools]\n"
        + (f'default_policy = "{default}"\n' if default else "")
        + "[tools.policies]\n"
        + "".join(f'{tool} = "{policy}"\n' for tool, policy in entries.items())
    ),
    st.none() | _POLICIES,
    st.dictionaries(st.sampled_from(POLICY_NAMES), _POLICIES),
)


@given(user=_TOOLS_TABLE, workspace=_TOOLS_TABLE)
def test_no_untrusted_file_makes_any_tools_policy_weaker(
    tmp_path_factory: pytest.TempPathFactory, user: str, workspace: str
) -> None:
    folder = tmp_path_factory.mktemp("policies")
    alone = configuration_from(folder, user=user)
    both = configuration_from(folder, user=user, workspace=workspace)

    for tool in POLICY_NAMES:
        assert _STRENGTH.index(_policy(tool, both)) <= _STRENGTH.index(_policy(tool, alone))


@given(user=_TOOLS_TABLE)
def test_what_is_shown_of_a_policy_is_what_the_gate_goes_by(
    tmp_path_factory: pytest.TempPathFactory, user: str
) -> None:
    configuration = configuration_from(tmp_path_factory.mktemp("policies"), user=user)
    tools = configuration.settings.tools
    gate = Policy(
        default=tools.default_policy,
        default_explicit=configuration.chosen("tools.default_policy"),
        tools=tools.policies,
    )

    for tool in POLICY_NAMES:
        assert _policy(tool, configuration) == standing(tool, gate)[0]
