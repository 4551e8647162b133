"""Pre-training and fine-tuning: the loop that they share, its optimiser and batches, and their evaluations."""
