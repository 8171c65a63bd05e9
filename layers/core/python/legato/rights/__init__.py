"""Who may hear which recording, where, when, and in what way."""
