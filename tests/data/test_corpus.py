"""The tokenised corpus equals that of a few plain lines of code, for any batches. Bad corpora leave no files."""

import gzip
import hashlib
import json
import subprocess
import sys
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunetransfer.config.corpus import CorpusSettings
from prunetransfer.data import corpus as module
from prunetransfer.data import encoding
from prunetransfer.data.arrays import ArrayWriter
from prunetransfer.data.corpus import held_out_rank, prepare_corpus
from prunetransfer.data.errors import DataError
from prunetransfer.data.tokenized import TokenizedCorpus

WORD = st.sampled_from([*(f"w{number}" for number in range(40)), "Unknown", "W3!", "."])
SENTENCE = st.lists(WORD, max_size=6).map(" ".join)
DOCUMENT = st.lists(SENTENCE, max_size=4).map("\n".join)


def documents_of(corpus):
    """The documents as lists of sentences, which are lists of ids."""
    sentences = [corpus.tokens[a:b].tolist() for a, b in zip(corpus.sentences, corpus.sentences[1:], strict=False)]
    return [sentences[a:b] for a, b in zip(corpus.documents, corpus.documents[1:], strict=False)]


def prepare(folder, encoder, sources, language=None, threads=1, **settings):
    defaults = {"sentence_splitter": "lines", "dev_documents": 1}
    settings = CorpusSettings.model_validate({"sources": sources, **defaults, **settings})
    manifest = folder / "corpus" / "manifest.json"
    prepare_corpus(settings, encoder, manifest, language, threads)
    return manifest


def files_source(path, **settings):
    return {"source": "files", "files": [str(path)], **settings}


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=60)
@given(
    sources=st.lists(st.lists(DOCUMENT, max_size=6), min_size=1, max_size=3),
    dev_documents=st.integers(1, 5),
    seed=st.integers(0, 3),
    batch=st.integers(1, 60),
    copied=st.integers(1, 20),
)
def test_equals_a_plain_loop(
    tmp_path_factory, files, encoder, auto_tokenizer, sources, dev_documents, seed, batch, copied
):
    folder = tmp_path_factory.getbasetemp() / "plain_loop"
    expected, ranks = [], []
    for number, texts in enumerate(sources):
        expected.append([])
        for place, text in enumerate(text for text in texts if text.strip()):
            lines = [auto_tokenizer(line, add_special_tokens=False)["input_ids"] for line in text.split("\n")]
            expected[-1].append((held_out_rank(seed, number, place), [ids for ids in lines if ids]))
        ranks += [rank for rank, _ in expected[-1]]
    paths = [
        files.json_lines(folder / f"{number}.jsonl", [{"text": text} for text in texts])
        for number, texts in enumerate(sources)
    ]
    arguments = ([files_source(path) for path in paths],)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_CHARACTERS", batch)
        patch.setattr(module, "COPIED_AT_ONCE", copied)
        if not all(expected) or dev_documents >= len(ranks):
            with pytest.raises(DataError, match="found 0 documents" if not all(expected) else "corpus.dev_documents"):
                prepare(folder, encoder, *arguments, dev_documents=dev_documents, seed=seed)
            return
        manifest = prepare(folder, encoder, *arguments, dev_documents=dev_documents, seed=seed)

    last_held_out = sorted(ranks)[dev_documents - 1]
    for split in ("train", "dev"):
        corpus = TokenizedCorpus.open(manifest, split)
        by_source = [
            [sentences for rank, sentences in source if (rank <= last_held_out) == (split == "dev")]
            for source in expected
        ]
        assert documents_of(corpus) == list(chain.from_iterable(by_source))
        assert [source.documents for source in corpus.sources] == [len(source) for source in by_source]
        firsts = np.cumsum([0, *map(len, by_source)])[:-1].tolist()
        assert [source.first_document for source in corpus.sources] == firsts
        tokens = [sum(len(ids) for sentences in source for ids in sentences) for source in by_source]
        assert [source.weight for source in corpus.sources] == pytest.approx([n / sum(tokens) for n in tokens])


@pytest.fixture
def texts():
    return [f"w{number % 40} w1 . w2 !\n\nUnknown w{number % 7} .\n" for number in range(50)]


