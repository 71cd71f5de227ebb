"""Experiments ranked by a metric that a person brought: computed from stored predictions, in the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, JsonObject
from assay.core.errors import CodeError, UsageError, nearest_names
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.evidence.resample import draw_counts
from assay.journal.code_records import CodeRecord
from assay.sandbox.sandbox import CallLimits
from assay.sandbox.wire import Value
from assay.user_code.answers import number
from assay.user_code.source import CodeSource
from assay.views.open_lab import OpenLab

DRAWS, FEWEST_DRAWS = 200, 50
MOST = 30
"""Experiments that are scored, the best by the lab's own metric: each takes DRAWS calls of the function."""
SECONDS = 60.0
TIE = 2.0
_RESAMPLED = """

def assay_resampled(y, prediction, weight, counts):
    import numpy as np
    def of(rows):
        given = {"y": y[rows], "prediction": prediction[rows], "weight": weight[rows]}
        return score(**{name: given[name] for name in ASKED})
    def tried(rows):
        try:
            return float(of(rows))
        except Exception:
            return float("nan")
    rows = np.arange(len(y))
    return {"score": of(rows), "draws": [tried(np.repeat(rows, drawn)) for drawn in counts]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnScore:
    """An experiment by a person's metric: its value with a 95 % bootstrap interval, out of fold; NaN where it is
    undefined on most resamples. tied: not told apart from the best by paired resamples.
    """

    number: int
    what: str
    value: float
    low: float
    high: float
    tied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBoard:
    """name: of the metric; rows: the number of rows scored. others: experiments that are not ranked, as their scores by
    the lab's own metric are lower than those of MOST that are.
    """

    name: str
    higher_is_better: bool
    rows: int
    scores: tuple[OwnScore, ...]
    others: int = 0


def own_board(lab: OpenLab, name: str) -> OwnBoard:
    """Experiments by the metric of that name, best first. UsageError where the lab has none, CodeError where it
    fails."""
    source = _source(lab, name)
    higher = bool(source.shape.constants.get("HIGHER_IS_BETTER", True))
    entries = [entry for entry in lab.state.standing() if not entry.experiment.partition]
    numbers = [entry.experiment.number for entry in entries if entry.result is not None and entry.result.oof]
    sign = 1.0 if lab.metric.higher_is_better else -1.0
    numbers.sort(key=lambda one: -sign * (lab.state.entries[one].result.score or 0.0))  # type: ignore[union-attr]  # above
    drawn = {one: _resampled(lab, source, one) for one in numbers[:MOST]}
    if not drawn:
        return OwnBoard(name=source.name, higher_is_better=higher, rows=0, scores=())
    turn = 1.0 if higher else -1.0
    best = max(drawn, key=lambda one: turn * drawn[one][0])
    scores = [_scored(lab, one, drawn[one], drawn[best]) for one in drawn]
    scores.sort(key=lambda one: -turn * one.value)
    rows = len(np.flatnonzero(scored_rows(_oof(lab, best))))
    return OwnBoard(
        name=source.name, higher_is_better=higher, rows=rows, scores=tuple(scores), others=len(numbers) - len(drawn)
    )


def _source(lab: OpenLab, name: str) -> CodeSource:
    known: dict[str, CodeRecord] = {one.name: one for one in lab.state.steering.code.values() if one.kind == "metric"}
    wanted = name.removesuffix(".py")
    if wanted not in known:
        names = ", ".join(known) or "none yet"
        raise UsageError(
            f"{lab.name} has no metric {wanted!r}; metrics of yours that were added: {names}.",
            nearest=nearest_names(wanted, known), do=(f"assay add {lab.name} {wanted}.py", "assay new metric NAME"),
        )  # fmt: skip
    text = lab.ledger.bytes(known[wanted].digest, check=True).decode("utf-8")
    return CodeSource(wanted, text)


def _oof(lab: OpenLab, number: int) -> AnyArray:
    found = lab.oof(number)
    assert found is not None  # only scored experiments are ranked
    return np.asarray(found)


def _resampled(lab: OpenLab, source: CodeSource, one: int) -> Floats:
    """(1 + DRAWS,) scores: of all rows, then of resamples, the same ones for every experiment."""
    oof = _oof(lab, one)
    at = np.flatnonzero(scored_rows(oof))
    rows, target = lab.scorer.rows.take(at), lab.folder.target.take(at)
    counts = draw_counts(rows, None, DRAWS, Seeds(lab.task.seed).child("own metric").rng())
    arguments = {
        "y": target.values, "prediction": as_needed(oof[at], source, is_class=target.is_class), "counts": counts,
        "weight": np.ones(len(at)) if target.weight is None else target.weight,
    }  # fmt: skip
    asked = f"\n\nASKED = {list(source.shape.asks['score'])!r}\n"
    longer = CodeSource(source.name, source.text + asked + _RESAMPLED)
    answer = _called(lab, longer, arguments)
    found = answer if isinstance(answer, dict) else {}
    draws = found.get("draws")
    values = np.array([float(str(one)) for one in draws] if isinstance(draws, list) else [])
    if len(values) not in (DRAWS, FEWEST_DRAWS):
        raise CodeError("code/not-arrays", f"{source.file}: its scores of resamples did not come back.")
    return np.array([number(found.get("score"), source), *values])


def _called(lab: OpenLab, source: CodeSource, arguments: Mapping[str, Value]) -> Value:
    """The scores; of fewer resamples where all of them take too long."""
    limits, runner = CallLimits(wall_seconds=SECONDS, cpu_seconds=SECONDS), lab.folder.code.runs(source)
    try:
        return runner.call(source, "assay_resampled", arguments, limits=limits).value
    except CodeError as error:
        if error.reason != "code/time":
            raise
    counts = arguments["counts"]
    fewer = {**arguments, "counts": counts[:FEWEST_DRAWS] if isinstance(counts, np.ndarray) else counts}
    try:
        return runner.call(source, "assay_resampled", fewer, limits=limits).value
    except CodeError as error:
        if error.reason != "code/time":
            raise
        words = f"{source.file}: score, called {FEWEST_DRAWS + 1} times for intervals, took longer than {SECONDS:g} s."
        raise CodeError("code/time", words, do=("make it faster: numpy in place of a loop over rows",)) from error


def as_needed(stored: AnyArray, source: CodeSource, *, is_class: bool) -> AnyArray:
    """Predictions as a metric asks for them with NEEDS: "label" are codes of classes; else as they are stored, (n,)
    values or probabilities of the second class, or (n, k).
    """
    if source.shape.constants.get("NEEDS") != "label":
        return stored.astype(np.float64)
    if not is_class:
        raise UsageError(f"{source.file} asks for labels, and the target of this lab is a number: leave NEEDS out.")
    return np.asarray(stored.argmax(axis=1) if stored.ndim == 2 else stored > 0.5).astype(np.int64)


def _scored(lab: OpenLab, one: int, own: Floats, best: Floats) -> OwnScore:
    n_draws = min(len(own), len(best)) - 1
    known = np.isfinite(own[1 : n_draws + 1]) & np.isfinite(best[1 : n_draws + 1])
    low = high = float("nan")
    if known.sum() >= FEWEST_DRAWS:
        low, high = np.quantile(own[1 : n_draws + 1][known], [0.025, 0.975]).tolist()
    apart = (own[1 : n_draws + 1] - best[1 : n_draws + 1])[known]
    spread = float(apart.std(ddof=1)) if len(apart) > 1 else 0.0
    tied = abs(float(own[0] - best[0])) <= TIE * spread if spread > 0 else bool(own[0] == best[0])
    what = lab.state.entries[one].experiment.what
    return OwnScore(number=one, what=what, value=float(own[0]), low=low, high=high, tied=tied)


def board_rows(board: OwnBoard) -> list[JsonObject]:
    """One row an experiment, for frames and documents."""
    return [
        {
            "number": one.number,
            "what": one.what,
            "score": one.value,
            "low": _known(one.low),
            "high": _known(one.high),
            "tied": one.tied,
        }
        for one in board.scores
    ]


def _known(value: float) -> float | None:
    """None where a number is none."""
    return value if np.isfinite(value) else None
