"""Music kept on a device, to be heard without a network."""
