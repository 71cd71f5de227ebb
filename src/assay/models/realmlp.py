"""RealMLP in its simple form (Holzmüller et al., 2024, RealMLP-TD-S), in numpy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Choice, Float, Space
from assay.models import register
from assay.models.cheaper_variants import FewerEpochs
from assay.models.constant import fit_constant
from assay.models.fitted_bases import AllRounds
from assay.models.matrix import SeenClasses, filled, need_time, softmax, spread
from assay.models.network import NetworkData, TrainingSchedule, train, wave
from assay.models.realmlp_train import LAYERS, WIDTH, RealMlpLearner

CHUNK_ROWS = 128
"""Rows per chunk, so that a layer's values fit a core's cache three times."""
RATE_OF_CLASSES, RATE_OF_VALUES = 0.04, 0.07
"""The paper's, for batches of 256 rows."""
MOST_STEPS = 1_600
_BATCHES = ((2_500, 64, 0.5), (8_000, 128, 0.7), (math.inf, 256, 1.0))
"""(most rows, rows per batch, share of the paper's rate, about the root of the batch's share)."""
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _selu(x: Floats, out: Floats, room: Floats) -> None:
    """SELU of x into out as the sum of its two halves, of which one is 0; avoids selecting cells by sign."""
    np.minimum(x, 0.0, out=out)
    np.expm1(out, out=out)
    out *= SELU_SCALE * SELU_ALPHA
    np.maximum(x, 0.0, out=room)
    room *= SELU_SCALE
    out += room


def _mish(x: Floats, out: Floats, room: Floats) -> None:
    """x · tanh(log(1 + e)), e = exp(x), into out as x · (e² + 2e) / (e² + 2e + 2): no other function is evaluated.
    Above 20 it is x to the last digit.
    """
    np.minimum(x, 20.0, out=out)
    np.exp(out, out=out)
    np.add(out, 2.0, out=room)
    out *= room
    np.add(out, 2.0, out=room)
    out /= room
    out *= x


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """scale (d,); weights (in, out), biases (out,) of four layers; slopes (256,) of the three hidden ones.

    A layer is x @ w / sqrt(in) + b, a hidden unit x + slope * (act(x) - x) with act SELU for classes, Mish for values.
    """

    scale: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    slopes: tuple[Floats, ...]
    is_class: bool

    @classmethod
    def of(cls, arrays: Mapping[str, AnyArray], *, is_class: bool) -> "Net":
        def of_layers(letter: str, count: int) -> tuple[Floats, ...]:
            return tuple(arrays[f"{letter}{i}"].astype(np.float64) for i in range(count))

        return cls(
            arrays["scale"].astype(np.float64), of_layers("w", LAYERS + 1), of_layers("b", LAYERS + 1),
            of_layers("a", LAYERS), is_class,
        )  # fmt: skip

    def arrays(self) -> dict[str, AnyArray]:
        """float32, in which they were trained."""
        named: dict[str, AnyArray] = {"scale": self.scale}
        for letter, layers in (("w", self.weights), ("b", self.biases), ("a", self.slopes)):
            named.update({f"{letter}{i}": layer for i, layer in enumerate(layers)})
        return {name: array.astype(np.float32) for name, array in named.items()}

    def outputs(self, X: Floats) -> Floats:
        """(n, k) the last layer's values, in float64 so that a row's result does not depend on others.

        Computed in chunks with reused memory, which keeps a layer in a core's cache.
        """
        out = np.empty((len(X), len(self.biases[-1])))
        room = np.empty((3, min(len(X), CHUNK_ROWS), max(map(len, self.slopes))))
        for start in range(0, len(X), CHUNK_ROWS):
            self._pass(X[start : start + CHUNK_ROWS], room, out[start : start + CHUNK_ROWS])
        return out

    def effort(self) -> Effort:
        """Cost of `outputs` for one row."""
        hidden = sum(map(len, self.slopes))
        return Effort(
            calls=12 + 18 * len(self.slopes), cells=25 * hidden, products=sum(weight.size for weight in self.weights)
        )  # fmt: skip

    def _pass(self, X: Floats, room: Floats, out: Floats) -> None:
        """outputs of a chunk into out; room: three blocks of a layer's size."""
        act, x = _selu if self.is_class else _mish, X * self.scale
        for i, (weight, bias, slope) in enumerate(zip(self.weights, self.biases, self.slopes, strict=False)):
            linear, bent, spare = (room[(i + j) % 3, : len(X), : len(bias)] for j in range(3))
            np.matmul(x, weight, out=linear)
            linear /= np.sqrt(len(weight))
            linear += bias
            act(linear, bent, spare)
            bent -= linear
            bent *= slope
            linear += bent
            x = linear
        np.matmul(x, self.weights[-1], out=out)
        out /= np.sqrt(len(self.weights[-1]))
        out += self.biases[-1]


