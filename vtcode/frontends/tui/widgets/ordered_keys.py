"""Keys that are bound to a widget, run in the order in which they were pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import NoBinding

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget


async def run_bound(widget: Widget, event: events.Key) -> bool:
    """Run what `event` is bound to in `widget` here and now; to be called from its `on_key`.

    Returns whether something ran.

    Textual runs a widget's bindings only after the key has bubbled up to the app, so a letter that comes
    right behind (a paste without brackets, a slow connection that delivers in bursts) would overtake it.
    """
    try:
        bound = widget._bindings.get_bindings_for_key(event.key)
    except NoBinding:
        return False
    for binding in bound:
        if await widget.app.run_action(binding.action, widget):
            event.stop()
            event.prevent_default()
            return True
    return False
