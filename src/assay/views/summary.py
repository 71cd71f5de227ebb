"""The lab as `fit` returns it, and as its brief shows it."""

import platform
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from assay.core.event import Dot
from assay.core.experiment import Experiment
from assay.core.figure import Difference, Figure
from assay.core.views import Brief, LimitView, MemberView, ModelView, Origin, Summary
from assay.journal.experiment_counts import counts
from assay.research.human import HUMAN
from assay.research.portfolio import is_of_portfolio
from assay.search.constant_fallback import only_constant
from assay.search.detectable_gain import sight_of
from assay.search.director import dropped_notices
from assay.search.shared_failures import shared_failures
from assay.search.time_notices import next_period_notices
from assay.ship.code_notices import code_notices
from assay.ship.size_notices import shipped_notices
from assay.ship.text_notices import text_notices
from assay.views.board import board
from assay.views.long_run import long_run
from assay.views.plateau_view import more_rows_of
from assay.views.record_views import all_records, vault_view
from assay.views.shipped_quality import quality
from assay.views.steered_task import with_standing_notices
from assay.views.steering_views import hint_views
from assay.views.tail_notices import tail_notices
from assay.views.unscored import unfinished
from assay.views.usage import usage

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab

MOST_VAIN = 15


def model_view(lab: "OpenLab") -> ModelView | None:
    """The shipped model; None before there is one."""
    found = lab.state.model
    if found is None:
        return None
    members = []
    for number, weight in zip(found.blend.numbers, found.blend.weights, strict=True):
        experiment = lab.entry(number).experiment
        members.append(
            MemberView(number=number, what=experiment.what, family=experiment.recipe.model.name, weight=weight)
        )
    return ModelView(
        path=str(lab.path / "model"), size_bytes=found.size_bytes, row_ms=found.row_ms, members=tuple(members),
        form=found.form, labels=found.labels,
    )  # fmt: skip


def summary(lab: "OpenLab") -> Summary:
    """What `fit` returned (fit/1)."""
    state, end = lab.state, lab.state.end
    done = counts(state)
    noise, seen, task = lab.noise, sight_of(state, lab.scorer), with_standing_notices(lab.task, state)
    return Summary(
        lab=lab.name, lab_path=str(lab.path), task=task, metric_title=lab.metric.title,
        higher_is_better=lab.metric.higher_is_better, experiments=done.experiments,
        kept=done.kept, failed=done.failed, stopped_early=done.stopped_early,
        elapsed_seconds=state.seconds if end is None or state.certified is not None else end.seconds,
        stopped_by=end.stopped_by if end is not None else "interrupt", expect=lab.expected,
        search=end.search if end is not None else None, optimism=_optimism(lab), gain=_gain(lab),
        baseline_number=state.baseline,
        baseline_score=_baseline(lab), champion=state.champion, sigma=noise,
        detectable=None if noise is None else 2 * noise, model=model_view(lab),
        learned=end.learned if end is not None else "", brief_md=str(lab.path / "brief.md"),
        brief_html=str(lab.path / "brief.html"), utilisation=end.utilisation if end is not None else None,
        warnings=(*text_notices(state, lab.task), *tail_notices(lab),
                  *shared_failures(state), *only_constant(state), *task.notices, *dropped_notices(state),
                  *shipped_notices(state), *code_notices(state, lab.metric),
                  *next_period_notices(state, lab.task.problem)),
        price=end.price if end is not None else None, limit=_limit(lab),
        vault=vault_view(lab), claimable=None if seen is None else seen.claims, more=more_rows_of(state),
        unfinished=unfinished(state, lab.task), blocks=end.blocks if end is not None else None, beside=done.beside,
        is_sigma_planned=lab.is_noise_planned,
        unknown_next_period=end.unknown_next_period if end is not None and state.certified is None else None,
    )  # fmt: skip