@dataclass(frozen=True, slots=True, eq=False)
class FittedRealMlp(AllRounds):
    """values: centre, scale, lowest and highest value seen (regression).

    rounds: epochs of the whole schedule. The epoch was selected on rows held out of the training rows, so that
    out-of-fold predictions are honest; `predict` always uses it.
    """

    net: Net
    present: Index
    n_classes: int
    values: Floats
    rounds: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        outputs = self.net.outputs(filled(table).astype(np.float64))
        if self.n_classes:
            n = len(outputs)
            return spread(softmax(outputs), self.present, self.n_classes) if n else np.zeros((0, self.n_classes))
        centre, scale, low, high = self.values
        out: Floats = np.clip(centre + scale * outputs[:, 0], low, high)
        return out

    def effort(self, *, rounds: int | None = None) -> Effort:
        return self.net.effort() + Effort(calls=10 + 12 * bool(self.n_classes))

    def state(self) -> State:
        meta = {"n_classes": self.n_classes, "epochs": self.rounds, "ended": self.ended}
        return State("realmlp", dict(meta), {**self.net.arrays(), "present": self.present, "values": self.values})


def network_data(X: AnyArray, target: Target, view: FoldView, seeds: Seeds) -> tuple[NetworkData, Index, Floats]:
    """The training data, the classes seen, and the scaling of the outputs."""
    weight = None if target.weight is None else (target.weight / target.weight.mean()).astype(np.float32)
    if target.is_class:
        seen = SeenClasses.of(target)
        data = NetworkData(X, seen.codes, weight, len(seen.present), "log_loss", 0.5, seeds, target.ties)
        return data, seen.present, np.array([0.0, 1.0, 0.0, 0.0])
    y = np.asarray(target.values, dtype=np.float64)
    centre = float(np.average(y, weights=target.weight))
    scale = float(np.sqrt(np.average((y - centre) ** 2, weights=target.weight))) or 1.0
    standard = ((y - centre) / scale).astype(np.float32)
    data = NetworkData(X, standard, weight, 0, view.loss, view.quantile, seeds, target.ties)
    return data, np.zeros(0, dtype=np.int64), np.array([centre, scale, y.min(), y.max()])


