"""What a sandbox says of itself, and what it is told to hold."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.sandboxed import request_for
from vtcode.policy.paths import PROTECTED_NAMES, RESERVED_NAMES
from vtcode.system.files import Workspace
from vtcode.system.sandbox import Containment, open_sandbox
from vtcode.system.sandbox.hidden import inside_environment
from vtcode.system.sandbox.seatbelt import profile, protected_pattern
from vtcode.system.sandbox.trees import Trees
from vtcode.system.sensitive import folded
from vtcode.tools.sandbox_hint import sandbox_hint

FULL = Containment(wanted="workspace_write", policy="workspace_write", network=False, back_end="bubblewrap")


@pytest.mark.parametrize(
    ("changes", "is_full", "label"),
    [
        ({}, True, "sandbox"),
        ({"back_end": "Seatbelt"}, True, "sandbox"),
        ({"policy": "read_only", "wanted": "read_only"}, True, "sandbox: read-only"),
        ({"network": True}, False, "sandbox, network"),
        ({"gaps": ("AGENTS.md: a link",)}, False, "sandbox, with gaps"),
        ({"back_end": "Landlock", "policy": "read_only"}, False, "sandbox: read-only"),
        ({"back_end": None, "policy": "off", "network": True}, False, "no sandbox"),
    ],
)
def test_full_is_what_holds_all_that_is_promised(
    changes: dict[str, object], is_full: bool, label: str
) -> None:
    holds = replace(FULL, **changes)  # type: ignore[arg-type]
    assert (holds.is_full, holds.label) == (is_full, label)


def test_a_sandbox_that_is_off_on_purpose_falls_short_of_nothing(tmp_path: Path) -> None:
    holds = open_sandbox(request_for(tmp_path, Workspace(tmp_path), policy="off")).containment
    assert holds.describe() == "commands run without a sandbox"
    assert not holds.falls_short


def test_a_sandbox_that_can_not_be_had_says_why_and_pretends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    holds = open_sandbox(request_for(tmp_path, Workspace(tmp_path))).containment
    if holds.back_end == "Seatbelt":
        pytest.skip("Seatbelt needs no program of the user's")
    assert (holds.policy, holds.back_end, holds.is_full) == ("off", None, False)
    assert holds.falls_short
    assert holds.describe() == "commands run without a sandbox: bubblewrap is not installed"


@pytest.mark.parametrize("place", ["project", "elsewhere"])
def test_a_bubblewrap_that_is_not_the_systems_own_is_not_trusted(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("project", "elsewhere"):
        (tmp_path / folder).mkdir()
    for name in ("bwrap", "setsid"):
        (tmp_path / place / name).write_text("#!/bin/sh\nexec true\n")
        (tmp_path / place / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / place))
    holds = open_sandbox(request_for(tmp_path, Workspace(tmp_path / "project"))).containment
    if holds.back_end == "Seatbelt":
        pytest.skip("Seatbelt needs no program of the user's")
    assert holds.back_end is None
    assert "can't be trusted" in holds.describe()


@pytest.mark.parametrize("is_added", [True, False])
def test_a_bubblewrap_that_lies_in_the_workspace_is_not_trusted(is_added: bool, tmp_path: Path) -> None:
    program = shutil.which("bwrap")
    if program is None:
        pytest.skip("bubblewrap is not installed")
    folder = Path(program).resolve().parent
    workspace = Workspace(tmp_path if is_added else folder)
    workspace.added = (folder,)
    assert "can't be trusted" in open_sandbox(request_for(tmp_path, workspace)).containment.describe()


def test_the_whole_file_system_is_no_workspace_for_a_sandbox(tmp_path: Path) -> None:
    holds = open_sandbox(request_for(tmp_path, Workspace(Path("/")))).containment
    assert (holds.policy, holds.falls_short) == ("off", True)
    assert holds.gaps == ("the workspace is the whole file system",)


def test_services_that_act_for_the_user_are_hidden_unless_told_otherwise(tmp_path: Path) -> None:
    assert {"/var/lib/lxd", "/var/lib/incus"} <= set(request_for(tmp_path, Workspace(tmp_path)).services)


def test_what_can_not_be_created_is_protected() -> None:
    assert {folded(name) for name in RESERVED_NAMES} <= PROTECTED_NAMES


def test_protected_names_are_found_at_any_depth_and_packages_are_left_out(tmp_path: Path) -> None:
    for name in (".git/hooks", "a/b/.GIT", "node_modules/x/.vscode", "a/AGENTS.md", "src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "CLAUDE.md").symlink_to("src")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    names = Trees(PROTECTED_NAMES).look([tmp_path]).names
    found = {str(Path(path).relative_to(tmp_path)) for path in names}
    assert found == {".git", "a/b/.GIT", "a/AGENTS.md", "CLAUDE.md"}


@pytest.mark.parametrize("network", [True, False])
def test_what_leads_to_services_does_not_enter_and_caches_are_private(network: bool) -> None:
    outside = {"PATH": "/bin", "SSH_AUTH_SOCK": "/x", "DOCKER_HOST": "unix:///y", "TMP": "/old"}
    inside = inside_environment(outside, "/tmp", network=network)
    assert inside.pop("npm_config_fetch_retries", None) == (None if network else "0")
    assert {name: value for name, value in inside.items() if "RETR" not in name} == {
        "PATH": "/bin",
        "TMPDIR": "/tmp",
        "XDG_CACHE_HOME": "/tmp/.cache",
        "npm_config_cache": "/tmp/.cache/npm",
        "GIT_OPTIONAL_LOCKS": "0",
    }


@pytest.mark.parametrize(
    ("path", "is_protected"),
    [
        ("/w/a.b/.git", True),
        ("/w/a.b/.git/config", True),
        ("/w/a.b/deep/er/.GIT/config", True),
        ("/w/a.b/.gitignore", False),
        ("/w/a.b/x.git", False),
        ("/w/aXb/.git", False),
        ("/elsewhere/.git", False),
    ],
)
def test_seatbelts_pattern_of_a_protected_name(path: str, is_protected: bool) -> None:
    assert bool(re.search(protected_pattern("/w/a.b", ".git"), path)) is is_protected


def test_seatbelts_profile_quotes_what_it_is_given_and_ends_with_the_narrowest_rule(tmp_path: Path) -> None:
    root = tmp_path / 'quo"te\\(back)'
    root.mkdir()
    text = profile(request_for(tmp_path, Workspace(root)), "/private/tmp/x")
    assert '\\"te\\\\(back)"' in text
    outside_texts = re.sub(r'"(\\.|[^"\\])*"', "", text)
    assert outside_texts.count("(") == outside_texts.count(")")
    assert text.index("(allow file-read* file-write* (subpath") < text.index("(deny file-write* (regex")


def test_seatbelts_profile_holds_what_links_lead_to_and_what_git_was_told_to_obey(tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").symlink_to("notes.md")
    (tmp_path / ".agents").symlink_to(".")
    (tmp_path / "other").symlink_to("elsewhere")
    text = profile(request_for(tmp_path, Workspace(tmp_path)), "/private/tmp/x", [f"{tmp_path}/hooks"])
    held = set(re.findall(r'\(deny file-write\* \(subpath "(.*)"\)\)', text))
    assert held == {f"{tmp_path}/{name}" for name in ("notes.md", "hooks", "config")}


def test_seatbelts_profile_ends_with_what_is_closed(tmp_path: Path) -> None:
    request = request_for(tmp_path, Workspace(tmp_path))
    text = profile(request, "/private/tmp/x", closed=[tmp_path / "secrets"])
    assert text.endswith(f'\n(deny file-read* file-write* (subpath "{tmp_path}/secrets"))\n')


@pytest.mark.parametrize(("network", "has_rule"), [(False, False), (True, True)])
def test_seatbelts_profile_opens_the_network_only_if_told(
    network: bool, has_rule: bool, tmp_path: Path
) -> None:
    text = profile(request_for(tmp_path, Workspace(tmp_path), network=network), "/private/tmp/x")
    assert ("(allow network*)" in text) is has_rule


@pytest.mark.parametrize(
    ("output", "holds", "told"),
    [
        ("touch: /usr/x: Read-only file system", FULL, "only the project"),
        ("fatal: Unable to create '.git/index.lock': Read-only file system", FULL, "without its .git"),
        ("curl: (6) Could not resolve host: example.com", FULL, "no network"),
        ("npm error code EAI_AGAIN", FULL, "no network"),
        ("touch: x: Read-only file system", replace(FULL, policy="read_only"), "nothing can be written"),
        ("curl: (6) Could not resolve host: x", replace(FULL, network=True), ""),
        ("AssertionError", FULL, ""),
        ("Read-only file system", replace(FULL, back_end=None), ""),
    ],
)
def test_only_what_looks_like_the_sandboxs_doing_is_told(output: str, holds: Containment, told: str) -> None:
    hint = sandbox_hint(output, holds)
    assert told in hint
    assert bool(hint) is bool(told)
    assert hint.count("\n") <= 1
