"""One module per question asked of a study's results; tidy tables out. What needs no weights imports no torch."""
