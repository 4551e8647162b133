"""A module per figure. Each reads tables alone, and writes the drawn numbers as CSV beside the figure."""
