"""Build steps and commands of the repository."""
