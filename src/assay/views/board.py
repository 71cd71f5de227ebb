"""The leaderboard: ranks as far as the data distinguish experiments."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from assay.core.array import AnyArray
from assay.core.experiment import Experiment
from assay.core.figure import Difference, Figure
from assay.core.views import Board, BoardRow, Unranked, telling_rows
from assay.evidence.influence_scores import ScoreInfluence
from assay.evidence.interval import figure_of
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.records import VerdictRecord
from assay.research.portfolio import BASELINE

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab

TIE_SIGMAS = 2.0


def board(lab: "OpenLab", *, every: bool = True, at_most: int | None = None) -> Board:
    """Complete experiments best first; an experiment shares the rank of the first that it ties with.

    not every: with the rows of `telling_rows` alone. at_most: with that many of the first rows. Experiments that rank
    above the last row shown are compared all the same, as a rank follows from the ranks before.
    """
    scorer = lab.scorer
    sign = -1.0 if scorer.metric.higher_is_better else 1.0
    ranked = sorted(lab.state.standing(), key=lambda e: (sign * _score(e), _cost(e)))
    shown = range(len(ranked)) if every else telling_rows([(_family(e), _is_baseline(e)) for e in ranked])
    rows = tuple(_rows(lab, ranked, shown[:at_most]))
    return Board(
        lab=lab.name, target=lab.task.target, metric=scorer.metric.name, metric_title=scorer.metric.title,
        higher_is_better=scorer.metric.higher_is_better, scored_rows=scorer.n_scored, n_folds=lab.task.n_folds,
        sigma=lab.noise, rows=rows, unranked=unranked(lab), expect=lab.expected, left_out=len(ranked) - len(rows),
        is_sigma_planned=lab.is_noise_planned,
    )  # fmt: skip


def _family(entry: ExperimentEntry) -> str:
    return entry.experiment.recipe.model.name


def _is_baseline(entry: ExperimentEntry) -> bool:
    return entry.experiment.entry == BASELINE


def _rows(lab: "OpenLab", ranked: Sequence[ExperimentEntry], shown: Sequence[int]) -> Iterator[BoardRow]:
    """The rows at these places, in rising order."""
    wanted = ranked[: shown[-1] + 1] if shown else ()
    places = frozenset(shown)
    best: ScoreInfluence | None = None
    first: ScoreInfluence | None = None
    rank, noise = 0, lab.scorer.noise(lab.state)
    standings = lab.scorer.standings(_prediction(lab, entry) for entry in wanted)
    for place, (entry, own) in enumerate(zip(wanted, standings, strict=True)):
        tied = first is not None and abs(first.z_ahead_of(own, noise=noise)) < TIE_SIGMAS
        if not tied:
            first, rank = own, place + 1
        best = best or own
        if place in places:
            over = ranked[0].experiment.number
            to_best = None if own is best else own.ahead_of(best, noise=noise, over=over)
            yield _row(lab, entry, own, rank=rank, tied=tied, to_best=to_best)


def _score(entry: ExperimentEntry) -> float:
    score = entry.result.score if entry.result is not None else None
    return float("inf") if score is None or np.isnan(score) else score


def _cost(entry: ExperimentEntry) -> float:
    return entry.result.row_ms if entry.result is not None else float("inf")


def _prediction(lab: "OpenLab", entry: ExperimentEntry) -> AnyArray:
    prediction = lab.oof(entry.experiment.number)
    assert prediction is not None  # only scored entries are ranked
    return prediction


def _row(
    lab: "OpenLab", entry: ExperimentEntry, own: ScoreInfluence, *, rank: int, tied: bool, to_best: Difference | None
) -> BoardRow:
    result, experiment = entry.result, entry.experiment
    assert result is not None  # only scored entries are ranked
    return BoardRow(
        rank=rank, tied=tied, number=experiment.number, what=experiment.what, family=_family(entry),
        score=_figure(lab, experiment, own), to_best=to_best,
        kept=_kept(entry.verdict), by=experiment.by,
        fit_seconds=result.wall_seconds, row_ms=result.row_ms, size_bytes=result.model_bytes,
        is_baseline=_is_baseline(entry),
    )  # fmt: skip


def _figure(lab: "OpenLab", experiment: Experiment, own: ScoreInfluence) -> Figure:
    """In its own folds: a repeat's differ from those its gap is measured in."""
    return (
        lab.quick_figure(experiment.number)
        if experiment.partition
        else figure_of(lab.metric, lab.scorer.rows, own.found)
    )


def _kept(verdict: VerdictRecord | None) -> Literal["kept", "unconfirmed", ""]:
    if verdict is None or not verdict.kept:
        return ""
    return "unconfirmed" if verdict.confirm is None else "kept"


def unranked(lab: "OpenLab") -> tuple[Unranked, ...]:
    """Experiments without a score on every fold, and why."""
    out = []
    for number, entry in sorted(lab.state.entries.items()):
        what = entry.experiment.what
        if entry.is_void:
            by = f"h{lab.state.steering.void.get(number, 0)}"
            out.append(Unranked(number=number, what=what, reason="void", detail=by))
        elif entry.status == "failed" and entry.result is not None and entry.result.failure is not None:
            failure = entry.result.failure
            out.append(Unranked(number=number, what=what, reason="failed", detail=failure.kind))
        elif entry.status == "stopped early":
            why = entry.verdict.why if entry.verdict is not None else ""
            out.append(Unranked(number=number, what=what, reason="stopped early", detail=why))
        elif entry.result is None:
            folds = f"{len(entry.folds)} of {lab.task.n_folds} folds done"
            reason: Literal["running", "not ended"] = "not ended" if entry.left else "running"
            detail = f"{entry.left}, {folds}" if entry.left else folds
            out.append(Unranked(number=number, what=what, reason=reason, detail=detail))
    return tuple(out)
