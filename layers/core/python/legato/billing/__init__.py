"""Plans, and who holds which."""
