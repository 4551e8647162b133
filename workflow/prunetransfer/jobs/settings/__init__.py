"""Settings of jobs: all that their results depend on besides input files. One file for each kind of job."""
