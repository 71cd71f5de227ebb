"""Training of networks with torch gradients: one thread, all random draws from one seed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np

from assay.core.array import AnyArray, Index, Singles
from assay.models.network import NetworkData

Params = dict[str, Any]


def has_torch() -> bool:
    """Whether torch is installed, without importing it (2 s)."""
    try:
        version("torch")
    except PackageNotFoundError:
        return False
    return True


class Architecture(Protocol):
    """The part in which networks differ."""

    def initial(self, data: NetworkData) -> Params:
        """Leaf tensors that take gradients; draws from the lesson's seeds."""
        ...

    def forward(self, params: Params, x: Any) -> Any:
        """(n, m, k) outputs of the rows for m members that learn side by side."""
        ...

    def optimizer(self, params: Params) -> Any:
        """torch's."""
        ...


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Set torch's global thread count, and restore it afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _row_losses(data: NetworkData, outputs: Any, y: Any) -> Any:
    """(n,) loss of each row, from outputs (n, k)."""
    from torch.nn import functional

    if data.n_classes:
        return functional.cross_entropy(outputs, y, reduction="none")
    gap = y - outputs[:, 0]
    if data.loss == "quantile":
        return (gap * data.quantile).maximum(gap * (data.quantile - 1.0))
    return gap.abs() if data.loss == "absolute" else gap**2


class TorchLearner:
    """A NetworkLearner for an architecture."""

    def __init__(self, data: NetworkData, net: Architecture) -> None:
        import torch

        self.data, self.net = data, net
        self.x = torch.from_numpy(np.ascontiguousarray(data.X))
        self.y = torch.from_numpy(data.y.astype(np.int64 if data.n_classes else np.float32))
        weight: AnyArray = np.ones(len(data.X), dtype=np.float32) if data.weight is None else data.weight
        self.weight = torch.from_numpy(weight)
        self.params = net.initial(data)
        self.optimizer = net.optimizer(self.params)

    def step(self, rows: Index, rate: float) -> None:
        import torch

        for group in self.optimizer.param_groups:
            group["lr"] = rate
        at = torch.from_numpy(rows)
        outputs, y = self.net.forward(self.params, self.x[at]), self.y[at]
        members = outputs.shape[1]
        each = _row_losses(self.data, outputs.flatten(0, 1), y.repeat_interleave(members)).view(-1, members)
        self.optimizer.zero_grad()
        (each.mean(dim=1) * self.weight[at]).mean().backward()
        self.optimizer.step()

    def loss(self, rows: Index) -> float:
        """Loss of the members' mean: of their probabilities, or of their values."""
        import torch

        at = torch.from_numpy(rows)
        with torch.no_grad():
            outputs = self.net.forward(self.params, self.x[at])
            is_class = self.data.n_classes > 0
            mean = outputs.softmax(dim=2).mean(dim=1).clamp_min(1e-12).log() if is_class else outputs.mean(dim=1)
            each = _row_losses(self.data, mean, self.y[at])
            return float((each * self.weight[at]).sum() / self.weight[at].sum())

    def arrays(self) -> Mapping[str, Singles]:
        return {name: value.detach().numpy().copy() for name, value in self.params.items()}
