"""The life of a run: its device, processes, locks, signals, saved state, progress, GPU slot, SLURM job, warm worker."""
