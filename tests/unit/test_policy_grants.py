"""What was granted and trusted is kept, shared between programs, and never lost to a broken file."""

from __future__ import annotations

import stat
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vtcode.errors import UnwritableFolder
from vtcode.policy import Grants, TrustStore
from vtcode.policy.grants import grants_file, load, save

RULES = ("write_file", "run_pty_cmd(git add *)", "run_pty_cmd(pytest -k 'a b')")


def _grants(*rules: str) -> Grants:
    grants = Grants()
    for rule in rules:
        grants = grants.with_rule(rule)
    return grants


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return grants_file(tmp_path / "state", tmp_path / "project")


class TestGrants:
    def test_what_is_saved_is_loaded(self, file: Path) -> None:
        save(file, _grants(*RULES))
        assert set(load(file).rules()) == set(RULES)

    def test_a_missing_file_holds_nothing_and_is_no_problem(self, file: Path) -> None:
        assert load(file) == Grants()

    def test_an_empty_rule_changes_nothing(self) -> None:
        assert Grants().with_rule("") == Grants()

    def test_saving_adds_to_what_another_program_saved(self, file: Path) -> None:
        save(file, _grants("write_file"))
        both = save(file, _grants("edit_file"))
        assert both.tools == {"write_file", "edit_file"}

    def test_programs_that_save_at_once_lose_nothing(self, file: Path) -> None:
        rules = [f"run_pty_cmd(make {number})" for number in range(20)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda rule: save(file, _grants(rule)), rules))
        assert set(load(file).rules()) == set(rules)

    def test_only_the_user_can_read_the_file(self, file: Path) -> None:
        save(file, _grants("write_file"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_file_that_others_could_read_becomes_the_users_alone(self, file: Path) -> None:
        save(file, _grants("write_file"))
        file.chmod(0o666)
        save(file, _grants("edit_file"))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.parametrize(
        "content", [b"tools = [", b"\xff", b"tools = 'write_file'", b"tools = [1]", b"commands = {a = 1}"]
    )
    def test_a_broken_file_grants_nothing_and_is_kept(self, content: bytes, file: Path) -> None:
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        loaded = load(file)
        assert loaded.rules() == ()
        assert str(file) in loaded.warning
        assert file.read_bytes() == content
        assert save(file, _grants("write_file")).tools == {"write_file"}
        assert file.with_name(f"{file.name}.broken-1").read_bytes() == content

    def test_a_folder_in_the_files_place_is_no_crash(self, file: Path) -> None:
        file.mkdir(parents=True)
        assert load(file).warning

    def test_a_file_that_can_not_be_written_is_said_so(self, tmp_path: Path) -> None:
        (tmp_path / "state").write_text("in the way")
        with pytest.raises(UnwritableFolder, match="can't be written"):
            save(grants_file(tmp_path / "state", tmp_path), _grants("write_file"))

    def test_every_workspace_has_its_own_file(self, tmp_path: Path) -> None:
        first = grants_file(tmp_path, tmp_path / "a" / "project")
        second = grants_file(tmp_path, tmp_path / "b" / "project")
        assert first != second
        assert first.name.startswith("project-")

    def test_nothing_is_left_beside_the_file(self, file: Path) -> None:
        save(file, _grants("write_file"))
        assert {path.name for path in file.parent.iterdir()} == {file.name, f"{file.name}.lock"}


class TestTrust:
    def test_trust_is_bound_to_the_content(self, tmp_path: Path) -> None:
        store = TrustStore(file=tmp_path / "trust.toml")
        assert not store.is_trusted(tmp_path, "1")
        store.trust(tmp_path, "1")
        assert store.is_trusted(tmp_path, "1")
        assert not store.is_trusted(tmp_path, "2")

    def test_trust_is_bound_to_the_folder(self, tmp_path: Path) -> None:
        store = TrustStore(file=tmp_path / "trust.toml")
        store.trust(tmp_path / "a", "1")
        assert not store.is_trusted(tmp_path / "b", "1")

    def test_no_content_needs_no_trust(self, tmp_path: Path) -> None:
        store = TrustStore(file=tmp_path / "trust.toml")
        assert store.is_trusted(tmp_path, None)
        store.trust(tmp_path, None)
        assert not store.file.exists()

    def test_trust_of_one_folder_leaves_the_others(self, tmp_path: Path) -> None:
        store = TrustStore(file=tmp_path / "trust.toml")
        store.trust(tmp_path / "a", "1")
        store.trust(tmp_path / "b", "2")
        assert store.is_trusted(tmp_path / "a", "1")
        assert len(tomllib.loads(store.file.read_text())["trusted"]) == 2

    @pytest.mark.parametrize("content", ["trusted = [", "trusted = 1", "[trusted]\na = 1\n"])
    def test_a_broken_file_trusts_nothing(self, content: str, tmp_path: Path) -> None:
        store = TrustStore(file=tmp_path / "trust.toml")
        store.file.write_text(content)
        assert not store.is_trusted(tmp_path, "1")
        store.trust(tmp_path, "1")
        assert store.is_trusted(tmp_path, "1")
