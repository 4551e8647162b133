"""A task like QQP: do these two questions ask the same?"""

from dataclasses import replace

from .draw import Draw
from .grammar import draw_action, question
from .lexicon import DIMENSIONS, TOPICS

TEXT = ("question1", "question2")
LABELS = ("different", "duplicate")


def example(draw: Draw, label: str) -> tuple[str, str]:
    """Draws a pair of questions. Duplicates have synonymous adjectives. Otherwise the second adjective is an antonym of the
    first, or belongs to another dimension."""
    dimension, pole = draw.of(*DIMENSIONS), draw.of(0, 1)
    other, other_pole = dimension, pole
    if label == "different":
        if draw.chance(0.5):
            other_pole = 1 - pole
        else:
            other, other_pole = draw.other(DIMENSIONS, dimension), draw.of(0, 1)
    first = draw_action(draw, draw.of(*TOPICS), draw.word(dimension.adjectives[pole]))
    second = replace(first, adjective=draw.word(other.adjectives[other_pole]))
    asked = draw.of("where", "when")
    return question([asked, *first.words()]), question([asked, *second.words()])
