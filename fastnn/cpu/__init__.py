"""A plan compiled for the CPU."""
