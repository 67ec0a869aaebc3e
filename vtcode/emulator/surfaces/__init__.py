"""The server's surfaces: each reads requests and writes answers in its own shapes."""
