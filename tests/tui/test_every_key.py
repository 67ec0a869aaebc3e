"""Every key of the table, pressed at its place, does what can be seen."""

from __future__ import annotations

import pytest

from tests.support.key_effects import EFFECTS
from tests.support.tui_app import running_app
from tests.tui.test_reading import TALK
from vtcode.frontends.tui.keys import KEYS, Place

BOUND = [(key.place, key.action, name) for key in KEYS for name in key.names.split(",") if name]
READS = ("transcript", "blocks", "elsewhere", "search")


@pytest.mark.parametrize(("place", "action", "name"), BOUND)
async def test_a_key_does_what_the_table_says(place: Place, action: str, name: str) -> None:
    effect = EFFECTS[place, action]
    async with running_app(past=TALK if place in READS else ()) as bench:
        await effect.given(bench)
        assert not effect.holds(bench), "before the key is pressed"
        await bench.pilot.press(name)
        await bench.until(lambda: effect.holds(bench))


def test_an_effect_is_told_for_every_key_and_for_no_other() -> None:
    assert set(EFFECTS) == {(place, action) for place, action, _ in BOUND}
