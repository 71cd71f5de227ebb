"""TabM (Gorishniy et al., 2025): an ensemble of networks with shared weights, trained by torch, predicting in numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table
from assay.core.errors import MissingExtraError
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Choice, Float, Space
from assay.models import register
from assay.models.cheaper_variants import FewerEpochs
from assay.models.constant import fit_constant
from assay.models.fitted_bases import AllRounds
from assay.models.matrix import filled, need_time, softmax, spread
from assay.models.network import NetworkData, TrainingSchedule, half_wave, train
from assay.models.realmlp import network_data, network_steps
from assay.models.torch_train import Params, TorchLearner, has_torch, threads

CHUNK_ROWS = 256
WEIGHT_DECAY = 3e-4
MOST_NUMBERS = 2_000
"""Limit of piecewise-linear inputs per row, which the first layer multiplies for every member."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Piecewise-linear encoding of numbers (Gorishniy et al., 2022): the filled fraction of each bin.

    column, low, high: (e,) of each bin; bins of a column end at quantiles of the training rows.
    """

    column: Index
    low: Floats
    high: Floats

    @classmethod
    def of(cls, X: Singles, n_bins: int) -> "Pieces":
        """Columns of one value have no bin, those of two (0 and 1) have one."""
        n_bins = max(1, min(n_bins, MOST_NUMBERS // max(1, X.shape[1])))
        at = np.linspace(0.0, 1.0, n_bins + 1)
        # Values that are there, not means of two: between 0 and 1 there is nothing.
        edges = [np.unique(np.quantile(x.astype(np.float64), at, method="inverted_cdf")) for x in X.T]
        return cls(
            np.repeat(np.arange(len(edges)), [len(own) - 1 for own in edges]),
            np.concatenate([np.zeros(0), *(own[:-1] for own in edges)]),
            np.concatenate([np.zeros(0), *(own[1:] for own in edges)]),
        )

    def encode(self, X: Singles) -> Floats:
        """(n, e) numbers in [0, 1]."""
        share: Floats = (X[:, self.column] - self.low) / (self.high - self.low)
        return np.clip(share, 0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """m networks that share layer weights and differ in scalings before and after them.

    Layer i gives relu(((x * r) @ w) * s + b) with w (in, out), r (m, in), s and b (m, out); each member has its own
    head: h (m, width, k), c (m, k).
    """

    layers: tuple[tuple[Floats, Floats, Floats, Floats], ...]
    head: Floats
    offset: Floats

    @classmethod
    def of(cls, arrays: Mapping[str, AnyArray]) -> "Members":
        """ValueError where shapes do not fit each other."""
        count = sum(name.startswith("w") and name[1:].isdigit() for name in arrays)
        layers = tuple(
            (wide(arrays[f"w{i}"]), wide(arrays[f"r{i}"]), wide(arrays[f"s{i}"]), wide(arrays[f"b{i}"]))
            for i in range(count)
        )
        out = cls(layers, wide(arrays["h0"]), wide(arrays["c0"]))
        m, widths = len(out.head), [len(layer[0]) for layer in layers]
        fits = all(r.shape == (m, w.shape[0]) and s.shape == b.shape == (m, w.shape[1]) for w, r, s, b in layers) and [
            *widths[1:],
            out.head.shape[1],
        ] == [layer[0].shape[1] for layer in layers]
        if not fits or out.offset.shape != (m, out.head.shape[2]):
            raise ValueError("the layers of the network do not fit together")
        return out

    def arrays(self) -> dict[str, AnyArray]:
        """float32, in which they were trained."""
        named = {"h0": self.head, "c0": self.offset}
        for i, layer in enumerate(self.layers):
            named.update(dict(zip((f"w{i}", f"r{i}", f"s{i}", f"b{i}"), layer, strict=True)))
        return {name: array.astype(np.float32) for name, array in named.items()}

    def outputs(self, X: Floats) -> Floats:
        """(n, m, k) output of each member."""
        x = X[:, None, :]
        for weight, before, behind, bias in self.layers:
            x = np.maximum((x * before) @ weight * behind + bias, 0.0)
        out: Floats = np.einsum("nmw,mwk->nmk", x, self.head) + self.offset
        return out

    def effort(self) -> Effort:
        """Cost of `outputs` for one row."""
        m = len(self.head)
        return Effort(
            calls=8 + 8 * len(self.layers), cells=5 * m * sum(sum(layer[0].shape) for layer in self.layers),
            products=m * sum(layer[0].size for layer in self.layers) + self.head.size,
        )  # fmt: skip


def wide(array: AnyArray) -> Floats:
    """As float64, so that a row's result does not depend on other rows."""
    return np.asarray(array, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class FittedTabM(AllRounds):
    """values, rounds: see realmlp.FittedRealMlp."""

    pieces: Pieces
    members: Members
    present: Index
    n_classes: int
    values: Floats
    rounds: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        X = filled(table)
        out = np.empty((len(X), self.members.head.shape[2]))
        for start in range(0, len(X), CHUNK_ROWS):
            said = self.members.outputs(self.pieces.encode(X[start : start + CHUNK_ROWS]))
            if self.n_classes:
                said = softmax(said.reshape(-1, said.shape[2])).reshape(said.shape)
            out[start : start + CHUNK_ROWS] = said.mean(axis=1)
        if self.n_classes:
            return spread(out, self.present, self.n_classes)
        centre, scale, low, high = self.values
        inside: Floats = np.clip(centre + scale * out[:, 0], low, high)
        return inside

    def effort(self, *, rounds: int | None = None) -> Effort:
        return self.members.effort() + Effort(
            calls=24 + 12 * bool(self.n_classes), cells=6 * len(self.pieces.low) + self.members.offset.size
        )

    def state(self) -> State:
        meta = {"n_classes": self.n_classes, "epochs": self.rounds, "ended": self.ended}
        pieces = {"column": self.pieces.column, "low": self.pieces.low, "high": self.pieces.high}
        arrays = {**self.members.arrays(), **pieces, "present": self.present, "values": self.values}
        return State("tabm", dict(meta), arrays)


@dataclass(frozen=True, slots=True)
class _TabMArchitecture:
    """TabM for torch_train: its members see the same batch and are trained together."""

    members: int
    layers: int
    width: int

    def initial(self, data: NetworkData) -> Params:
        """Shared weights uniform; members differ at first only in the signs before the first layer."""
        import torch

        draw = torch.Generator().manual_seed(data.seeds.child("weights").number)

        def uniform(*shape: int, size: int) -> Any:
            return (2.0 * torch.rand(*shape, generator=draw) - 1.0) / size**0.5

        sizes = [data.X.shape[1], *[self.width] * self.layers]
        params: Params = {}
        for i in range(self.layers):
            params[f"w{i}"] = uniform(sizes[i], sizes[i + 1], size=sizes[i])
            signs = 2.0 * torch.randint(0, 2, (self.members, sizes[i]), generator=draw).float() - 1.0
            params[f"r{i}"] = torch.ones(self.members, sizes[i]) if i else signs
            params[f"s{i}"] = torch.ones(self.members, sizes[i + 1])
            params[f"b{i}"] = uniform(self.members, sizes[i + 1], size=sizes[i])
        params["h0"] = uniform(self.members, self.width, max(1, data.n_classes), size=self.width)
        params["c0"] = torch.zeros(self.members, max(1, data.n_classes))
        return {name: value.requires_grad_() for name, value in params.items()}

    def forward(self, params: Params, x: Any) -> Any:
        import torch

        x = x[:, None, :]
        for i in range(self.layers):
            x = (x * params[f"r{i}"]) @ params[f"w{i}"]
            x = torch.relu(x * params[f"s{i}"] + params[f"b{i}"])
        return torch.einsum("nmw,mwk->nmk", x, params["h0"]) + params["c0"]

    def optimizer(self, params: Params) -> Any:
        import torch

        groups = [
            {"params": [value], "weight_decay": WEIGHT_DECAY if name[0] in "wh" else 0.0}
            for name, value in params.items()
        ]
        return torch.optim.AdamW(groups, lr=0.0)


@register("tabm")
@dataclass(frozen=True)
class TabM(FewerEpochs):
    """`members` networks of `layers` layers and `width` units over piecewise-linear numbers of n_bins bins per column.

    Smaller than the paper's (32 members, 3 layers of 512), which takes hours on a CPU.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(libraries=("torch",), called=("neural network",))

    n_epochs: int = 64
    learning_rate: float = 4e-3
    members: int = 16
    layers: int = 2
    width: int = 128
    n_bins: int = 16
    batch_rows: int = 256

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(
            learning_rate=Float(5e-4, 1e-2, log=True), width=Choice((64, 128, 256)), n_bins=Choice((8, 16, 32))
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """None without torch; its cost decides whether a budget has room for it."""
        if not has_torch() or facts.n_features > 500:
            return ()
        recipe = Recipe(steps=network_steps(facts), model=Step.of("tabm"))
        return (Entry(name="tabm", what="TabM, 16 networks in one", recipe=recipe),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: epochs of the schedule, without a clock. Under a deadline the schedule is shortened to fit in.

        Raises MissingExtraError without torch, TimeoutError if not one epoch can be done in time.
        """
        if not has_torch():
            raise MissingExtraError(
                "model 'tabm' needs torch, which is not installed.",
                do=["pip install 'assay-ml[nn]'", "leave it out: --without tabm"],
            )
        X, target = filled(view.table("train")), view.target("train")
        pieces = Pieces.of(X, self.n_bins)
        if not len(pieces.column) or (target.is_class and len(np.unique(target.values)) < 2):
            return fit_constant(view)
        if rounds is None:
            need_time(limits, self.cost(view.facts).round_seconds, "An epoch of tabm")
        encoded = pieces.encode(X).astype(np.float32)
        data, present, values = network_data(encoded, target, view, seeds.child("tabm"))
        plan = TrainingSchedule(
            epochs=rounds or self.n_epochs, is_exact=rounds is not None, learning_rate=self.learning_rate,
            batch_rows=self.batch_rows, share=half_wave,
        )  # fmt: skip
        design = _TabMArchitecture(self.members, self.layers, self.width)
        with threads(limits.threads):
            deadline = limits.deadline if rounds is None else Deadline()
            trained = train(data, plan, lambda: TorchLearner(data, design), deadline)
        members = Members.of(trained.arrays)
        return FittedTabM(pieces, members, present, target.n_classes, values, trained.epochs, trained.ended)

    def cost(self, facts: Facts) -> Cost:
        """Multiplications of a batch forwards and backwards, 8e10 a second on one thread [measured]."""
        d = 2 + self.n_bins * (facts.n_numeric + facts.n_dates + 30 * facts.n_text) + 6 * facts.n_category
        products = self.width * (min(d, MOST_NUMBERS) + self.width * (self.layers - 1))
        batches = max(1.0, facts.n_rows / self.batch_rows)
        seconds = batches * (3e-3 + 6.0 * self.batch_rows * self.members * products / 8e10)
        return Cost(
            setup_seconds=2.0, round_seconds=seconds, rounds=self.n_epochs,
            bytes=400_000_000 + 16 * facts.n_rows * min(d, MOST_NUMBERS),
        )  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedTabM:
        """ValueError unless the arrays fit together."""
        meta: Any = state.meta
        arrays = state.arrays
        pieces = Pieces(np.asarray(arrays["column"]), np.asarray(arrays["low"]), np.asarray(arrays["high"]))
        members = Members.of(arrays)
        if not len(pieces.column) == len(pieces.low) == len(pieces.high) == len(members.layers[0][0]):
            raise ValueError("the bins of the columns do not fit the network")
        ended: Ended = "deadline" if meta["ended"] == "deadline" else "rounds"
        return FittedTabM(
            pieces, members, np.asarray(arrays["present"]), int(meta["n_classes"]), np.asarray(arrays["values"]),
            int(meta["epochs"]), ended,
        )  # fmt: skip
