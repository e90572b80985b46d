"""The built-in initializers, one per file. Each module is registered in the same way as a plugin."""
