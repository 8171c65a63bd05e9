"""What was played: events, the play ledger, history."""
