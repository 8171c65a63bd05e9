"""Demo music: a dozen short pieces by four invented artists, composed, played and drawn by code.

The same every run, owned by nobody, and pleasant enough to leave on: what `make up` publishes
where no library is given. ``python -m local.demo DIR`` writes the tagged FLAC files.
"""
