from __future__ import annotations

from vtcode.providers.shared_load import LoadGauge


async def test_nothing_is_told_before_a_load_begins() -> None:
    gauge = LoadGauge()
    assert (gauge.reading(), gauge.elapsed_s) == (None, 0)


async def test_without_an_expectation_nobody_knows() -> None:
    gauge = LoadGauge()
    gauge.begin(None)
    reading = gauge.reading()
    assert reading is not None
    assert (reading.progress, reading.estimated) == (None, False)


async def test_a_guess_grows_with_the_time_and_never_says_that_it_is_done() -> None:
    slow, late = LoadGauge(), LoadGauge()
    slow.begin(1e9)
    late.begin(1e-9)
    young, old = slow.reading(), late.reading()
    assert young is not None
    assert old is not None
    assert young.progress is not None
    assert 0 < young.progress < 0.5
    assert (old.progress, young.estimated, old.estimated) == (0.95, True, True)


async def test_the_servers_word_goes_before_a_guess_and_is_bounded() -> None:
    gauge = LoadGauge()
    gauge.begin(1e-9)
    gauge.tell(0.25)
    reading = gauge.reading()
    assert reading is not None
    assert (reading.progress, reading.estimated) == (0.25, False)
    gauge.tell(7)
    reading = gauge.reading()
    assert reading is not None
    assert reading.progress == 1.0
