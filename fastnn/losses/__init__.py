"""The built-in losses, one per file. Each module is registered in the same way as a plugin."""