def test_manifest_says_what_the_arrays_hold(tmp_path, files, encoder, texts):
    path = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    manifest = prepare(tmp_path, encoder, [files_source(path)], dev_documents=7)
    content = json.loads(manifest.read_text())
    assert (content["kind"], content["vocabulary_size"], content["dtype"]) == ("corpus", 47, "uint16")
    for split, documents in (("train", 43), ("dev", 7)):
        corpus = TokenizedCorpus.open(manifest, split)
        assert [corpus.tokens.dtype, corpus.sentences.dtype, corpus.documents.dtype] == [np.uint16, np.int64, np.int64]
        counts = content["splits"][split]
        assert counts["documents"] == documents == len(corpus.documents) - 1
        assert counts["sentences"] == len(corpus.sentences) - 1 == corpus.documents[-1]
        assert counts["tokens"] == len(corpus.tokens) == corpus.sentences[-1]
        for name in ("tokens", "sentences", "documents"):
            data = (manifest.parent / split / f"{name}.npy").read_bytes()
            said = content["files"][f"{split}/{name}.npy"]
            assert said == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert {path.name for path in manifest.parent.iterdir()} == {"manifest.json", "train", "dev"}


def test_processes_and_a_second_run_give_the_same_bytes(tmp_path, files, encoder, texts, monkeypatch):
    monkeypatch.setattr(module, "BATCH_CHARACTERS", 100)
    path = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    manifest = prepare(tmp_path, encoder, [files_source(path)], sentence_splitter="spacy", dev_documents=7)
    once = contents(manifest.parent)
    (manifest.parent / ".staging").mkdir()
    (manifest.parent / ".staging" / "tokens.npy").write_bytes(b"left by a killed run")
    prepare(tmp_path, encoder, [files_source(path)], sentence_splitter="spacy", dev_documents=7, threads=2)
    assert contents(manifest.parent) == once


def test_processes_take_few_batches_ahead(encoder):
    taken = []

    def batches():
        for number in range(20):
            taken.append(number)
            yield number, [f"w{number}"]

    results = encoding.encode_batches(batches(), "lines", encoder, np.dtype(np.uint16), threads=2)
    for number, (label, batch) in enumerate(results):
        assert label == number
        assert batch.tokens.tolist() == [5 + number]
        assert len(taken) <= number + 1 + 2 * 2


def test_held_out_documents_follow_the_seed_not_the_other_sources(tmp_path, files, encoder):
    def dev(count, seed, name):
        rows = [{"text": f"w{number}"} for number in range(count)]
        path = files.json_lines(tmp_path / f"{name}.jsonl", rows)
        return TokenizedCorpus.open(
            prepare(tmp_path / name, encoder, [files_source(path)], dev_documents=5, seed=seed), "dev"
        ).tokens.tolist()

    assert dev(30, 0, "a") != dev(30, 1, "b")
    # More documents may only push some out: whoever stays in and was there before, was held out before.
    assert {token for token in dev(40, 0, "c") if token < 5 + 30} <= set(dev(30, 0, "a"))


def test_ranks_are_spread_evenly():
    shares = np.array([held_out_rank(3, source, document) for source in range(3) for document in range(2000)]) / 2**64
    assert np.allclose(np.histogram(shares, 10, (0, 1))[0], 600, atol=120)  # 5 standard deviations


def test_weights_are_those_of_the_config(tmp_path, files, encoder, texts):
    path = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    sources = [files_source(path, weight=3), files_source(path, weight=1)]
    manifest = prepare(tmp_path, encoder, sources, dev_documents=1)
    assert [source.weight for source in TokenizedCorpus.open(manifest, "train").sources] == [0.75, 0.25]
    dev = TokenizedCorpus.open(manifest, "dev").sources
    assert sorted((source.documents, source.weight) for source in dev) == [(0, 0.0), (1, 1.0)]


def test_a_weighted_source_may_not_be_held_out_whole(tmp_path, files, encoder, texts):
    large = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    small = files.json_lines(tmp_path / "b.jsonl", [{"text": "w1"}])
    sources = [files_source(large, weight=1), files_source(small, weight=1)]
    with pytest.raises(DataError, match=r"corpus.sources.1: .* all held out \(1\)"):
        prepare(tmp_path, encoder, sources, dev_documents=50)


