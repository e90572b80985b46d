"""The built-in optimizers, one per file. Each module is registered in the same way as a plugin."""
