"""Servers of models: one module per wire, pure where it can be, and one per kind of server."""
