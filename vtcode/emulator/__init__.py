"""An LM Studio on loopback, for tests and for trying the program without a model."""
