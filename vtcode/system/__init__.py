"""The only doors to the operating system: files, processes, pseudo-terminals, search, facts."""
