"""Several classes by questions of two answers: one against the rest, or error-correcting codes.

Each class has a code word, one bit a question (Dietterich and Bakiri, 1995); a row gets the shares of classes that its
answers fit best. Each question
stops at rounds of its own, and several questions tell two similar classes apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, JsonObject
from assay.core.contract import (
    Cost,
    Ended,
    Facts,
    Fitted,
    FoldView,
    Limits,
    ModelTraits,
    Seeds,
    State,
    Table,
)  # fmt: skip
from assay.core.errors import UsageError
from assay.models import register
from assay.models._boosting import never_zero
from assay.models.composite import (
    CompositeFamily,
    FittedComposite,
    Settings,
    ended_of,
    fit_held,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    whole_part,
    without_clock,
)  # fmt: skip

CodeWords = Literal["one_vs_rest", "random"]
DRAWS = 200
"""Random code words tried; those of the greatest least distance are used."""
SPARE = 3
"""Random questions beyond the number of classes."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedOutputCodes(FittedComposite):
    """parts: "j" answers question j. words: (n_classes, questions) of 0 and 1; n_rows: of training."""

    family: ClassVar[str] = "output_codes"

    parts: Mapping[str, Fitted]
    words: Bools
    n_rows: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        yes = np.column_stack([self.parts[str(j)].predict(table)[:, 1] for j in range(len(self.parts))])
        if len(self.words) == 2:
            return never_zero(yes[:, 0], self.n_rows)
        shares = np.concatenate([yes, np.ones((table.n_rows, 1))], axis=1) @ self._decoder
        return never_zero(np.maximum(shares, 0.0), self.n_rows)

    @property
    def _decoder(self) -> Floats:
        """(questions + 1, n_classes): the class shares whose answers, and whose sum of 1, are nearest in squares (Kong
        and Dietterich, 1997)."""
        words = np.concatenate([self.words.astype(np.float64), np.ones((len(self.words), 1))], axis=1)
        return np.asarray(np.linalg.pinv(words))

    def meta(self) -> JsonObject:
        return {"n_rows": self.n_rows}

    def arrays(self) -> Mapping[str, AnyArray]:
        return {"words": self.words}


@register("output_codes", also=("one_vs_rest", "ecoc", "error_correcting"))
@dataclass(frozen=True)
class OutputCodes(CompositeFamily):
    """base, settings: the family of each question and its parameters; code: how classes are spelled."""

    entry: ClassVar[tuple[str, str]] = ("output_codes", "lightgbm, one question a class")
    traits: ClassVar[ModelTraits] = ModelTraits(only_classes=True, called=("output code",))

    base: str = "lightgbm"
    settings: Settings = ()
    code: CodeWords = "one_vs_rest"

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedOutputCodes:
        """UsageError for numbers; TimeoutError where the deadline comes before the last question was asked."""
        if not view.problem.is_class:
            raise UsageError("The model 'output_codes' learns classes, and the target is a number.")
        if self.code not in get_args(CodeWords):
            raise UsageError(f"Classes are spelled by {' or '.join(get_args(CodeWords))}, not by {self.code!r}.")
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        words = _words(self.code, target.n_classes, seeds.child("words"))
        model = inner_model(self.base, self.settings, without=("objective",))
        parts: dict[str, Fitted] = {}
        for j in range(words.shape[1]):
            if j and limits.deadline.is_over:
                raise TimeoutError(f"Time was over after {j} of {words.shape[1]} questions of an output code.")
            answer = words[target.values, j].astype(np.int32)
            question = inner_view(view, table, replace(target, values=answer, n_classes=2))
            parts[str(j)] = fit_held(model, question, limits=limits, seeds=seeds.child("question", j)).fitted
        return FittedOutputCodes(parts, words, len(target), ended_of(limits))

    def cost(self, facts: Facts) -> Cost:
        asked = _questions(self.code, max(facts.n_classes, 2))
        return times(inner_model(self.base, self.settings).cost(facts), 1.8 * asked / max(1, facts.n_outputs))

    @classmethod
    def restore(cls, state: State) -> FittedOutputCodes:
        """ValueError unless there is a part for every letter."""
        parts, words = restored_parts(state), np.asarray(state.arrays["words"])
        n_rows = whole_part(state, "n_rows")
        if words.dtype != np.bool_ or words.ndim != 2 or len(words) < 2 or n_rows < 1:
            raise ValueError("an output code has words of yes and no, for two classes or more")
        if set(parts) != {str(j) for j in range(words.shape[1])}:
            raise ValueError("an output code has a model for each letter of its words")
        return FittedOutputCodes(parts, words, n_rows, restored_end(state))


def _questions(code: CodeWords, k: int) -> int:
    if k == 2:
        return 1
    return k if code == "one_vs_rest" else min(k + SPARE, 2 ** (k - 1) - 1)


def _words(code: CodeWords, k: int, seeds: Seeds) -> Bools:
    """(k, questions): each question splits the classes, and no two classes have one word."""
    if k == 2:
        return np.array([[False], [True]])
    asked = _questions(code, k)
    if code == "one_vs_rest":
        return np.eye(k, dtype=np.bool_)
    rng, best, found = seeds.rng(), -1, np.eye(k, dtype=np.bool_)
    for _ in range(DRAWS):
        words = np.column_stack([_split(k, rng) for _ in range(asked)])
        apart = (words[:, None, :] != words[None, :, :]).sum(axis=2) + asked * np.eye(k, dtype=np.int64)
        if int(apart.min()) > best:
            best, found = int(apart.min()), words
    return found if best > 0 else np.eye(k, dtype=np.bool_)


def _split(k: int, rng: np.random.Generator) -> Bools:
    """(k,) half of the classes, rounded at random."""
    size = (k + int(rng.integers(2))) // 2
    out = np.zeros(k, dtype=np.bool_)
    out[rng.permutation(k)[: max(1, size)]] = True
    return out
