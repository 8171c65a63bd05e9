"""What a player loads, encrypted fragments, their index, and the manifests made from it."""
