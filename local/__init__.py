"""The cloud on a laptop. It imports the product; the product never imports it."""
