"""Calls that a model wrote as text, found in every format of the common families.

`RescueParser` takes a reply as it streams (its module shows the use), `rescue` one that is complete. What
`rescue` says of the final text counts: reasoning that turned out to be such only at a closing tag had been
streamed as text.

In the package: `formats` and `channels` hold the families; `payloads`, `bare` and `gemma` what stands in the
markup; `attempts` what becomes of a call; `prose` and `code` where markup is only shown; `reader` the waiting
for text.
"""

from __future__ import annotations

from vtcode.providers.tool_modes.rescue.output import Piece, RescuedCall
from vtcode.providers.tool_modes.rescue.parser import RescueParser
from vtcode.providers.tool_modes.rescue.whole import Rescued, rescue

__all__ = ["Piece", "RescueParser", "Rescued", "RescuedCall", "rescue"]