def _baseline(lab: "OpenLab") -> Figure | None:
    """The score of standard LightGBM, as what ships is compared with it: by a metric of labels with labels of its own,
    which is the promise less the gain.
    """
    number, end = lab.state.baseline, lab.state.end
    own = None if number is None else lab.figure(number)
    if own is None or lab.metric.needs != "label" or end is None or end.blocks is not None:
        return own
    if end.gain is None or end.expect is None:
        return own
    sign = 1.0 if lab.metric.higher_is_better else -1.0
    return replace(own, value=end.expect.value - sign * end.gain.value, low=None, high=None, method="")


def _optimism(lab: "OpenLab") -> float | None:
    """The search's score minus the promised one, oriented: of the vault where one was opened."""
    certified, end = lab.state.certified, lab.state.end
    return certified.optimism if certified is not None else None if end is None else end.optimism


def _gain(lab: "OpenLab") -> Difference | None:
    """Over the baseline, on the rows of the promised figure; None where it was not measured on these."""
    certified, end = lab.state.certified, lab.state.end
    if certified is not None:  # without a baseline fitted on the search rows no gain there is known
        return None if certified.against is None else replace(certified.against, over=lab.state.baseline)
    return None if end is None else end.gain


def _limit(lab: "OpenLab") -> LimitView | None:
    """What limits of time and size cost; None where none was set, or none changed anything."""
    end, model = lab.state.end, lab.state.model
    if end is None or end.limit is None or model is None or not model.limits:
        return None
    return LimitView(asked=model.limits, cost=end.limit, free=end.free)


def brief(lab: "OpenLab") -> Brief:
    """The one-page report, as values."""
    state, session, ranked = lab.state, lab.state.session, board(lab)
    versions = dict(() if session is None else session.versions)
    return Brief(
        summary=summary(lab), board=ranked,
        dots=tuple(
            Dot(number=n, score=None if e.result is None else e.result.score, status=e.status)
            for n, e in sorted(state.entries.items())
            if e.result is not None
        ),
        kept=_kept(lab), vain=_vain(lab),
        records=all_records(lab, ranked),
        date=_date(lab), assay_version=versions.get("assay-ml", version("assay-ml")),
        python_version=versions.get("python", platform.python_version()), cores=session.workers if session else 0,
        seed=session.seed if session is not None else lab.task.seed,
        head="" if state.head is None else state.head.text, quality=quality(lab),
        hints=hint_views(lab, every=True),
        origins=tuple((number, _origin(lab.state.entries[number].experiment)) for number, *_ in _kept(lab)),
        usage=usage(lab), studies=tuple(state.studies), long=long_run(lab),
    )  # fmt: skip


def _origin(experiment: Experiment) -> Origin:
    """What kind of proposal it was, by what it holds."""
    if experiment.is_blend:
        return "ensemble"
    if experiment.hints or experiment.by == HUMAN:
        return "human"
    if is_of_portfolio(experiment):
        return "portfolio"
    return "features" if experiment.adds else "search"


def _date(lab: "OpenLab") -> str:
    """The day of the last record that concerns the lab: the same ledger gives the same brief."""
    if lab.state.head is None:
        return datetime.now(UTC).date().isoformat()
    return lab.ledger.records(after=lab.state.head.number - 1)[0].at[: len("2026-01-31")]


def _kept(lab: "OpenLab") -> tuple[tuple[int, str, Difference | None, str, float], ...]:
    """Kept experiments, the largest gain over the champion of its time first."""
    found = [e for e in lab.state.entries.values() if e.status == "kept" and e.verdict is not None]
    found.sort(key=lambda e: -(e.verdict.against.value if e.verdict is not None and e.verdict.against else 0.0))
    return tuple(
        (
            e.experiment.number, e.experiment.what, e.verdict.against if e.verdict else None, e.experiment.by,
            e.result.wall_seconds if e.result else 0.0,
        )
        for e in found
    )  # fmt: skip


def _vain(lab: "OpenLab") -> tuple[tuple[int, str, float | None], ...]:
    """Scored and dropped experiments, the nearest to a keep first."""
    found = [
        (e.experiment.number, e.experiment.what, e.verdict.against.z)
        for e in lab.state.entries.values()
        if e.status == "dropped" and e.verdict is not None and e.verdict.against is not None
    ]
    found.sort(key=lambda item: -item[2])
    return tuple(found[:MOST_VAIN])
