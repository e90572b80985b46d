"""What tests run on instead of a device that the machine does not have."""
