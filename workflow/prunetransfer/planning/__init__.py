"""Estimates a study's jobs, hours and disk space from its configuration and a throughput. Only the probe imports torch."""
