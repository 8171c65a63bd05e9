"""The cloud on a laptop: ministack, mended where it differs from AWS in ways that we would notice."""
