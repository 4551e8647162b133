"""The artificial language of the miniature: its words, its grammar, its documents and five tasks from the same world.

A document keeps to a topic, an opinion or a quality, so that words of a class become alike in pre-training. A task's
training set uses only a share of each class and its dev set mostly the rest: dev accuracy measures what pre-training taught.
"""
