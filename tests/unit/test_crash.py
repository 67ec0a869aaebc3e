"""The program's own log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from vtcode.cli.crash import start_logging


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Where the log of a program goes that was just started."""
    root = logging.getLogger("vtcode")
    before = root.handlers[:], root.level, root.propagate
    start_logging(tmp_path / "state", verbose=False)
    yield tmp_path / "state" / "vtcode.log"
    root.handlers[0].close()
    root.handlers[:], root.level, root.propagate = before


def test_the_log_is_for_its_user_alone_and_holds_no_secrets(log: Path) -> None:
    assert not log.exists()
    logging.getLogger("vtcode.some").warning("the key is %s", "sk-proj-" + "Ab3" * 16)
    assert log.stat().st_mode & 0o777 == 0o600
    assert "the key is" in log.read_text()
    assert "Ab3Ab3" not in log.read_text()