def test_max_documents_counts_by_source(tmp_path, files, encoder, texts):
    path = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in ["", *texts]])
    manifest = prepare(tmp_path, encoder, [files_source(path), files_source(path)], max_documents=3)
    splits = [TokenizedCorpus.open(manifest, split) for split in ("train", "dev")]
    assert [sum(corpus.sources[number].documents for corpus in splits) for number in range(2)] == [3, 3]


def test_language_corpus_is_beside_its_manifest(tmp_path, files, encoder):
    files.json_lines(tmp_path / "language" / "corpus.jsonl.gz", [{"text": "w1 .\nw2 ."}, {"text": "w3 ."}])
    language = tmp_path / "language" / "manifest.json"
    manifest = prepare(tmp_path, encoder, [{"source": "language"}], language=language)
    found = [documents_of(TokenizedCorpus.open(manifest, split)) for split in ("train", "dev")]
    assert sorted(chain.from_iterable(found)) == [[[6, 45], [7, 45]], [[8, 45]]]


def test_large_vocabularies_take_four_bytes(tmp_path, files):
    encoder = files.tokenizer(tmp_path / "encoder", [f"w{number}" for number in range(66_000)])
    path = files.write(tmp_path / "a.txt", "w65999 w0\n\nw65999 w0")
    manifest = prepare(tmp_path, encoder, [files_source(path)])
    for split in ("train", "dev"):
        tokens = TokenizedCorpus.open(manifest, split).tokens
        assert tokens.dtype == np.uint32
        assert tokens.tolist() == [66_004, 5]


def test_errors_leave_the_last_corpus_as_it_was(tmp_path, files, encoder, texts):
    path = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    manifest = prepare(tmp_path, encoder, [files_source(path)])
    before = contents(manifest.parent)
    path.write_bytes(path.read_bytes() + b'{"text"')
    empty = files.write(tmp_path / "empty.txt", " \n\n")
    for sources, message in (
        ([files_source(path)], r"a\.jsonl: line 51: "),
        ([files_source(empty)], r"corpus\.sources\.0: .*empty\.txt: found 0 documents with text; allowed: at least 1"),
        ([files_source(tmp_path / "none.txt")], r"none\.txt: found nothing there"),
    ):
        with pytest.raises(DataError, match=message):
            prepare(tmp_path, encoder, sources)
        assert contents(manifest.parent) == before


def test_too_many_dev_documents_are_refused_by_key(tmp_path, files, encoder, texts):
    path = files.json_lines(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    for found in (50, 51):
        with pytest.raises(DataError, match=rf"corpus\.dev_documents: found {found}; allowed: at most 49"):
            prepare(tmp_path, encoder, [files_source(path)], dev_documents=found)
    assert not contents(tmp_path / "corpus")
    prepare(tmp_path, encoder, [files_source(path)], dev_documents=49)


@given(pieces=st.lists(st.lists(st.integers(0, 2**16 - 1), max_size=5), max_size=5))
def test_array_writer_writes_what_numpy_saves(tmp_path_factory, pieces):
    folder = tmp_path_factory.getbasetemp()
    with ArrayWriter(folder / "grown.npy", np.uint16) as writer:
        for piece in pieces:
            writer.append(np.array(piece, dtype=np.int64))
    np.save(folder / "whole.npy", np.array(list(chain.from_iterable(pieces)), dtype=np.uint16))
    assert (folder / "grown.npy").read_bytes() == (folder / "whole.npy").read_bytes()


def test_readers_import_nothing_heavy():
    code = (
        "import sys; import prunetransfer.data.tokenized; "
        "print({'tokenizers', 'transformers', 'datasets', 'spacy', 'pandas', 'torch'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_wikitext_keeps_every_word(tmp_path, real_data, encoder, auto_tokenizer):
    path = real_data("wikitext2", "valid.raw.gz")
    source = files_source(path, document_start=r"^ = [^=]+ = $")
    manifest = prepare(tmp_path, encoder, [source], sentence_splitter="spacy", dev_documents=10)
    content = json.loads(manifest.read_text())["splits"]
    assert content["train"]["documents"] + content["dev"]["documents"] == 60
    whole = auto_tokenizer(gzip.decompress(path.read_bytes()).decode(), add_special_tokens=False)["input_ids"]
    assert content["train"]["tokens"] + content["dev"]["tokens"] == len(whole)
