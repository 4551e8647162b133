"""Executes runs: device, processes, locks, signals, saved state, progress, GPU slots, SLURM jobs, and the warm worker."""
