"""Scores, intervals, correlations, and the choice of the learning rate."""
