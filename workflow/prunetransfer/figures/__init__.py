"""One module per figure; each reads tidy tables only and writes the CSV of just what it draws."""
