"""Corpus and tasks: from raw text to tokenised arrays, and from these to packed batches."""
