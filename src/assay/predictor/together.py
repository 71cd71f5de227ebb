"""The boosters of a predictor answered together: one walk down all their trees, one output step for all alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.effort import Effort
from assay.core.table import Table
from assay.models._boosting import matrix
from assay.models.bitsliced_trees import BitslicedTrees
from assay.models.flat_boosted import FEW_ROWS, FlatBoosted
from assay.models.joint_trees import JointTrees
from assay.models.matrix import sigmoid
from assay.pipeline.fitted_recipe import stored
from assay.pipeline.target_link import TargetLink


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A piece that is flat trees: the encoded table it reads, its part of its member's answer."""

    node: int
    model: FlatBoosted
    link: TargetLink
    share: float
    member: int


@dataclass(frozen=True, slots=True, eq=False)
class _Alike:
    """Pieces of plain links. sums: (p, n_outputs) rows of the grove's sums; least: (p, 1) what each class keeps.

    shares: (n_members, p).
    """

    sums: Index
    least: Floats
    shares: Floats

    @classmethod
    def of(cls, voices: Sequence[tuple[Voice, int]], n_members: int) -> "_Alike":
        """Of voices with the first row of each one's sums."""
        k = voices[0][0].model.trees.n_outputs
        shares = np.zeros((n_members, len(voices)))
        for p, (voice, _) in enumerate(voices):
            shares[voice.member, p] = voice.share
        least = np.array([[1.0 / (10 * voice.model.n_rows)] for voice, _ in voices])
        return cls(np.array([first + np.arange(k) for _, first in voices]), least, shares)

    def means(self, sums: Floats, output: str) -> Floats:
        """(n_members, n) or (n_members, n, k) what the pieces give to their members (see FlatBoosted.finish)."""
        if output == "softmax":
            scores = sums[self.sums]  # (p, k, n)
            raised = np.exp(scores - scores.max(axis=1, keepdims=True))
            raised /= raised.sum(axis=1, keepdims=True)
            raised += self.least[:, :, None]
            raised /= raised.sum(axis=1, keepdims=True)
            return np.asarray(np.tensordot(self.shares, raised, axes=1).transpose(0, 2, 1))
        scores = sums[self.sums[:, 0]]
        if output == "sigmoid":
            scores = (sigmoid(scores) + self.least) / (1.0 + 2.0 * self.least)
        return np.asarray(self.shares @ scores)


@dataclass(frozen=True, eq=False)
class Together:
    """All voices of a predictor. nodes: whose tables stand side by side; special: voices whose links do more.

    starts: the column where each voice's own begin. output: of all, as they answer one question.
    """

    nodes: tuple[int, ...]
    voices: tuple[Voice, ...]
    starts: tuple[int, ...]
    output: str
    alike: _Alike | None
    special: tuple[tuple[Voice, int], ...]
    n_members: int

    @classmethod
    def of(cls, voices: Sequence[Voice], n_members: int) -> "Together | None":
        """None where there are no voices, or where one could not be asked with the others."""
        outputs = {(voice.model.trees.output, voice.model.trees.n_outputs) for voice in voices}
        if len(outputs) != 1:
            return None
        widths = {voice.node: voice.model.trees.n_columns for voice in voices}
        if any(voice.model.trees.n_columns != widths[voice.node] for voice in voices):
            return None
        nodes = tuple(sorted(widths))
        starts = dict(zip(nodes, np.cumsum([0, *(widths[node] for node in nodes)]).tolist(), strict=False))
        ((output, k),) = outputs
        numbered = [(voice, p * k) for p, voice in enumerate(voices)]
        plain = [one for one in numbered if one[0].link.is_plain]
        special = tuple(one for one in numbered if not one[0].link.is_plain)
        alike = _Alike.of(plain, n_members) if plain else None
        first = tuple(starts[voice.node] for voice in voices)
        return cls(nodes, tuple(voices), first, output, alike, special, n_members)

    @cached_property
    def joint_trees(self) -> JointTrees:
        """For few rows."""
        return JointTrees.of([voice.model.trees for voice in self.voices], self.starts)

    @cached_property
    def sliced(self) -> BitslicedTrees:
        """For many."""
        return BitslicedTrees.of([voice.model.trees for voice in self.voices], self.starts)

    def means(self, tables: Sequence[Table]) -> AnyArray:
        """(n_members, n) or (n_members, n, k) shares of the members' stored predictions; tables: of all nodes."""
        blocks = [matrix(tables[node]) for node in self.nodes]
        X = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        sums = self.joint_trees.sums(X) if len(X) <= FEW_ROWS else self.sliced.sums(X)
        means = self._silence(sums.shape[1]) if self.alike is None else self.alike.means(sums, self.output)
        for voice, first in self.special:
            own = sums[first : first + voice.model.trees.n_outputs]
            means[voice.member] += voice.share * stored(voice.model.finish(own), voice.link)
        return means

    def effort(self) -> Effort:
        """Of `means` for one row."""
        columns = sum(voice.model.trees.n_columns for voice in self.voices)
        mixing = Effort(calls=30 + 12 * len(self.special), cells=columns + 6 * len(self.joint_trees.base))
        return self.joint_trees.effort() + mixing + Effort(calls=4 * len(self.nodes))

    def _silence(self, n: int) -> Floats:
        k = self.special[0][0].model.trees.n_outputs
        return np.zeros((self.n_members, n, k) if self.output == "softmax" else (self.n_members, n))
