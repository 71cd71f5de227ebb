"""Leagues of those who propose and of moves: tries, keeps, credit for the time they took, and how well they predict."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assay.core.figure import Z95, Difference
from assay.core.long_run_views import Foresight, LeagueRow, PooledGain
from assay.journal.adaptive import is_searched
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.search.turns import MOST_CREDIT, credit_of, shares


def by_proposer(state: LabState, gains: Mapping[int, Difference]) -> tuple[LeagueRow, ...]:
    """The most credit for the time first; of a keep, parents found by others who search have their third."""
    proposals = _proposals(state)
    searching = tuple(dict.fromkeys(e.experiment.by for e in proposals if is_searched(e.experiment)))
    credit = defaultdict[str, float](float)
    for entry in proposals:
        given = shares(state, entry, searching) if is_searched(entry.experiment) else {}
        for name, share in (given or {entry.experiment.by: credit_of(entry)}).items():
            credit[name] += share
    return _ranked(_grouped(proposals, lambda entry: entry.experiment.by), credit, gains)


def by_move(state: LabState, gains: Mapping[int, Difference]) -> tuple[LeagueRow, ...]:
    """Of experiments that are a move of the catalogue, whoever proposed them."""
    groups = _grouped([e for e in _proposals(state) if e.experiment.move], lambda entry: entry.experiment.move)
    credit = {name: sum(credit_of(entry) for entry in own) for name, own in groups.items()}
    return _ranked(groups, credit, gains)


def _proposals(state: LabState) -> list[ExperimentEntry]:
    """Those that ended, on the first folds, and stand."""
    return [
        entry
        for _, entry in sorted(state.entries.items())
        if entry.experiment.role == "proposal" and entry.result is not None and not entry.is_void
    ]


def _grouped(
    entries: Sequence[ExperimentEntry], name_of: Callable[[ExperimentEntry], str]
) -> dict[str, list[ExperimentEntry]]:
    groups: dict[str, list[ExperimentEntry]] = {}
    for entry in entries:
        groups.setdefault(name_of(entry), []).append(entry)
    return groups


def _ranked(
    groups: Mapping[str, Sequence[ExperimentEntry]], credit: Mapping[str, float], gains: Mapping[int, Difference]
) -> tuple[LeagueRow, ...]:
    rows = [_row(name, own, credit.get(name, 0.0), gains) for name, own in groups.items()]
    return tuple(sorted(rows, key=lambda row: (-(row.per_minute or 0.0), -row.credit, -row.kept, row.name)))


def _row(name: str, own: Sequence[ExperimentEntry], credit: float, gains: Mapping[int, Difference]) -> LeagueRow:
    statuses = [entry.status for entry in own]
    known = [gains[entry.experiment.number] for entry in own if entry.experiment.number in gains]
    return LeagueRow(
        name=name, tries=len(own), kept=statuses.count("kept"), failed=statuses.count("failed"),
        stopped=statuses.count("stopped early"), credit=credit, gain=pooled(known), calibration=calibration(own),
        cpu_seconds=sum(entry.result.cpu_seconds for entry in own if entry.result is not None),
    )  # fmt: skip


def pooled(gains: Sequence[Difference]) -> PooledGain | None:
    """Their mean; None of nothing."""
    if not gains:
        return None
    value, sigma = float(np.mean([gain.value for gain in gains])), float(np.mean([gain.sigma for gain in gains]))
    return PooledGain(
        tries=len(gains), value=value, sigma=sigma, low=value - Z95 * sigma, high=value + Z95 * sigma
    )  # fmt: skip


def calibration(own: Sequence[ExperimentEntry]) -> Foresight | None:
    """Predicted against what came; None where nothing was predicted and compared."""
    pairs = [
        (entry.experiment.predicted_sigma, float(np.clip(entry.verdict.against.z, -MOST_CREDIT, MOST_CREDIT)))
        for entry in own
        if entry.experiment.predicted_sigma is not None
        and entry.verdict is not None
        and entry.verdict.against is not None
    ]
    if not pairs:
        return None
    predicted, came = np.asarray(pairs, dtype=np.float64).T
    return Foresight(
        n=len(pairs), predicted=float(predicted.mean()), came=float(came.mean()),
        error=float(np.sqrt(((predicted - came) ** 2).mean())),
    )  # fmt: skip
