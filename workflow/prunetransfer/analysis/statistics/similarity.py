"""How alike two models' features of the same tokens are: token by token, and as a whole."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity


class Similarity(NamedTuple):
    cosine: float
    """Mean over tokens of the cosine similarity of the two features of a token; 0 where one of them is 0."""
    cosine_std: float
    """Over tokens."""
    cka: float
    """Linear centred kernel alignment; NaN where all features of a model are the same."""


class SimilarityOfLayers:
    """Adds up two layers' features of the same tokens, batch by batch: memory grows by 8 bytes a token.

    Linear CKA is |Y'X|^2 / (|X'X| |Y'Y|) in Frobenius norms, with the columns of X and Y centred (Kornblith, Norouzi, Lee
    and Hinton 2019, "Similarity of Neural Network Representations Revisited", section 3). The products are added up in
    float64, of features shifted by the first token's: centring afterwards then subtracts nothing much larger than what
    stays, and features that are all the same give 0 and not rounding errors.
    """

    def __init__(self) -> None:
        self._cosines: list[Tensor] = []
        self._width = 0
        self._origin = self._sums = self._products = torch.empty(0)

    def add(self, one: Tensor, other: Tensor) -> None:
        """Both [tokens, width], with at least one token."""
        pairs = torch.cat((one, other), dim=1).double()
        if not self._cosines:
            self._width = one.shape[1]
            self._origin = pairs[0].clone()
            self._sums = torch.zeros_like(self._origin)
            self._products = torch.zeros(len(self._origin), len(self._origin), dtype=torch.float64)
        self._cosines.append(cosine_similarity(one.double(), other.double(), dim=1).clamp(-1, 1))
        pairs -= self._origin
        self._sums += pairs.sum(0)
        self._products.addmm_(pairs.T, pairs)

    @property
    def tokens(self) -> int:
        return sum(map(len, self._cosines))

    def result(self) -> Similarity:
        """Of all that was added, at least one token."""
        cosines = torch.cat(self._cosines)
        return Similarity(cosines.mean().item(), cosines.std(correction=0).item(), self._cka())

    def _cka(self) -> float:
        centred = self._products - torch.outer(self._sums, self._sums) / self.tokens
        one, other = slice(None, self._width), slice(self._width, None)
        within, between, within_other = (
            centred[rows, columns].square().sum() for rows, columns in ((one, one), (one, other), (other, other))
        )
        return (between / (within * within_other).sqrt()).clamp(max=1).item()
