"""The agent: one turn, the gate before every call, the history, the prompt."""
