"""What would fail a study only after it waited in a queue or trained for days, found in seconds before it starts."""
