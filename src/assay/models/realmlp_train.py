"""How networks learn, and a RealMLP among them: torch, one thread, every draw from one seed."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from assay.core.array import AnyArray, Singles
from assay.core.clock import Deadline
from assay.core.result import Ended
from assay.core.seed import Seeds
from assay.core.task import Loss

WIDTH = 256
LAYERS = 3
HELD_SHARE, HELD_MOST, HELD_FROM = 0.1, 2_000, 200
"""Share of the training rows that choose the epoch, at most so many, and only from so many training rows on."""
LOOK_EVERY = 10
"""Batches between two looks at the clock."""
RATE_FACTORS = {"scale": 6.0, "w": 1.0, "b": 0.1, "a": 0.1}
"""Learning rates of the column scales, weights, biases and slopes relative to the base rate (the paper's)."""

Params = dict[str, Any]


class Architecture(Protocol):
    """What networks differ in. A name of a parameter is a letter, or more, and a number."""

    def initial(self, lesson: "Lesson") -> Params:
        """Leaf tensors that take gradients; draws from the lesson's seeds."""
        ...

    def forward(self, params: Params, x: Any, *, is_class: bool) -> Any:
        """(n, k) outputs of the rows, or (n, m, k) of m members that learn side by side."""
        ...

    def optimizer(self, params: Params) -> Any:
        """torch's, each group with a "factor" on the rate of the moment."""
        ...

    def share(self, progress: float) -> float:
        """Of the base rate, at a progress in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """X: (n, d) float32; y: (n,) class positions, or standardised values when n_classes is 0; weight: mean 1."""

    X: Singles
    y: AnyArray
    weight: Singles | None
    n_classes: int
    loss: Loss
    quantile: float
    seeds: Seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """epochs of the schedule; is_exact: do them all and never shorten them."""

    epochs: int
    is_exact: bool
    learning_rate: float
    label_smoothing: float
    batch_rows: int
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The parameters of the best epoch, by name; epochs: of the schedule that was run."""

    arrays: Mapping[str, Singles]
    epochs: int
    ended: Ended


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """torch counts its threads in a global; it is put back."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def wave(progress: float) -> float:
    """Share of the base rate at a progress in [0, 1]: four cosine waves, each twice as long (paper: coslog4)."""
    return 0.5 - 0.5 * math.cos(2.0 * math.pi * math.log2(1.0 + 15.0 * progress))


def half_wave(progress: float) -> float:
    """One cosine fall from the whole base rate to nothing."""
    return 0.5 + 0.5 * math.cos(math.pi * progress)


def initial(lesson: Lesson) -> Params:
    """Normal weights and biases under the neural tangent scaling; the last layer begins at 0."""
    import torch

    draw = torch.Generator().manual_seed(lesson.seeds.child("weights").number)
    sizes = [lesson.X.shape[1], *[WIDTH] * LAYERS, max(1, lesson.n_classes)]
    params: Params = {"scale": torch.ones(sizes[0])}
    for i, (width, out) in enumerate(pairwise(sizes)):
        is_last = i == LAYERS
        params[f"w{i}"] = torch.zeros(width, out) if is_last else torch.randn(width, out, generator=draw)
        params[f"b{i}"] = torch.zeros(out) if is_last else torch.randn(out, generator=draw)
        if not is_last:
            params[f"a{i}"] = torch.ones(out)
    return {name: value.requires_grad_() for name, value in params.items()}


def forward(params: Params, x: Any, *, is_class: bool) -> Any:
    """(n, k) outputs of RealMLP, as realmlp.Net gives them in numpy."""
    from torch.nn import functional

    act = functional.selu if is_class else functional.mish
    x = x * params["scale"]
    for i in range(LAYERS):
        x = x @ params[f"w{i}"] / math.sqrt(x.shape[1]) + params[f"b{i}"]
        x = x + params[f"a{i}"] * (act(x) - x)
    return x @ params[f"w{LAYERS}"] / math.sqrt(WIDTH) + params[f"b{LAYERS}"]


def _row_losses(lesson: Lesson, outputs: Any, y: Any, smoothing: float) -> Any:
    """(n,) loss of each row, the mean over the members where there are any."""
    from torch.nn import functional

    if outputs.dim() == 3:
        members = outputs.shape[1]
        flat = _row_losses(lesson, outputs.flatten(0, 1), y.repeat_interleave(members), smoothing)
        return flat.view(-1, members).mean(dim=1)

    if lesson.n_classes:
        return functional.cross_entropy(outputs, y, reduction="none", label_smoothing=smoothing)
    gap = y - outputs[:, 0]
    if lesson.loss == "quantile":
        return (gap * lesson.quantile).maximum(gap * (lesson.quantile - 1.0))
    return gap.abs() if lesson.loss == "absolute" else gap**2


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Rows as tensors."""

    x: Any
    y: Any
    weight: Any

    @classmethod
    def of(cls, lesson: Lesson, rows: AnyArray) -> "_Part":
        import torch

        y = lesson.y[rows].astype(np.int64 if lesson.n_classes else np.float32)
        weight = np.ones(len(rows), dtype=np.float32) if lesson.weight is None else lesson.weight[rows]
        x = np.ascontiguousarray(lesson.X[rows])
        return cls(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(weight))


def _divided(lesson: Lesson) -> tuple[_Part, _Part | None]:
    """The rows learned from, and those that choose the epoch (None for few rows: the last epoch is taken)."""
    n = len(lesson.X)
    order = lesson.seeds.child("held").rng().permutation(n)
    held = min(int(HELD_SHARE * n), HELD_MOST) if n >= HELD_FROM else 0
    chosen, rest = np.sort(order[:held]), np.sort(order[held:])
    return _Part.of(lesson, rest), _Part.of(lesson, chosen) if held else None


def _together(outputs: Any, *, is_class: bool) -> Any:
    """(n, k) outputs of the members' mean: logarithms of the mean probabilities, or mean values."""
    if outputs.dim() == 2:
        return outputs
    return outputs.softmax(dim=2).mean(dim=1).clamp_min(1e-12).log() if is_class else outputs.mean(dim=1)


def optimizer(params: Params) -> Any:
    """Adam at the rates of RATE_FACTORS."""
    import torch

    groups = [{"params": [value], "factor": RATE_FACTORS[name.rstrip("0123456789")]} for name, value in params.items()]
    return torch.optim.Adam(groups, lr=0.0, betas=(0.9, 0.95))


class _Run:
    """One training: parameters, optimiser and the order of batches; `epoch` goes once through the rows."""

    def __init__(self, lesson: Lesson, plan: Plan, part: _Part, net: Architecture) -> None:
        self.lesson, self.plan, self.part, self.net = lesson, plan, part, net
        self.params = net.initial(lesson)
        self.optimizer = net.optimizer(self.params)
        self.rng = lesson.seeds.child("batches").rng()
        self.n_batches = max(1, len(part.x) // plan.batch_rows)  # a short last batch is dropped: its steps are noise

    def batch(self, rows: Any, progress: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.learning_rate * group["factor"] * self.net.share(progress)
        outputs = self.net.forward(self.params, self.part.x[rows], is_class=self.lesson.n_classes > 0)
        losses = _row_losses(self.lesson, outputs, self.part.y[rows], self.plan.label_smoothing)
        self.optimizer.zero_grad()
        (losses * self.part.weight[rows]).mean().backward()
        self.optimizer.step()

    def epoch(self, number: int, deadline: Deadline, *, at_most: int | None = None) -> bool:
        """False if the deadline cut it. at_most: batches of a trial."""
        import torch

        order = torch.from_numpy(self.rng.permutation(len(self.part.x)))
        for i in range(min(self.n_batches, at_most or self.n_batches)):
            if i % LOOK_EVERY == 0 and deadline.is_over:
                return False
            rows = order[i * self.plan.batch_rows : (i + 1) * self.plan.batch_rows]
            self.batch(rows, (number + i / self.n_batches) / self.plan.epochs)
        return True

    def loss(self, held: _Part) -> float:
        import torch

        with torch.no_grad():
            is_class = self.lesson.n_classes > 0
            outputs = _together(self.net.forward(self.params, held.x, is_class=is_class), is_class=is_class)
            losses = _row_losses(self.lesson, outputs, held.y, 0.0)
            return float((losses * held.weight).mean())

    def arrays(self) -> Mapping[str, Singles]:
        return {name: value.detach().numpy().copy() for name, value in self.params.items()}


def _affordable(lesson: Lesson, plan: Plan, part: _Part, net: Architecture, deadline: Deadline) -> Plan:
    """The plan with as many epochs as end in time, by a trial of some batches on a net that is thrown away."""
    if plan.is_exact or math.isinf(deadline.left):
        return plan
    trial = _Run(lesson, plan, part, net)
    trial.epoch(0, Deadline(), at_most=1)  # the first batch pays for torch's own start
    before, batches = deadline.left, min(LOOK_EVERY, trial.n_batches)
    trial.epoch(0, Deadline(), at_most=batches)
    seconds = max(before - deadline.left, 1e-6) / batches * trial.n_batches
    return replace(plan, epochs=max(1, min(plan.epochs, int(0.85 * deadline.left / seconds))))


def train(lesson: Lesson, plan: Plan, net: Architecture, deadline: Deadline) -> Trained:
    """The net of least held-out loss over the epochs; on a deadline the best so far."""
    with _threads(plan.threads):
        part, held = _divided(lesson)
        plan = _affordable(lesson, plan, part, net, deadline)
        run = _Run(lesson, plan, part, net)
        best, arrays = math.inf, run.arrays()
        ended: Ended = "rounds"
        for number in range(plan.epochs):
            is_whole = run.epoch(number, deadline)
            loss = run.loss(held) if held is not None else -number
            if loss < best:
                best, arrays = loss, run.arrays()
            if not is_whole:
                ended = "deadline"
                break
        return Trained(arrays, plan.epochs, ended)
