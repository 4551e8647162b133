"""Reads, sorts and compares the matrices of checkpoints, and shrinks them to a figure's size."""
