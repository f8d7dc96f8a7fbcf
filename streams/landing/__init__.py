"""From decided events to the columns that are inserted: pure, no driver is imported here."""
