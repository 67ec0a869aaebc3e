"""`vtcode serve`: the app in a browser on this machine."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.errors import UsageError

if TYPE_CHECKING:
    import socket

    from vtcode.cli.arguments import Arguments

_OWN_NAMES = ("127.0.0.1", "localhost")


def run_serve(arguments: Arguments) -> int:
    """Serve the app until Ctrl-C, a vtcode for each page that is opened.

    Raises:
        UsageError: The extra is not installed, the host is not this machine, the port is taken, or a flag has
            no meaning in a browser.
    """
    _refuse_what_cannot_be(arguments)
    from vtcode.web.guard import HOST, Guard, new_token
    from vtcode.web.server import Pages, serve
    from vtcode.web.session import Launch

    listener = _listener(HOST, arguments.port)
    guard = Guard(port=listener.getsockname()[1], token=new_token())
    argv = (sys.executable, "-P", "-m", "vtcode", *page_arguments(arguments))
    launch = Launch(argv=argv, folder=Path.cwd())
    pages = Pages(guard=guard, launch=launch, title=f"{arguments.workspace.name or '/'} · vtcode")
    # Nobody else can look into a folder made like this.
    with tempfile.TemporaryDirectory(prefix="vtcode-serve-") as folder:
        opened = partial(_tell, guard.url, Path(folder) if arguments.opens_browser else None)
        asyncio.run(serve(pages, listener, opened))
    return 0


def page_arguments(arguments: Arguments) -> list[str]:
    """Return the command line of the vtcode that a page shows: the flags that `serve` was given."""
    words = [f"--workspace={arguments.workspace}"]
    named = {"provider": arguments.provider, "model": arguments.model, "config": arguments.config_file}
    words += [f"--{name}={value}" for name, value in named.items() if value is not None]
    words += [f"--set={assignment}" for assignment in arguments.assignments]
    words += [f"--image={image}" for image in arguments.images]
    given = {
        "trust": arguments.trust,
        "full-auto": arguments.full_auto,
        "continue": arguments.continue_last,
        "no-color": arguments.no_color,
        "debug": arguments.debug,
    }
    words += [f"--{name}" for name, is_given in given.items() if is_given]
    return words + ([f"--resume={arguments.resume}"] if arguments.resume is not None else [])


def _refuse_what_cannot_be(arguments: Arguments) -> None:
    if arguments.host not in _OWN_NAMES:
        raise UsageError(
            f"vtcode serve listens on 127.0.0.1 alone, not on {arguments.host!r}: "
            "whoever reaches it can run commands.",
            hint="From another machine: ssh -L 8000:127.0.0.1:8000 THIS_MACHINE, and here --port 8000.",
        )
    if arguments.plain:
        raise UsageError("--plain is for terminals; vtcode serve shows the app.", hint="Leave --plain out.")
    missing = [name for name in ("aiohttp", "textual_serve") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"vtcode serve needs {' and '.join(missing)}, not installed here.",
            hint=f"{sys.executable} -m pip install 'vtcode[web]'",
        )


def _listener(host: str, port: int) -> socket.socket:
    import socket

    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise UsageError(
            f"Nothing can listen on {host}:{port}: {error.strerror}.",
            hint="Choose another --port; 0 takes any.",
        ) from error


def _tell(url: str, folder: Path | None) -> None:
    """Print the address; where there is a folder, open it in the browser."""
    print(f"vtcode is at {url}\nWho knows this address can run commands as you. Ctrl-C ends it.", flush=True)
    if folder:
        import threading

        # A browser that runs in this terminal would keep the server from answering it.
        threading.Thread(target=_open, args=(url, folder), daemon=True).start()


def _open(url: str, folder: Path) -> None:
    """Open the address by way of a file: everybody on this machine sees the arguments of a browser."""
    from vtcode.system.browser import open_in_browser

    file = folder / "vtcode.html"
    file.write_text(f'<meta http-equiv="refresh" content="0; url={url}">\n', encoding="utf-8")
    if not open_in_browser(file.as_uri()):
        print("No browser could be opened: open the address yourself.", file=sys.stderr)
