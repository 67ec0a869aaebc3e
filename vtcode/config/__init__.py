"""vtcode.toml: its keys, where its layers lie, how they merge, and what is said when one is wrong."""
