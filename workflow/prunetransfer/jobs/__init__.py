"""What a study runs: every job, what it reads and writes, its settings, and the version of its code."""
