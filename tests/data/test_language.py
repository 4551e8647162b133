"""Invariants of the artificial language, which its files must satisfy for any seed."""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
import yaml

from prunetransfer.config.built_in import BUILT_IN_TASKS
from prunetransfer.config.language import LanguageSettings
from prunetransfer.config.task import TaskSettings
from prunetransfer.data.language import lexicon
from prunetransfer.data.language.write import TASKS, write_language

SETTINGS = LanguageSettings(seed=7, documents=1_500)
CLASSES = {word: pool for pool in lexicon.open_classes() for word in lexicon.forms(pool)}
"""The open class of each word form."""
TOPICS = {
    word: topic.hypernym
    for topic in lexicon.TOPICS
    for pool in (topic.nouns, topic.persons, topic.places, topic.verbs)
    for word in lexicon.forms(pool)
}
PLURAL = {
    form: form == word.plural
    for topic in lexicon.TOPICS
    for word in (*topic.persons, *topic.verbs)
    for form in (word.singular, word.plural)
}
QUALITIES = {
    word: (number, pole)
    for number, dimension in enumerate(lexicon.DIMENSIONS)
    for pole, words in enumerate(dimension.adjectives)
    for word in words
}
POLARITIES = {
    word: polarity
    for pools in (lexicon.OPINIONS, lexicon.FEELINGS)
    for polarity, pool in enumerate(pools)
    for word in lexicon.forms(pool)
}


