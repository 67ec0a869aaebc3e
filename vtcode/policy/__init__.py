"""What may run: rules over actions and command lines, grants that the user gave, trust in a workspace."""
