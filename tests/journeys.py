"""Write docs/journeys.md: `python -m tests.journeys`. Each journey is gone on in a pseudo-terminal."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.journeys import JOURNEYS, Journey, recorded
from tests.support.journeys.recording import Recording

FILE = Path(__file__).parents[1] / "docs" / "journeys.md"
HEAD = """\
# Journeys

The ten commonest ways through the app, each gone on in a real terminal of 80 by 24 against an emulated \
LM Studio; `python -m tests.journeys` writes this page. Below each step stands what the screen shows then, \
without empty rows, and without figures that are different each time.

Keys are counted from `vtcode` on, answers and Enter included, the text of prompts not.
"""


def section(number: int, journey: Journey, recording: Recording) -> str:
    """Return a journey as Markdown."""
    parts = [f"## {number}. {journey.name}", f"{recording.keys} key{'' if recording.keys == 1 else 's'}."]
    for step in recording.steps:
        parts += [f"**{step.did}**", f"```text\n{step.screen}\n```"]
    return "\n\n".join(parts)


def main() -> None:
    """Go on all journeys, and write what was seen."""
    sections = [HEAD]
    for number, journey in enumerate(JOURNEYS, start=1):
        print(journey.name)
        with tempfile.TemporaryDirectory() as folder:
            sections.append(section(number, journey, recorded(journey, Path(folder).resolve())))
    FILE.write_text("\n".join(sections[:1]) + "\n" + "\n\n".join(sections[1:]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
