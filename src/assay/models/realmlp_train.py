"""RealMLP's gradients in numpy, so that training needs no deep learning library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from assay.core.array import AnyArray, Index, Singles
from assay.models.network import NetworkData

WIDTH = 256
LAYERS = 3
RATE_FACTORS = {"scale": 6.0, "w": 1.0, "b": 0.1, "a": 0.1}
"""Learning rates of the column scales, weights, biases and slopes relative to the base rate (the paper's)."""
BETAS = (0.9, 0.95)
EPSILON = 1e-8
SELU_ALPHA, SELU_SCALE = np.float32(1.6732632423543772), np.float32(1.0507009873554805)
_ONE = np.float32(1.0)

Params = Mapping[str, Singles]


def selu(z: Singles) -> tuple[Singles, Singles]:
    """SELU and its derivative (Klambauer et al., 2017), in the type of z."""
    most = SELU_SCALE * SELU_ALPHA
    below = np.exp(np.minimum(z, 0.0))
    below *= most
    value = np.maximum(z, 0.0)
    value *= SELU_SCALE
    value += below
    value -= most
    below += (z > 0) * (SELU_SCALE - most)  # where z is above 0 it was `most`
    return value, below


def mish(z: Singles) -> tuple[Singles, Singles]:
    """z tanh(log(1 + e^z)) and its derivative (Misra, 2019), in the type of z; above 20 it is z."""
    e: Singles = np.exp(np.minimum(z, 20.0))
    n: Singles = e * (e + np.float32(2.0))
    t: Singles = n / (n + np.float32(2.0))
    return z * t, t + z * (_ONE - t * t) * (e / (e + _ONE))


@dataclass(frozen=True, slots=True, eq=False)
class ParameterLayout:
    """Position of each parameter in one flat vector. sizes: of the layers, inputs first, outputs last."""

    sizes: tuple[int, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {"scale": self.sizes[:1]}
        for i, (width, out) in enumerate(pairwise(self.sizes)):
            found |= {f"w{i}": (width, out), f"b{i}": (out,)}
            if i < LAYERS:
                found[f"a{i}"] = (out,)
        return found

    def views(self, vector: Singles) -> dict[str, Singles]:
        """The parameters as views of the vector."""
        out, start = {}, 0
        for name, shape in self.shapes.items():
            end = start + int(np.prod(shape))
            out[name] = vector[start:end].reshape(shape)
            start = end
        return out

    def empty(self) -> Singles:
        return np.zeros(sum(int(np.prod(shape)) for shape in self.shapes.values()), dtype=np.float32)


def begun(layout: ParameterLayout, rng: np.random.Generator) -> Singles:
    """Initial parameters: normal weights and biases under neural tangent scaling, scales and slopes 1, last layer 0."""
    vector = layout.empty()
    for name, view in layout.views(vector).items():
        if name == "scale" or name[0] == "a":
            view[...] = 1.0
        elif name[1:] != str(LAYERS):
            view[...] = rng.standard_normal(view.shape, dtype=np.float32)
    return vector


def forward(params: Params, X: Singles, *, is_class: bool) -> tuple[Singles, list[tuple[Singles, ...]]]:
    """(outputs (n, k), for each hidden layer what its gradient needs: inputs, act(z) - z, its derivative)."""
    act = selu if is_class else mish
    x: Singles = X * params["scale"]
    kept: list[tuple[Singles, ...]] = []
    for i in range(LAYERS):
        z: Singles = x @ params[f"w{i}"]
        z *= np.float32(len(params[f"w{i}"]) ** -0.5)
        z += params[f"b{i}"]
        value, slope = act(z)
        bend = value - z
        kept.append((x, bend, slope - _ONE))
        x = z + params[f"a{i}"] * bend
    kept.append((x,))
    out: Singles = x @ params[f"w{LAYERS}"] * np.float32(WIDTH**-0.5) + params[f"b{LAYERS}"]
    return out, kept


def backward(params: Params, X: Singles, kept: list[tuple[Singles, ...]], d: Singles, into: Params) -> None:
    """Write the gradients of the parameters into `into`, given those of the outputs (n, k)."""
    (x,) = kept[-1]
    np.matmul(x.T, d * np.float32(WIDTH**-0.5), out=into[f"w{LAYERS}"])
    d.sum(axis=0, out=into[f"b{LAYERS}"])
    d = (d @ params[f"w{LAYERS}"].T) * np.float32(WIDTH**-0.5)
    for i in reversed(range(LAYERS)):
        x, bend, bent = kept[i]
        (d * bend).sum(axis=0, out=into[f"a{i}"])
        d = d * (_ONE + params[f"a{i}"] * bent)
        d.sum(axis=0, out=into[f"b{i}"])
        d *= np.float32(len(params[f"w{i}"]) ** -0.5)
        np.matmul(x.T, d, out=into[f"w{i}"])
        d = d @ params[f"w{i}"].T
    (d * X).sum(axis=0, out=into["scale"])


def losses(data: NetworkData, outputs: Singles, y: AnyArray, smoothing: float) -> tuple[Singles, Singles]:
    """((n,) loss of each row, (n, k) its gradient by the outputs): smoothed log loss, or the lesson's of values."""
    if data.n_classes:
        k = data.n_classes
        logs = outputs - outputs.max(axis=1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
        wanted = np.full(outputs.shape, smoothing / k, dtype=np.float32)
        wanted[np.arange(len(y)), y] += np.float32(1.0 - smoothing)
        return -(wanted * logs).sum(axis=1), np.exp(logs) - wanted
    gap = (y - outputs[:, 0])[:, None]
    if data.loss == "quantile":
        slope = np.where(gap > 0, np.float32(data.quantile), np.float32(data.quantile - 1.0))
        return (gap * slope)[:, 0], -slope
    if data.loss == "absolute":
        return np.abs(gap[:, 0]), -np.sign(gap)
    return gap[:, 0] ** 2, np.float32(-2.0) * gap


@dataclass(eq=False)
class RealMlpLearner:
    """A network.Learner: RealMLP under Adam (Kingma and Ba, 2015), the whole of it in float32."""

    data: NetworkData
    smoothing: float
    taken: int = 0
    layout: ParameterLayout = field(init=False)
    vector: Singles = field(init=False)

    def __post_init__(self) -> None:
        data = self.data
        self.layout = ParameterLayout((data.X.shape[1], *[WIDTH] * LAYERS, max(1, data.n_classes)))
        self.vector = begun(self.layout, data.seeds.child("weights").rng())
        self.y = data.y.astype(np.int64 if data.n_classes else np.float32)
        self.gradient, self.first, self.second, self.factor = (self.layout.empty() for _ in range(4))
        for name, view in self.layout.views(self.factor).items():
            view[...] = RATE_FACTORS[name.rstrip("0123456789")]
        self.params, self.into = self.layout.views(self.vector), self.layout.views(self.gradient)

    def step(self, rows: Index, rate: float) -> None:
        X = self.data.X[rows]
        with np.errstate(over="ignore", invalid="ignore"):  # what blows up is no epoch of least loss
            outputs, kept = forward(self.params, X, is_class=self.data.n_classes > 0)
            _, d = losses(self.data, outputs, self.y[rows], self.smoothing)
            weight = 1.0 if self.data.weight is None else self.data.weight[rows][:, None]
            backward(self.params, X, kept, (d * weight / np.float32(len(rows))).astype(np.float32), self.into)
            self._adam(rate)

    def _adam(self, rate: float) -> None:
        self.taken += 1
        for moment, beta, seen in zip((self.first, self.second), BETAS, (self.gradient, self.gradient**2), strict=True):
            moment *= np.float32(beta)
            moment += np.float32(1.0 - beta) * seen
        one, two = (1.0 - beta**self.taken for beta in BETAS)
        move = np.sqrt(self.second)
        move *= np.float32(two**-0.5)
        move += np.float32(EPSILON)
        np.divide(self.first, move, out=move)
        move *= self.factor
        move *= np.float32(rate / one)
        self.vector -= move

    def loss(self, rows: Index) -> float:
        weight = None if self.data.weight is None else self.data.weight[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            outputs, _ = forward(self.params, self.data.X[rows], is_class=self.data.n_classes > 0)
            each, _ = losses(self.data, outputs, self.y[rows], 0.0)
            return float(np.average(each, weights=weight))

    def arrays(self) -> Mapping[str, Singles]:
        return self.layout.views(self.vector.copy())
