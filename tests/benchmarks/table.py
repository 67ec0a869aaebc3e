"""Rows of figures, and how they are printed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that was measured several times."""

    what: str
    unit: str
    values: Sequence[float]
    """One a run."""
    limit: str = ""
    """What we ask of ourselves, in words."""
    met: bool | None = None
    """Whether the limit holds; None: there is none."""
    baseline: str = ""
    """What else was measured in the same run."""
    baseline_values: Sequence[float] = field(default=())
    """One a run, in the order of `values`."""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """The median of the ratios run by run: what slows both of a pair does not count."""
        if not self.baseline_values:
            return None
        return statistics.median(
            own / base for own, base in zip(self.values, self.baseline_values, strict=True)
        )


def at_most(row: Row, *, value: float | None = None, ratio: float | None = None) -> Row:
    """Return the row with its limit, on the median or on the ratio to its baseline."""
    from dataclasses import replace

    words, met = [], True
    if ratio is not None:
        assert row.ratio is not None
        words.append(f"{ratio:g} x")
        met = met and row.ratio <= ratio
    if value is not None:
        words.append(f"{value:g} {row.unit}")
        met = met and row.median <= value
    return replace(row, limit=", ".join(words), met=met)


def print_row(row: Row) -> None:
    """Print one line of the Markdown table."""
    spread = f"{_number(min(row.values))} to {_number(max(row.values))}"
    verdict = {None: "", True: "yes", False: "no"}[row.met]
    ratio = ""
    if row.ratio is not None:
        base = statistics.median(row.baseline_values)
        ratio = f"{row.ratio:.2f} x {row.baseline} ({_number(base)} {row.unit})"
    cells = (row.what, f"{_number(row.median)} {row.unit}", spread, row.limit, verdict, ratio)
    print(f"| {' | '.join(cells)} |", flush=True)


def print_head() -> None:
    """Print the head of the Markdown table."""
    print("| what | median | lowest to highest | at most | met | beside it, in the same run |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
