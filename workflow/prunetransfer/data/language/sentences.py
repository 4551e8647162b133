"""Draws the sentences of documents. There are six kinds.

An anchor is a frequent word that only stands before words of one class, such as "fire" before "hot" and its synonyms. From
anchors a small encoder learns the classes within minutes. With fewer anchors, or anchors further away from these words, it
learns hardly more than the topics.
"""

from .draw import Draw
from .grammar import question, statement
from .lexicon import INTENSIFIERS, OPINION_ANCHORS, TOPICS
from .theme import NAMED_SHARE, Theme

ANCHORED_SHARE = 0.95
"""The share of opinions, feelings and descriptions that have an anchor."""


def action(draw: Draw, theme: Theme) -> str:
    """For example: bakers cook hot bread food near kitchen ."""
    words = theme.action(draw).words()
    if draw.chance(NAMED_SHARE):
        words.append(theme.topic.hypernym)
    if draw.chance(0.5):
        words += ["near", *draw.of(theme.place, theme.time, theme.company)(draw)]
    return statement(words)


def question_and_answer(draw: Draw, theme: Theme) -> str:
    """For example: where bakers cook bread ? near kitchen place .  Or: who bakers cook bread near ? near waiter ."""
    words = theme.action(draw).words()
    asked, answer = draw.of(("where", theme.place), ("when", theme.time), ("who", theme.company))
    if asked == "who":
        words.append("near")
    return statement([question([asked, *words]), "near", *answer(draw)])


def membership(draw: Draw, theme: Theme) -> str:
    """For example: bread is food .  Or: bread is food , never tool ."""
    words = [draw.word(theme.topic.nouns), "is", theme.topic.hypernym]
    if draw.chance(0.3):
        words += [",", "never", draw.other(TOPICS, theme.topic).hypernym]
    return statement(words)


def opinion(draw: Draw, theme: Theme) -> str:
    """For example: bread is luckily superb , never awful .  Or: bread is not awful but luckily superb ."""
    words = [*_anchor(draw, OPINION_ANCHORS[theme.polarity]), theme.opinion(draw)]
    form = draw.weighted(("plain", "intensified", "and", "thus", "never", "not"), (30, 15, 15, 15, 15, 10))
    if form == "intensified":
        words.insert(-1, draw.of(*INTENSIFIERS))
    elif form == "and":
        words += ["and", theme.opinion(draw)]
    elif form == "thus":
        words += [",", "thus", theme.opinion(draw)]
    elif form == "never":
        words += [",", "never", theme.opposite_opinion(draw)]
    elif form == "not":
        words = ["not", theme.opposite_opinion(draw), "but", *words]
    return statement([*theme.thing(draw), "is", *words])


def feeling(draw: Draw, theme: Theme) -> str:
    """For example: bakers luckily love superb bread ."""
    person, plural = draw.word(theme.topic.persons), draw.chance(0.5)
    verb = [*_anchor(draw, OPINION_ANCHORS[theme.polarity]), theme.feeling(draw).form(plural)]
    adjective = draw.of(theme.quality, theme.opinion)(draw)
    return statement([person.form(plural), *verb, adjective, *theme.thing(draw)])


def description(draw: Draw, theme: Theme) -> str:
    """For example: bread is fire hot , thus warm .  Or: ... , never cold .  Or: ... , also huge ."""
    words = [*theme.thing(draw), "is", *_anchor(draw, theme.dimension.anchors[theme.pole]), theme.quality(draw)]
    form = draw.of("plain", "and", "thus", "never", "also")
    if form == "and":
        words += ["and", theme.quality(draw)]
    elif form == "thus":
        words += [",", "thus", theme.quality(draw)]
    elif form == "never":
        words += [",", "never", theme.opposite_quality(draw)]
    elif form == "also":
        words += [",", "also", theme.other_quality(draw)]
    return statement(words)


def _anchor(draw: Draw, word: str) -> list[str]:
    return [word] if draw.chance(ANCHORED_SHARE) else []
