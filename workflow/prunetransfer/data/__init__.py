"""Corpus and tasks: turns raw text into tokenised arrays, and these arrays into packed batches."""