def read(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("language")
    write_language(SETTINGS, folder / "manifest.json")
    return folder


@pytest.fixture(scope="module")
def corpus(folder):
    return [document["text"].split("\n") for document in read(folder / "corpus.jsonl.gz")]


@pytest.fixture(scope="module")
def tasks(folder):
    return {name: {split: read(folder / name / f"{split}.jsonl.gz") for split in ("train", "dev")} for name in TASKS}


def texts(name, row):
    return [row[column].split() for column in TASKS[name].TEXT]


def small(folder, **changes):
    settings = LanguageSettings(**{"documents": 30, "train_examples": 20, "dev_examples": 20, **changes})
    write_language(settings, folder / "manifest.json")
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_same_settings_give_the_same_bytes(tmp_path):
    assert small(tmp_path / "a", seed=3) == small(tmp_path / "b", seed=3)


def test_bytes_do_not_depend_on_hash_order(tmp_path):
    program = (
        "import sys; from pathlib import Path; from prunetransfer.config.language import LanguageSettings;"
        "from prunetransfer.data.language.write import write_language;"
        "write_language(LanguageSettings(documents=30), Path(sys.argv[1]))"
    )
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        output = tmp_path / hash_seed / "manifest.json"
        subprocess.run([sys.executable, "-c", program, str(output)], env=environment, check=True)
    assert (tmp_path / "1/manifest.json").read_bytes() == (tmp_path / "2/manifest.json").read_bytes()


def test_another_seed_gives_other_files(tmp_path):
    first, second = small(tmp_path / "a", seed=3), small(tmp_path / "b", seed=4)
    assert first.keys() == second.keys()
    assert all(first[path] != second[path] for path in first)


def test_manifest_lists_every_file(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    written = {str(path.relative_to(folder)) for path in folder.rglob("*.gz")}
    assert set(manifest["files"]) == written
    assert written == {"corpus.jsonl.gz"} | {f"{name}/{split}.jsonl.gz" for name in TASKS for split in ("train", "dev")}


def test_each_word_stands_in_one_class():
    pools = lexicon.open_classes() + lexicon.closed_classes()
    repeated = [
        word for word, count in Counter(form for pool in pools for form in lexicon.forms(pool)).items() if count > 1
    ]
    assert repeated == []


def test_words_are_single_lowercase_tokens():
    pools = lexicon.open_classes() + lexicon.closed_classes()
    assert all(word == word.lower() and len(word.split()) == 1 for pool in pools for word in lexicon.forms(pool))


def test_corpus_has_as_many_documents_and_sentences_as_asked(corpus):
    assert len(corpus) == SETTINGS.documents
    assert {len(document) for document in corpus} == {SETTINGS.sentences_per_document}


def test_every_word_of_the_lexicon_is_in_the_corpus_and_no_other(corpus):
    words = {word for document in corpus for sentence in document for word in sentence.split()}
    pools = lexicon.open_classes() + lexicon.closed_classes()
    assert words == {form for pool in pools for form in lexicon.forms(pool)}


def test_task_words_are_in_the_corpus(corpus, tasks):
    known = {word for document in corpus for sentence in document for word in sentence.split()}
    for name, splits in tasks.items():
        for row in splits["train"] + splits["dev"]:
            assert known.issuperset(word for text in texts(name, row) for word in text)


def test_no_sentence_is_over_30_tokens(corpus, tasks):
    assert max(len(sentence.split()) for document in corpus for sentence in document) <= 30
    assert max(sum(map(len, texts(name, row))) for name in tasks for row in tasks[name]["dev"]) <= 27


def test_persons_and_verbs_of_the_corpus_agree(corpus):
    verbs = {form for topic in lexicon.TOPICS for form in lexicon.forms(topic.verbs)}
    for document in corpus:
        for sentence in document:
            for person, verb in pairwise(sentence.split()):
                if verb in verbs:
                    assert PLURAL[person] == PLURAL[verb], sentence
                    assert TOPICS[person] == TOPICS[verb], sentence


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_training_sets_use_their_share_of_each_class(tmp_path, share):
    small(tmp_path, train_examples=500, train_vocabulary_share=share)
    for name in TASKS:
        used = {}
        for row in read(tmp_path / name / "train.jsonl.gz"):
            for word in (word for text in texts(name, row) for word in text if word in CLASSES):
                used.setdefault(CLASSES[word], set()).add(word)
        for pool, words in used.items():
            lemmas = [lemma for lemma in pool if words.intersection(lexicon.forms((lemma,)))]
            assert len(lemmas) <= max(1, round(share * len(pool)))


@pytest.mark.parametrize("name", TASKS)
def test_dev_words_are_unseen_as_often_as_asked(tasks, name):
    def open_words(split):
        return [word for row in tasks[name][split] for text in texts(name, row) for word in text if word in CLASSES]

    # By lemma, since a person's plural may be missing from the training set by chance.
    lemma = {
        form: pool[i]
        for pool in lexicon.open_classes()
        for i in range(len(pool))
        for form in lexicon.forms(pool[i : i + 1])
    }
    seen = {lemma[word] for word in open_words("train")}
    words = open_words("dev")
    unseen = sum(lemma[word] not in seen for word in words) / len(words)
    assert unseen == pytest.approx(SETTINGS.unseen_share, abs=0.03)


@pytest.mark.parametrize("split", ["train", "dev"])
@pytest.mark.parametrize("name", TASKS)
def test_labels_are_balanced(tasks, name, split):
    counts = Counter(row["label"] for row in tasks[name][split])
    assert set(counts) == set(TASKS[name].LABELS)
    assert max(counts.values()) - min(counts.values()) <= 1


def acceptability(sentence):
    nouns = {noun for topic in lexicon.TOPICS for noun in topic.nouns}
    persons = {form for topic in lexicon.TOPICS for form in lexicon.forms(topic.persons)}
    words = [word for word in sentence if word not in QUALITIES] if sentence[2] in QUALITIES else sentence
    place = words[3:-1]
    well_formed = (
        words[0] in persons
        and words[1] in PLURAL
        and words[2] in nouns
        and (not place or (place[0] == "near" and len(place) == 2))
        and len({TOPICS.get(word) for word in words[:3] + place[1:]}) == 1
        and PLURAL[words[0]] == PLURAL[words[1]]
    )
    return "acceptable" if well_formed else "unacceptable"


def sentiment(sentence):
    votes = {POLARITIES[word] != (previous == "not") for previous, word in pairwise(sentence) if word in POLARITIES}
    assert len(votes) == 1
    return "positive" if votes.pop() else "negative"


def paraphrase(first, second):
    first_qualities, second_qualities = (
        [QUALITIES[word] for word in text if word in QUALITIES] for text in (first, second)
    )
    assert [word for word in first if word not in QUALITIES] == [word for word in second if word not in QUALITIES]
    return "duplicate" if first_qualities == second_qualities else "different"


def question(asked, sentence):
    answer = sentence[sentence.index("near") + 1]
    kinds = {"when": lexicon.TIMES}
    kinds["where"] = [place for topic in lexicon.TOPICS for place in topic.places]
    kinds["who"] = [person.singular for topic in lexicon.TOPICS for person in topic.persons]
    return "answered" if answer in kinds[asked[0]] else "not_answered"


def inference(premise, hypothesis):
    (noun, _, quality, _), (_, _, claim, _) = premise, hypothesis
    if claim not in QUALITIES:
        return "entailment" if TOPICS[noun] == claim else "contradiction"
    if QUALITIES[claim] == QUALITIES[quality]:
        return "entailment"
    return "contradiction" if QUALITIES[claim][0] == QUALITIES[quality][0] else "neutral"


@pytest.mark.parametrize(
    "rule", [acceptability, sentiment, paraphrase, question, inference], ids=lambda rule: rule.__name__
)
def test_labels_follow_from_the_words(tasks, rule):
    name = rule.__name__
    for split in ("train", "dev"):
        for row in tasks[name][split]:
            assert rule(*texts(name, row)) == row["label"], row


def test_corpus_grows_by_appending(tmp_path):
    small(tmp_path / "a", documents=30)
    small(tmp_path / "b", documents=40)
    shorter, longer = (read(tmp_path / part / "corpus.jsonl.gz") for part in "ab")
    assert longer[:30] == shorter


def test_tasks_are_defined_as_they_are_written():
    definitions = yaml.safe_load((BUILT_IN_TASKS / "language.yaml").read_text(encoding="utf-8"))
    assert set(definitions) == set(TASKS)
    for name, definition in definitions.items():
        task = TaskSettings.model_validate(definition)
        assert task.source.source == "language"
        assert tuple(task.text) == TASKS[name].TEXT
        assert tuple(task.labels) == TASKS[name].LABELS
