"""Measurements. A claim of speed stands here, as a ratio of interleaved runs, and nowhere in a test."""
