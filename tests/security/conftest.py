"""A workspace to judge in, shared with the policy's tests."""

from __future__ import annotations

import pytest

from tests.policy.support import Place, make_place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("security"))
