"""The built-in losses, one a file; each module registers like a plugin."""
