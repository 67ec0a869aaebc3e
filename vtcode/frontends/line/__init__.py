"""The plain line mode, for screen readers and poor terminals."""
