"""The matrices of checkpoints: read one at a time, sorted, compared, made small enough to look at."""
