"""Draws pre-training batches. They depend only on (seed, step). So no batch is stored, and a resumed run gets the same ones."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from prunetransfer.config.pretraining import Objective

from .packing import PackedBatch, moved, pack
from .special_tokens import SpecialTokens
from .tokenized import TokenizedCorpus

MASKED, RANDOM = 0.8, 0.1
"""The share of the chosen tokens that become [MASK], and the share that become a random token. The others stay as they are
(Devlin et al. 2019, section 3.1)."""


@dataclass
class PretrainingBatch:
    """A packed batch of B sequences with P tokens masked, and the targets of the predictions.

    masked: int64 [P], the indices of the masked tokens among the packed tokens.
    targets: int64 [P], the original tokens at these indices.
    random_next: int64 [B], 1 if the second segment doesn't continue the first one, else 0. None without next-sentence
        prediction.
    predictions: for each objective, the number of predictions in the whole batch, of which this may be one process's part.
    """

    packed: PackedBatch
    masked: Tensor
    targets: Tensor
    random_next: Tensor | None
    predictions: dict[str, int]

    def to(self, device: torch.device) -> "PretrainingBatch":
        return moved(self, device)


class PretrainingSampler:
    """Draws batches of masked sequences from a corpus.

    A sequence begins at a random sentence, and takes the following sentences of the document until it is full. With
    next-sentence prediction it is split at a random sentence boundary, and in half of the cases the second part is replaced
    by sentences of another document (Devlin et al. 2019, appendix A.2).
    """

    def __init__(self, corpus: TokenizedCorpus, objective: Objective, special: SpecialTokens, vocabulary_size: int):
        self._corpus = corpus
        self._objective = objective
        self._special = special
        # Offsets are copied to memory, because they are read for every sequence, and a memory-mapped array is 10 times slower.
        self._sentences = np.asarray(corpus.sentences)
        self._documents = np.asarray(corpus.documents)
        self._weights = np.array([source.weight for source in corpus.sources])
        self._bounds = [
            (self._documents[source.first_document], self._documents[source.first_document + source.documents])
            for source in corpus.sources
        ]
        self._ordinary = np.setdiff1d(np.arange(vocabulary_size), list(vars(special).values()))

    def batch(self, seed: tuple[int, ...], step: int, size: int, part: tuple[int, int] = (0, 1)) -> PretrainingBatch:
        """Returns a batch of `size` sequences. The same seed and step give the same batch.

        part: (n, count): the batch is divided into `count` parts, one for each process, and part n is returned, from 0.
        """
        random = np.random.default_rng([*seed, step])
        drawn = [self._sequence(random) for _ in range(size)]
        tokens = np.concatenate([tokens for tokens, _, _ in drawn])
        lengths = np.array([len(tokens) for tokens, _, _ in drawn])
        tokens, masked, targets = self._mask(tokens, lengths, random)
        predictions = {"mlm": len(targets), "nsp": size}
        first, last = (size * place // part[1] for place in (part[0], part[0] + 1))
        begin, end = lengths[:first].sum(), lengths[:last].sum()
        chosen = slice(*np.searchsorted(masked, (begin, end)))
        drawn = drawn[first:last]
        random_next = None
        if self._objective.next_sentence:
            random_next = torch.tensor([is_random for _, _, is_random in drawn], dtype=torch.int64)
        return PretrainingBatch(
            packed=pack(tokens[begin:end], lengths[first:last], np.array([second for _, second, _ in drawn])),
            masked=torch.from_numpy(masked[chosen] - begin),
            targets=torch.from_numpy(targets[chosen]),
            random_next=random_next,
            predictions=predictions,
        )

    def _sequence(self, random: np.random.Generator) -> tuple[np.ndarray, int, bool]:
        """Returns the tokens with special tokens, the index at which the second segment begins, and whether that segment is
        random."""
        special = self._special
        if not self._objective.next_sentence:
            start, end = self._span(random, self._objective.sequence_length - 2)
            body = self._tokens(start, end)[: self._objective.sequence_length - 2]
            return np.concatenate(([special.cls], body, [special.sep])), len(body) + 2, False
        room = self._objective.sequence_length - 3
        start, end = self._span(random, room)
        # A document's last sentence has no continuation, so its second segment is always random.
        middle = start + 1 if end - start == 1 else int(random.integers(start + 1, end))
        first = self._tokens(start, middle)
        is_random = end - start == 1 or random.random() < 0.5
        second = (
            self._other_document(random, start, max(1, room - len(first))) if is_random else self._tokens(middle, end)
        )
        keep_first = min(len(first), max(room - len(second), (room + 1) // 2))
        first = first[
            len(first) - keep_first :
        ]  # drop tokens at its start, so that the second segment still continues it
        second = second[: room - len(first)]
        return (
            np.concatenate(([special.cls], first, [special.sep], second, [special.sep])),
            len(first) + 2,
            is_random,
        )

    def _span(self, random: np.random.Generator, room: int) -> tuple[int, int]:
        """Draws consecutive sentences of a document that fill `room` tokens, or fewer if the document ends before.

        Returns the index of the first sentence, and the index after the last.
        """
        low, high = self._bounds[random.choice(len(self._bounds), p=self._weights)]
        start = int(random.integers(low, high))
        return start, self._fill(start, room)

    def _fill(self, start: int, room: int) -> int:
        document_end = int(self._documents[self._document(start) + 1])
        ends = self._sentences[start : document_end + 1]
        return start + min(len(ends) - 1, max(1, int(np.searchsorted(ends, ends[0] + room))))

    def _document(self, sentence: int) -> int:
        return int(np.searchsorted(self._documents, sentence, side="right")) - 1

    def _other_document(self, random: np.random.Generator, sentence: int, room: int) -> np.ndarray:
        document = self._document(sentence)
        start, end = self._span(random, room)
        for _ in range(10):  # the number of attempts is limited, because the corpus may have only one document
            if self._document(start) != document:
                break
            start, end = self._span(random, room)
        return self._tokens(start, end)

    def _tokens(self, start: int, end: int) -> np.ndarray:
        return np.asarray(self._corpus.tokens[self._sentences[start] : self._sentences[end]], dtype=np.int64)

    def _mask(self, tokens: np.ndarray, lengths: np.ndarray, random: np.random.Generator):
        """Returns the tokens [T] after masking, the indices to predict [P] in ascending order, and the original tokens at
        these indices [P]."""
        masking = self._objective.masking
        sequence = np.repeat(np.arange(len(lengths)), lengths)
        ordinary = (tokens != self._special.cls) & (tokens != self._special.sep)
        candidates = np.add.reduceat(ordinary.astype(np.int64), np.cumsum(lengths) - lengths)
        wanted = np.clip(np.rint(masking.share * candidates), 1, masking.max_per_sequence)
        # Sort the tokens of each sequence in random order, with special tokens last. The first `wanted` are chosen.
        order = np.lexsort((random.random(len(tokens)) + ~ordinary, sequence))
        rank = np.arange(len(tokens)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        chosen = np.sort(order[rank < np.minimum(wanted, candidates)[sequence]])
        targets = tokens[chosen]
        fate = random.random(len(chosen))
        replacement = random.choice(self._ordinary, size=len(chosen))
        tokens = tokens.copy()
        tokens[chosen] = np.where(
            fate < MASKED, self._special.mask, np.where(fate < MASKED + RANDOM, replacement, targets)
        )
        return tokens, chosen, targets
