"""What pruning an encoder does to everything it is fine-tuned for."""
