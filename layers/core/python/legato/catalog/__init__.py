"""Songs, albums and artists: what there is to hear."""
