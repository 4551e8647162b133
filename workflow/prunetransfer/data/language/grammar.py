"""How words make sentences: headline English, without articles, with agreement between person and verb."""

from dataclasses import dataclass

from .draw import Draw
from .lexicon import Inflected, Topic


@dataclass(frozen=True)
class Action:
    """Who does what to which thing: the frame of most sentences."""

    person: Inflected
    plural: bool
    verb: Inflected
    noun: str
    adjective: str | None

    def words(self) -> list[str]:
        adjectives = [] if self.adjective is None else [self.adjective]
        return [self.person.form(self.plural), self.verb.form(self.plural), *adjectives, self.noun]


def draw_action(draw: Draw, topic: Topic, adjective: str | None = None) -> Action:
    """Something that a person of the topic does with one of its things, which the adjective describes."""
    return Action(
        person=draw.word(topic.persons),
        plural=draw.chance(0.5),
        verb=draw.word(topic.verbs),
        noun=draw.word(topic.nouns),
        adjective=adjective,
    )


def statement(words: list[str]) -> str:
    return " ".join([*words, "."])


def question(words: list[str]) -> str:
    return " ".join([*words, "?"])
