"""Listeners and the tokens that prove them."""
