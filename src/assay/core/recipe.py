"""Recipes as values: steps and a model with their settings, in canonical JSON with a hash."""

import hashlib
import json
import math
from dataclasses import dataclass, field

from assay.core.array import Json, JsonObject

Frozen = None | bool | int | float | str | tuple["Frozen", ...]
"""A JSON value without objects, in the form of a Step: lists become tuples."""


def _freeze(value: object) -> Frozen:
    if isinstance(value, list | tuple):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"A step's parameter must be a finite number, not {value}; JSON has no other.")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"A step's parameter must be a JSON value without objects, not {type(value).__name__}.")


def _thaw(value: Frozen) -> Json:
    return [_thaw(item) for item in value] if isinstance(value, tuple) else value


def canonical(value: Json) -> str:
    """The canonical JSON text of a value: keys sorted, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A registered name with parameters, sorted by name; equal steps are equal values."""

    name: str
    params: tuple[tuple[str, Frozen], ...] = ()

    @classmethod
    def of(cls, name: str, /, **params: object) -> "Step":
        return cls(name, tuple(sorted((key, _freeze(value)) for key, value in params.items())))

    def with_params(self, **params: object) -> "Step":
        """The same step with some parameters replaced."""
        return Step.of(self.name, **{**dict(self.params), **params})

    def as_json(self) -> JsonObject:
        return {"name": self.name, "params": {key: _thaw(value) for key, value in self.params}}

    @classmethod
    def from_json(cls, body: Json) -> "Step":
        """The step of that JSON; ValueError for anything else."""
        given = body if isinstance(body, dict) else {}
        name, params = given.get("name"), given.get("params") or {}
        if not isinstance(name, str) or not isinstance(params, dict):
            raise ValueError(f"A step needs a name and an object of parameters, not {body!r}.")
        return cls.of(name, **params)


def short_hash(text: str) -> str:
    """Twelve hexadecimal digits of a SHA-256: enough for the recipes of one user's labs."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Feature steps in order, then a model; transform: of the target, by its name in pipeline/target_transforms.py.

    on: numbers of experiments of the same lab whose out-of-fold predictions are columns beside the table's own, so that
    this recipe is a second level (Wolpert, 1992), or a third where those have some themselves; there are no more.
    weighting: of training rows, "none" or a name of pipeline/row_weights.py, with a number behind it or without.
    pseudo_labels: weight of all rows without a target that teach by what was predicted for them, relative to all
    training rows, 0 for none of them. Unused fields are omitted from the JSON, so that keys of other recipes do not
    change.
    """

    steps: tuple[Step, ...] = ()
    model: Step
    transform: str = "identity"
    on: tuple[int, ...] = ()
    weighting: str = "none"
    pseudo_labels: float = 0.0
    _key: str = field(default="", init=False, repr=False, compare=False)

    @property
    def key(self) -> str:
        """The hash of its JSON; cached, as each proposal is compared with all proposed keys."""
        if not self._key:
            object.__setattr__(self, "_key", short_hash(canonical(self.as_json())))
        return self._key

    def as_json(self) -> JsonObject:
        body: JsonObject = {
            "steps": [step.as_json() for step in self.steps],
            "model": self.model.as_json(),
            "transform": self.transform,
        }
        if self.on:
            body["on"] = list(self.on)
        if self.weighting != "none":
            body["weighting"] = self.weighting
        if self.pseudo_labels:
            body["pseudo_labels"] = self.pseudo_labels
        return body

    @classmethod
    def from_json(cls, body: Json) -> "Recipe":
        """The recipe of that JSON; ValueError for anything else."""
        given = body if isinstance(body, dict) else {}
        steps, model = given.get("steps") or [], given.get("model")
        if not isinstance(steps, list) or not isinstance(model, dict):
            raise ValueError("A recipe needs a list of steps and a model.")
        return cls(
            steps=tuple(Step.from_json(step) for step in steps),
            model=Step.from_json(model),
            transform=str(given.get("transform", "identity")),
            weighting=str(given.get("weighting", "none")),
            on=_numbers(given.get("on", [])),
            pseudo_labels=_share(given.get("pseudo_labels", 0.0)),
        )


def _numbers(body: Json) -> tuple[int, ...]:
    if not isinstance(body, list):
        raise ValueError(f"A recipe's `on` is a list of experiment numbers, not {body!r}.")
    return tuple(int(number) for number in body if isinstance(number, int))


def _share(body: Json) -> float:
    if isinstance(body, bool) or not isinstance(body, int | float) or not 0.0 <= body <= 1.0:
        raise ValueError(f"A recipe's `pseudo_labels` is a number from 0 to 1, not {body!r}.")
    return float(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A named configuration of a portfolio.

    name: short and stable, e.g. "lgb_std"; what: for people, e.g. "lightgbm, standard". only_for: the only purpose it
    is tried for, e.g. "interpretable"; "" for all. move: the move that made it of another entry, "" for none.
    """

    name: str
    what: str
    recipe: Recipe
    only_for: str = ""
    is_idle: bool = False
    place: int | None = None
    move: str = ""
