"""Keys act in the order in which they were pressed, and go to what has the keyboard by then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.binding import NoBinding

if TYPE_CHECKING:
    from textual.widget import Widget


_ALT = "alt+"


def typed_character(event: events.Key) -> str:
    """Return the character that a key types; empty: none, as for a letter with Alt, which is no text."""
    is_text = event.is_printable and not event.key.startswith(_ALT)
    return (event.character or "") if is_text else ""


def give_keyboard(widget: Widget) -> None:
    """Have all that is typed from now on go to a widget; its own `focus` waits for what is under way."""
    widget.screen.set_focus(widget)


def pass_on(widget: Widget, event: events.Key) -> bool:
    """Hand a key to what has the keyboard on the screen of `widget`; False: that is `widget` itself.

    To be called first in its `on_key`: the keys of a burst are all sent to what had the keyboard before the
    first of them, which may have moved it, was acted on.
    """
    focused = widget.screen.focused
    if focused is None or focused is widget:
        return False
    event.stop()
    event.prevent_default()
    focused._forward_event(events.Key(event.key, event.character))
    return True


async def run_bound(widget: Widget, event: events.Key) -> bool:
    """Run what `event` is bound to in `widget` here and now; to be called from its `on_key`.

    Returns whether something ran. A letter with Alt to which nothing is bound goes no further.

    Textual runs a widget's bindings only after the key has bubbled up to the app, so a letter that comes
    right behind (a paste without brackets, a slow connection that delivers in bursts) would overtake it.
    """
    try:
        bound = widget._bindings.get_bindings_for_key(event.key)
    except NoBinding:
        bound = []
    for binding in bound:
        if await widget.app.run_action(binding.action, widget):
            event.stop()
            event.prevent_default()
            return True
    if event.is_printable and not typed_character(event):
        event.stop()
        event.prevent_default()
    return False
