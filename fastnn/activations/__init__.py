"""The built-in activations, one a file; each module registers like a plugin."""
