"""What a job is told: all that its results depend on besides its input files. One file for each kind of job."""
