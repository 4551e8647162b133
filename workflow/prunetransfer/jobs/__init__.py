"""The jobs of a study: the files that each one reads and writes, its settings, and the version of its code."""
