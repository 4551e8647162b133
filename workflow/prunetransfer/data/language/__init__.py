"""The artificial language of the miniature: its words, its grammar, its documents, and five tasks about the same things.

All sentences of a document share a topic, an opinion or a quality, so that pre-training makes the words of a class similar.
A task's training set uses only some words of each class, and its dev set mostly the other words. So dev accuracy measures
what the encoder has learned in pre-training.
"""
