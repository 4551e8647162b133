"""Draws figures. Each has a module, which reads only tables, and writes the drawn numbers as CSV beside the figure."""
