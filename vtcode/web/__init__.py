"""The app in a browser, for this machine alone: `vtcode serve`.

A page holds a terminal (xterm.js, as textual-serve ships it) and a websocket; at the other end of each
websocket runs a vtcode of its own. Who may ask for either is decided in `guard`. Needs the extra `web`.
"""

from __future__ import annotations

SIZE_VARIABLE = "VTCODE_BROWSER_SIZE"
"""In the environment of a vtcode that a page shows: the page's size, such as `120x40`."""
