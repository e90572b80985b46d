"""What PTX's instructions compute, as functions of NumPy arrays."""
