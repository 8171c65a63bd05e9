"""One file a function: what it is told, and what it may do."""
