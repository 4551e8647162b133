"""The artificial language of the miniature: its words, its grammar, its documents and five tasks from the same world.

A document keeps to a topic, an opinion or a quality, so that pre-training makes the words of a class similar. A task's
training set uses only a share of each class, and its dev set mostly the other words. So dev accuracy measures what
pre-training has taught.
"""
