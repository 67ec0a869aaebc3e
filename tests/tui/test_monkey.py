"""The app, used at random: what must hold is told in `tests/support/monkey/run.py`.

`python -m tests.monkey` makes more moves; `--seed` makes others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.monkey import let_loose


async def test_nothing_that_a_hand_does_at_random_breaks_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    found = await let_loose(tmp_path, 300, seed=1)
    assert sum(found.moves.values()) == 300
    assert found.events["turn_ended"] == found.events["turn_started"] > 0
    assert found.words > 0
