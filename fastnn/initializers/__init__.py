"""The built-in initializers, one a file; each module registers like a plugin."""
