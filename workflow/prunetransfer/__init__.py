"""Studies how pruning an encoder changes its accuracy on the tasks on which it is fine-tuned."""
