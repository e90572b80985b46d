"""The built-in optimizers, one a file; each module registers like a plugin."""
