"""Pre-training and fine-tuning: the training loop that both use, its optimizer and batches, and the evaluations."""
