"""An LM Studio on loopback, for tests and for trying the program without a model."""

from vtcode.emulator.server import run_emulator

__all__ = ["run_emulator"]
