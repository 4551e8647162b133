"""A task like CoLA: is this sentence well formed?"""

from dataclasses import replace

from .draw import Draw
from .grammar import draw_action, statement
from .lexicon import DIMENSIONS, TOPICS

TEXT = ("sentence",)
LABELS = ("unacceptable", "acceptable")


def example(draw: Draw, label: str) -> tuple[str]:
    """Draws a sentence. An unacceptable one has a noun of another topic, a verb that doesn't agree, or two swapped words."""
    mistake = None if label == "acceptable" else draw.weighted(("thing", "agreement", "order"), (45, 35, 20))
    topic = draw.of(*TOPICS)
    adjective = draw.word(draw.of(*DIMENSIONS).adjectives[draw.of(0, 1)]) if draw.chance(0.3) else None
    action = draw_action(draw, topic, adjective)
    if mistake == "thing":
        action = replace(action, noun=draw.word(draw.other(TOPICS, topic).nouns))
    words = action.words()
    if mistake == "agreement":
        words[1] = action.verb.form(not action.plural)
    if draw.chance(0.4):
        words += ["near", draw.word(topic.places)]
    if mistake == "order":
        left = draw.random.randrange(1, len(words) - 1)
        words[left], words[left + 1] = words[left + 1], words[left]
    return (statement(words),)
