"""One workspace for all judgements: these never change it."""

from __future__ import annotations

import pytest

from tests.policy.support import Place, make_place


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("judged"))
