"""The interactive front ends: the Textual app, or the plain line mode."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from vtcode.errors import NoTerminal
from vtcode.web import SIZE_VARIABLE

if TYPE_CHECKING:
    from vtcode.cli.arguments import Arguments
    from vtcode.config.ui_schema import NotificationSettings
    from vtcode.frontends.tui.settings import Notifications, Prepared


def run_interactive(arguments: Arguments) -> int:
    """Run the app, or with `--plain` or on a dumb terminal the line mode, until the user leaves.

    Raises:
        NoTerminal: stdin or stdout is not a terminal.
    """
    # Taken out: what the session runs is in no browser.
    if browser_size := os.environ.pop(SIZE_VARIABLE, ""):
        return _run_in_browser(arguments, browser_size)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal(
            "vtcode needs a terminal, and standard input or output is not one.",
            hint='For scripts and pipes there is: vtcode exec "PROMPT"',
        )
    if arguments.plain or os.environ.get("TERM", "dumb") == "dumb":
        return _run_line_mode(arguments)
    from vtcode.frontends.tui import run as run_app

    return run_app(partial(_prepare, arguments))


def _run_in_browser(arguments: Arguments, size: str) -> int:
    from vtcode.frontends.tui.browser import run_in_browser

    columns, _, rows = size.partition("x")
    return run_in_browser(partial(_prepare, arguments), size=(int(columns), int(rows)))


def _run_line_mode(arguments: Arguments) -> int:
    from vtcode.bootstrap import open_session
    from vtcode.cli.configuration import opening_for
    from vtcode.frontends.line.app import run

    opening = opening_for(arguments, interactive=True)
    shows_reasoning = opening.configuration.settings.ui.reasoning_display_mode != "hidden"
    return asyncio.run(run(partial(open_session, opening), shows_reasoning=shows_reasoning))


def _notifications(settings: NotificationSettings) -> Notifications:
    from vtcode.frontends.tui.settings import Notifications

    return Notifications(
        enabled=settings.enabled,
        hitl=settings.hitl,
        completion=settings.completion,
        error=settings.error,
        delivery=settings.delivery_mode,
        suppress_when_focused=settings.suppress_when_focused,
        after_s=settings.quiet_seconds,
    )


def _prepare(arguments: Arguments) -> Prepared:
    """Read the configuration; the imports alone take several times as long as the app's first frame."""
    from vtcode.bootstrap import open_session
    from vtcode.cli.configuration import opening_for
    from vtcode.frontends.tui.settings import Prepared, UiSettings

    opening = opening_for(arguments, interactive=True)
    ui = opening.configuration.settings.ui
    log_file = opening.configuration.locations.log_file
    settings = UiSettings(
        theme=ui.theme,
        layout=ui.layout_mode,
        reduce_motion=ui.reduce_motion_mode,
        notifications=_notifications(ui.notifications),
        title_items=ui.terminal_title.items,
        folder=opening.configuration.workspace.name,
        reasoning=ui.reasoning_display_mode,
        vim_keys=ui.vim_mode,
        log_file=log_file,
    )
    return Prepared(settings=settings, open_session=partial(open_session, opening))
