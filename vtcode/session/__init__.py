"""A session: what a front end holds, and the log that outlives it."""
