"""The user's browser, opened by a process of its own, whose PATH can be another one than ours."""

from __future__ import annotations

import os
import subprocess
import sys

from vtcode.system.finding import own_search_path

_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"


def open_in_browser(address: str) -> bool:
    """Open an address, and return whether that went well; blocks while a browser of the terminal runs."""
    environment = {**os.environ, "PATH": own_search_path()}
    done = subprocess.run([sys.executable, "-P", "-c", _OPEN, address], env=environment, check=False)
    return done.returncode == 0
