"""Content keys, and who may be given them."""
