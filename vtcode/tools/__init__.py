"""What the model can do: one file per tool, listed in the prompt's order."""
