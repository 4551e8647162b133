"""Measures the similarity of two models' features of the same tokens: of each token, and of all tokens together."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

_NO_NORM = torch.finfo(torch.float64).tiny
"""The smallest norm by which torch divides. Its default, 1e-8, would make the cosine of very short features too small."""


class Similarity(NamedTuple):
    """The similarity of two models' features of the same tokens."""

    cosine: float
    """Mean over tokens of the cosine similarity of the token's two features. It is 0 for a token if a feature is 0."""
    cosine_std: float
    """Standard deviation of the cosine similarity over tokens."""
    cka: float
    """Linear centred kernel alignment, from 0 to 1; NaN if a model has the same features for all tokens."""


class SimilarityOfLayers:
    """Collects two layers' features of the same tokens, batch by batch. Memory grows by 8 bytes per token.

    Linear CKA is |Y'X|^2 / (|X'X| |Y'Y|) in Frobenius norms, where the columns of X and Y are centred (Kornblith,
    Norouzi, Lee and Hinton 2019, "Similarity of Neural Network Representations Revisited", section 3). The products are
    summed in float64 and centred afterwards. First, the features of the first token are subtracted from all features.
    So centring doesn't subtract numbers that are much larger than the result, and constant features give exactly 0.
    """

    def __init__(self) -> None:
        self._cosines: list[Tensor] = []
        self._width = 0
        self._origin = self._sums = self._products = torch.empty(0)

    def add(self, one: Tensor, other: Tensor) -> None:
        """Adds a batch of at least one token. one, other: the features of both models, [tokens, width] each."""
        pairs = torch.cat((one, other), dim=1).double()
        if not self._cosines:
            self._width = one.shape[1]
            self._origin = pairs[0].clone()
            self._sums = torch.zeros_like(self._origin)
            self._products = torch.zeros(len(self._origin), len(self._origin), dtype=torch.float64)
        self._cosines.append(cosine_similarity(one.double(), other.double(), dim=1, eps=_NO_NORM).clamp(-1, 1))
        pairs -= self._origin
        self._sums += pairs.sum(0)
        self._products.addmm_(pairs.T, pairs)

    @property
    def tokens(self) -> int:
        return sum(map(len, self._cosines))

    def result(self) -> Similarity:
        """The similarity over all batches. Call it after at least one `add`."""
        cosines = torch.cat(self._cosines)
        return Similarity(cosines.mean().item(), cosines.std(correction=0).item(), self._cka())

    def _cka(self) -> float:
        centred = self._products - torch.outer(self._sums, self._sums) / self.tokens
        one, other = slice(None, self._width), slice(self._width, None)
        within, between, within_other = (
            centred[rows, columns].square().sum() for rows, columns in ((one, one), (one, other), (other, other))
        )
        return (between / (within * within_other).sqrt()).clamp(max=1).item()
