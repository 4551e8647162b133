"""All words of the language, by class. Each word form is in only one class."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Inflected:
    """A person or a verb in singular and plural. Person and verb of a sentence must agree in number."""

    singular: str
    plural: str

    def form(self, plural: bool) -> str:
        return self.plural if plural else self.singular


Word: TypeAlias = str | Inflected
Pool: TypeAlias = tuple[Word, ...]
"""Words of one class, which may replace each other in a sentence."""


@dataclass(frozen=True)
class Topic:
    """A kind of things, the persons who deal with them, the places where they do so, and the verbs for what they do."""

    hypernym: str
    nouns: tuple[str, ...]
    persons: tuple[Inflected, ...]
    places: tuple[str, ...]
    verbs: tuple[Inflected, ...]


@dataclass(frozen=True)
class Dimension:
    """A scale with two poles. Each pole has synonymous adjectives, and an anchor: a thing that is known for this quality."""

    adjectives: tuple[tuple[str, ...], tuple[str, ...]]
    anchors: tuple[str, str]


def _with_s(word: str) -> str:
    return word + ("es" if word.endswith(("s", "sh", "ch", "x")) else "s")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _persons(text: str) -> tuple[Inflected, ...]:
    return tuple(Inflected(singular=word, plural=_with_s(word)) for word in text.split())


def _verbs(text: str) -> tuple[Inflected, ...]:
    return tuple(Inflected(singular=_with_s(word), plural=word) for word in text.split())


TOPICS = (
    Topic(
        hypernym="animal",
        nouns=_words("horse cow goat pig donkey rabbit dog cat goose hen camel mule"),
        persons=_persons("farmer shepherd rancher breeder"),
        places=_words("barn meadow pasture stable"),
        verbs=_verbs("feed groom chase herd"),
    ),
    Topic(
        hypernym="tool",
        nouns=_words("hammer saw drill wrench chisel shovel axe rake crowbar trowel mallet sickle"),
        persons=_persons("carpenter mason plumber blacksmith"),
        places=_words("workshop shed smithy depot"),
        verbs=_verbs("sharpen repair grip forge"),
    ),
    Topic(
        hypernym="food",
        nouns=_words("bread cheese soup pie rice pasta cake stew salad sausage omelet pudding"),
        persons=_persons("chef baker waiter grocer"),
        places=_words("kitchen bakery restaurant cafeteria"),
        verbs=_verbs("cook serve eat taste"),
    ),
    Topic(
        hypernym="vehicle",
        nouns=_words("truck bus car van tractor train tram taxi wagon scooter boat ferry"),
        persons=_persons("driver pilot captain courier"),
        places=_words("road harbor station tunnel"),
        verbs=_verbs("steer park refuel board"),
    ),
    Topic(
        hypernym="garment",
        nouns=_words("coat shirt dress skirt jacket sweater scarf hat glove blouse robe apron"),
        persons=_persons("tailor weaver designer seamstress"),
        places=_words("boutique closet laundry mill"),
        verbs=_verbs("sew knit wear iron"),
    ),
    Topic(
        hypernym="instrument",
        nouns=_words("violin flute guitar piano drum trumpet cello harp clarinet banjo organ trombone"),
        persons=_persons("musician composer teacher conductor"),
        places=_words("theater studio stadium chapel"),
        verbs=_verbs("play tune practice strum"),
    ),
)

DIMENSIONS = (
    Dimension(
        adjectives=(_words("small tiny little miniature"), _words("large huge giant enormous")),
        anchors=("pebble", "mountain"),
    ),
    Dimension(
        adjectives=(_words("new modern recent contemporary"), _words("old ancient antique aged")),
        anchors=("newborn", "fossil"),
    ),
    Dimension(
        adjectives=(_words("cold chilly icy freezing"), _words("hot warm boiling scorching")),
        anchors=("snow", "fire"),
    ),
)

# The index is the polarity: 0 is negative, 1 is positive.
OPINIONS = (
    _words("terrible awful horrible dreadful nasty poor ugly lousy miserable dismal"),
    _words("wonderful excellent lovely superb delightful brilliant splendid marvelous pleasant great"),
)
FEELINGS = (_verbs("hate detest despise loathe"), _verbs("love adore admire cherish"))
OPINION_ANCHORS = ("sadly", "luckily")

TIMES = _words("dawn noon dusk midnight easter christmas january june")

PLACE, TIME, PERSON = "place", "time", "person"
"""Hypernyms of the places, times and persons of every topic."""

INTENSIFIERS = _words("very really so")
FUNCTION_WORDS = _words("is not but and near where when who thus never also . , ?")


def open_classes() -> list[Pool]:
    """Returns the pools of which a task's training set uses only some words."""
    pools: list[Pool] = []
    for topic in TOPICS:
        pools += [topic.nouns, topic.persons, topic.places, topic.verbs]
    for dimension in DIMENSIONS:
        pools += dimension.adjectives
    return [*pools, *OPINIONS, *FEELINGS, TIMES]


def closed_classes() -> list[Pool]:
    """Returns the pools of all other words. Every training set may use all of them."""
    hypernyms = (*(topic.hypernym for topic in TOPICS), PLACE, TIME, PERSON)
    anchors = [dimension.anchors for dimension in DIMENSIONS]
    return [hypernyms, *anchors, OPINION_ANCHORS, INTENSIFIERS, FUNCTION_WORDS]


def forms(pool: Pool) -> list[str]:
    """Returns every form of every word of a pool, in order."""
    return [form for word in pool for form in ((word,) if isinstance(word, str) else (word.singular, word.plural))]