@register("realmlp", also=("mlp", "nn", "neural_network", "network"))
@dataclass(frozen=True)
class RealMlp(FewerEpochs):
    """Three layers of 256, a learned scale for each column, label smoothing 0.1, Adam under four cosine waves.

    learning_rate: None for the paper's 0.04 (classes) or 0.07 (values).
    """

    traits: ClassVar[ModelTraits] = ModelTraits(called=("neural network", "mlp"))

    n_epochs: int = 64
    learning_rate: float | None = None
    label_smoothing: float = 0.1
    batch_rows: int = 256

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(
            n_epochs=Choice((64, 128, 256)),
            learning_rate=Float(0.01, 0.2, log=True),
            label_smoothing=Choice((0.0, 0.1)),
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """None where columns are many or more than half as many as rows: there it overfits, and the blend notices too
        late (docs/log.md)."""
        if facts.n_features > 500 or 2 * facts.n_features > facts.n_rows:
            return ()
        model = Step.of("realmlp", **_schedule(facts))
        return (Entry(name="nn", what="RealMLP", recipe=Recipe(steps=network_steps(facts), model=model)),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: epochs of the schedule, without a clock. Under a deadline the schedule is shortened to fit in.

        Raises TimeoutError if not one epoch can be done in time.
        """
        X, target = filled(view.table("train")), view.target("train")
        if not X.shape[1] or (target.is_class and len(np.unique(target.values)) < 2):
            return fit_constant(view)
        if rounds is None:
            need_time(limits, self.cost(view.facts).round_seconds, "An epoch of realmlp")
        data, present, values = network_data(X, target, view, seeds.child("realmlp"))
        rate = self.learning_rate or (RATE_OF_CLASSES if target.is_class else RATE_OF_VALUES)
        plan = TrainingSchedule(
            epochs=rounds or self.n_epochs, is_exact=rounds is not None, learning_rate=rate,
            batch_rows=self.batch_rows, share=wave,
        )  # fmt: skip
        deadline = limits.deadline if rounds is None else Deadline()
        trained = train(data, plan, lambda: RealMlpLearner(data, self.label_smoothing), deadline)
        net = Net.of(trained.arrays, is_class=target.is_class)
        return FittedRealMlp(net, present, target.n_classes, values, trained.epochs, trained.ended)

    def cost(self, facts: Facts) -> Cost:
        """Products of a batch forwards and backwards, 8e10 a second on one thread, and Adam's pass [measured]."""
        d = 4 + 2 * facts.n_numeric + 6 * facts.n_category + 8 * facts.n_dates + 30 * facts.n_text
        batches = max(1.0, facts.n_rows / self.batch_rows)
        weights = d * WIDTH + (LAYERS - 1) * WIDTH**2
        return Cost(
            setup_seconds=0.05, round_seconds=batches * (4e-4 + 4e-9 * weights + 7.5e-11 * self.batch_rows * weights),
            rounds=self.n_epochs, bytes=50_000_000 + 12 * facts.n_rows * d,
        )  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedRealMlp:
        meta, arrays = state.meta, state.arrays
        n_classes = int(str(meta["n_classes"]))
        ended: Ended = "deadline" if meta["ended"] == "deadline" else "rounds"
        return FittedRealMlp(
            Net.of(arrays, is_class=n_classes > 0), np.asarray(arrays["present"]), n_classes,
            np.asarray(arrays["values"]), int(str(meta["epochs"])), ended,
        )  # fmt: skip


def _schedule(facts: Facts) -> dict[str, int | float]:
    """Fewer rows, smaller batches at a lower rate; at most some 1,600 steps, but at least 16 epochs."""
    batch, share = next((b, s) for most, b, s in _BATCHES if facts.n_rows <= most)
    rate = share * (RATE_OF_CLASSES if facts.n_classes else RATE_OF_VALUES)
    epochs = min(64, max(16, MOST_STEPS * batch // max(facts.n_rows, 1)))
    return {"n_epochs": epochs, "batch_rows": batch, "learning_rate": round(rate, 4)}


def network_steps(facts: Facts) -> tuple[Step, ...]:
    """All columns numeric without gaps, outliers compressed smoothly; one-hot columns stay 0 and 1."""
    wanted = [
        (facts.n_dates, Step.of("dates", cyclic=True)),
        (facts.n_text, Step.of("text_svd")),
        (facts.high_columns, Step.of("target_mean", above=50, keep=False)),
        (1, Step.of("impute", indicators=True)),
        (1, Step.of("scale", clip=3.0, robust=True, soft=True)),
        (facts.n_category, Step.of("one_hot", max_levels=50, min_rows=5)),  # after scale: 0 and 1 stay
    ]
    return tuple(step for count, step in wanted if count)
