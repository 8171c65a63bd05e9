"""What operators did: who, what, when, and how it was before and after."""
