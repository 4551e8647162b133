"""The layout and the wording of tables, and the paper's published tables."""
