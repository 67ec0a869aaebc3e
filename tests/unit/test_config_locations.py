"""The user's folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vtcode.config.locations import ensure_folder, find_locations
from vtcode.errors import UnwritableFolder


def test_the_xdg_variables_count_on_every_platform(tmp_path: Path) -> None:
    places = find_locations(
        {
            "XDG_CONFIG_HOME": str(tmp_path / "c"),
            "XDG_STATE_HOME": str(tmp_path / "s"),
            "XDG_CACHE_HOME": str(tmp_path / "k"),
        }
    )

    assert places.config == tmp_path / "c" / "vtcode"
    assert places.user_file == tmp_path / "c" / "vtcode" / "vtcode.toml"
    assert places.state == tmp_path / "s" / "vtcode"
    assert places.cache == tmp_path / "k" / "vtcode"


def test_without_them_the_folders_are_where_the_platform_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    places = find_locations({"XDG_CONFIG_HOME": "relative/ignored", "XDG_STATE_HOME": ""})

    if sys.platform == "darwin":
        assert places.config == tmp_path / "Library" / "Application Support" / "vtcode"
        assert places.cache == tmp_path / "Library" / "Caches" / "vtcode"
    else:
        assert places.config == tmp_path / ".config" / "vtcode"
        assert places.state == tmp_path / ".local" / "state" / "vtcode"
        assert places.cache == tmp_path / ".cache" / "vtcode"


def test_a_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"

    assert ensure_folder(folder) == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert ensure_folder(folder) == folder


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    with pytest.raises(UnwritableFolder, match="state") as raised:
        ensure_folder(tmp_path / "state" / "vtcode")
    assert "XDG_STATE_HOME" in raised.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(UnwritableFolder, match="Permission denied"):
            ensure_folder(tmp_path)
    finally:
        tmp_path.chmod(0o700)
