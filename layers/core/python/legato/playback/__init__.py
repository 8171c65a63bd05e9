"""A tap on a song: grants, sessions, stream caps, progress."""
