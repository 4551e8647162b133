"""How a run is carried out: device, processes, locks, signals, saved state, progress, GPU slots, SLURM jobs, worker."""
