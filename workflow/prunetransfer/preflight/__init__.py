"""Finds in seconds, before a study starts, what would make it fail only after hours in a queue or days of training."""
