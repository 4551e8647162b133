"""A task like QNLI: does the sentence answer the question?"""

from .draw import Draw
from .grammar import draw_action, question, statement
from .lexicon import TIMES, TOPICS

TEXT = ("question", "sentence")
LABELS = ("not_answered", "answered")
ASKED = ("where", "when", "who")


def example(draw: Draw, label: str) -> tuple[str, str]:
    """Draws a pair. The sentence tells the place, the time or the company of an action. The question asks for the same of
    these three, or for another one."""
    topic = draw.of(*TOPICS)
    action = draw_action(draw, topic)
    asked = draw.of(*ASKED)
    told = asked if label == "answered" else draw.other(ASKED, asked)
    answer = {
        "where": lambda: draw.word(topic.places),
        "when": lambda: draw.word(TIMES),
        "who": lambda: draw.word(topic.persons).singular,
    }[told]()
    words = [asked, *action.words(), "near"] if asked == "who" else [asked, *action.words()]
    return question(words), statement([*action.words(), "near", answer])
