"""Front ends: each shows the same stream of events in its own way."""
