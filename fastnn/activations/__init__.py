"""The built-in activations, one per file. Each module is registered in the same way as a plugin."""
