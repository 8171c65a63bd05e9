"""Finding music by what people type."""
