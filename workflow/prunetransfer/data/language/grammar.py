"""Forms sentences: English as in headlines, without articles. Person and verb agree in number."""

from dataclasses import dataclass

from .draw import Draw
from .lexicon import Inflected, Topic


@dataclass(frozen=True)
class Action:
    """The core of most sentences: a person does something with a thing."""

    person: Inflected
    plural: bool
    verb: Inflected
    noun: str
    adjective: str | None

    def words(self) -> list[str]:
        adjectives = [] if self.adjective is None else [self.adjective]
        return [self.person.form(self.plural), self.verb.form(self.plural), *adjectives, self.noun]


def draw_action(draw: Draw, topic: Topic, adjective: str | None = None) -> Action:
    """Draws an action: a person of the topic does something with one of its things, which the adjective describes."""
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
