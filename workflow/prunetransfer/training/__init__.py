"""One loop for pre-training and fine-tuning; what surrounds it: optimiser, state for resuming, progress, evaluation."""
