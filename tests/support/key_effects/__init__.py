"""What each key of the table does that can be seen: by its place and its action."""

from __future__ import annotations

from tests.support.key_effects.asking import EFFECTS as ASKING
from tests.support.key_effects.prompt import EFFECTS as PROMPT
from tests.support.key_effects.reading import EFFECTS as READING

EFFECTS = {**PROMPT, **READING, **ASKING}
