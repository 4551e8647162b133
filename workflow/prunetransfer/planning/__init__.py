"""What a study costs: jobs, hours and disk, from its configuration and a throughput. Only the probe imports torch."""
