"""`python -m vtcode`."""

from __future__ import annotations

import sys

from vtcode.cli.main import main

sys.exit(main())
