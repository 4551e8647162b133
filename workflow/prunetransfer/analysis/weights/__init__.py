"""The matrices of checkpoints: reading, sorting and comparing them, and shrinking them to a figure's size."""
