"""One experiment, two experiments, the lab: as the values that every output is drawn from."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from assay.core.figure import Difference, Figure
from assay.core.lab_views import Diff, LabStatus, Record, StepChange
from assay.core.recipe import Recipe, Step
from assay.core.vault_views import ChangeView, VaultView
from assay.core.views import Board
from assay.journal.experiment_counts import counts
from assay.journal.shipped_model import shipped_number
from assay.journal.state import LabState
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.report.experiment_text import own_words
from assay.search.detectable_gain import advice_of, sight_of
from assay.ship.snapshot_folder import snapshot_of
from assay.views.plateau_view import would_help
from assay.views.steering_views import hint_views, inbox_views

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab


def best_of(lab: "OpenLab") -> int | None:
    """What ships once a search has ended, before that the leader of the board; None before there is a score."""
    has_ended = lab.state.end is not None and lab.state.model is not None and not is_outdated(lab.state)
    return (shipped_number(lab.state) if has_ended else None) or lab.leader()


def exact_record(lab: "OpenLab", number: int) -> Record:
    """Everything about one experiment, with the interval and p that small samples need."""
    quick = record(lab, number)
    if quick.gained is not None and quick.gained.over is not None:
        quick = replace(quick, gained=lab.difference(quick.gained.over, number))
    against = quick.against
    if quick.score is None or against is None or against.over is None:
        return quick if quick.score is None else replace(quick, score=lab.figure(number))
    return replace(quick, score=lab.figure(number), against=lab.difference(against.over, number))


def all_records(lab: "OpenLab", board: Board) -> tuple[Record, ...]:
    """`record` of every experiment that ended, in order; values that the board has computed are not computed again."""
    figures = {row.number: row.score for row in board.rows}
    children = defaultdict[int, list[int]](list)
    for n, entry in lab.state.entries.items():
        for parent in dict.fromkeys(entry.experiment.parents):
            children[parent].append(n)
    ended = sorted(n for n, entry in lab.state.entries.items() if entry.result is not None)
    return tuple(_record(lab, n, figures.get(n) or _quick_figure(lab, n), children[n]) for n in ended)


def record(lab: "OpenLab", number: int) -> Record:
    """Everything about one experiment; intervals by t, as they were when the lab decided."""
    lab.entry(number)  # names the range where there is none of that number
    children = [n for n, e in lab.state.entries.items() if number in e.experiment.parents]
    return _record(lab, number, _quick_figure(lab, number), children)


def _quick_figure(lab: "OpenLab", number: int) -> Figure | None:
    result = lab.entry(number).result
    return lab.quick_figure(number) if result is not None and result.oof is not None and result.complete else None


def _record(lab: "OpenLab", number: int, score: Figure | None, children: Sequence[int]) -> Record:
    entry = lab.entry(number)
    experiment, result, verdict = entry.experiment, entry.result, entry.verdict
    folds = tuple(entry.folds[f] for f in sorted(entry.folds)) if result is None else tuple(result.folds)
    return Record(
        lab=lab.name, number=number, key=experiment.recipe.key, what=experiment.what, question=experiment.question,
        by=experiment.by, asked_at_seconds=entry.asked_seconds, parents=experiment.parents,
        predicted_sigma=experiment.predicted_sigma, predicted_keep=experiment.predicted_keep,
        recipe=experiment.recipe.as_json(), status=entry.status,
        score=score,
        folds=folds, against=verdict.against if verdict is not None else None,
        confirm=verdict.confirm if verdict is not None else None,
        verdict_rule=verdict.rule if verdict is not None else "",
        verdict_why=verdict.why if verdict is not None else entry.left,
        failure=result.failure if result is not None else None,
        wall_seconds=result.wall_seconds if result is not None else 0.0,
        cpu_seconds=result.cpu_seconds if result is not None else 0.0,
        peak_bytes=result.peak_bytes if result is not None else 0,
        size_bytes=result.model_bytes if result is not None else 0,
        row_ms=result.row_ms if result is not None else 0.0,
        rounds=result.rounds if result is not None else None,
        weight=lab.state.weight_of(number), children=tuple(children), n_rows=lab.scorer.n_scored,
        has_vault=lab.state.vault is not None, gained=_gained(lab, number),
        change=next((change for change in change_views(lab) if change.number == number), None),
        move=experiment.move, reason=experiment.reason, hints=hint_views(lab, only=experiment.hints),
        void_by=next(iter(hint_views(lab, only=(lab.state.steering.void.get(number, 0),))), None),
    )  # fmt: skip


def _gained(lab: "OpenLab", number: int) -> Difference | None:
    """What a set of engineered columns, or rows without a target, add to the experiment it builds on, where both
    predicted the same rows."""
    experiment = lab.entry(number).experiment
    adds = experiment.adds or experiment.recipe.pseudo_labels
    pair = (*experiment.parents[:1], number) if adds else ()
    if len(pair) < 2 or any(lab.oof(n) is None or lab.entry(n).status == "stopped early" for n in pair):
        return None
    return lab.gap(*pair)


def diff(lab: "OpenLab", a: int, b: int) -> Diff:
    """The changes from a to b, and their effect."""
    one, other = lab.entry(a).experiment, lab.entry(b).experiment
    both = all(lab.oof(n) is not None and lab.entry(n).status not in ("failed", "stopped early") for n in (a, b))
    return Diff(
        lab=lab.name, a=a, b=b, a_what=one.what, b_what=other.what, changes=changes(one.recipe, other.recipe),
        difference=lab.difference(a, b) if both else None, metric_title=lab.metric.title,
    )  # fmt: skip


def changes(a: Recipe, b: Recipe) -> tuple[StepChange, ...]:
    """The lines in which two recipes differ: steps and model by name, then parameters that both have."""
    left, right = _parts(a), _parts(b)
    out = [StepChange(sign="-", text=_step_text(step)) for name, step in left.items() if name not in right]
    out += [StepChange(sign="+", text=_step_text(step)) for name, step in right.items() if name not in left]
    for name in left.keys() & right.keys():
        before, after = dict(left[name].params), dict(right[name].params)
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                text = f"{name} {key}={_value(before.get(key))} → {_value(after.get(key))}"
                out.append(StepChange(sign="~", text=text))
    if a.transform != b.transform:
        out.append(StepChange(sign="~", text=f"target {a.transform} → {b.transform}"))
    if a.weighting != b.weighting:
        out.append(StepChange(sign="~", text=f"weighting {a.weighting} → {b.weighting}"))
    if a.pseudo_labels != b.pseudo_labels:
        out.append(StepChange(sign="~", text=f"pseudo-labels {a.pseudo_labels:g} → {b.pseudo_labels:g}"))
    order = {"-": 0, "+": 1, "~": 2}
    return tuple(sorted(out, key=lambda change: (order[change.sign], change.text)))


def _parts(recipe: Recipe) -> dict[str, Step]:
    """Steps and model by name; a second step of one name by "name (2)"."""
    parts: dict[str, Step] = {}
    for step in (*recipe.steps, recipe.model):
        place = 1 + sum(known.name == step.name for known in parts.values())
        parts[step.name if place == 1 else f"{step.name} ({place})"] = step
    return parts


def _value(value: object) -> str:
    return "default" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _step_text(step: Step) -> str:
    return own_words(step) or " ".join([step.name, *(f"{key}={_value(value)}" for key, value in step.params)])


def vault_view(lab: "OpenLab") -> VaultView | None:
    """The lab's vault and the result of its last opening; None where there is none."""
    certified, vault = lab.state.certified, lab.state.vault
    if vault is None:
        return None
    return VaultView(
        rows=vault.rows, openings=len(lab.state.openings), finding=certified is not None and certified.finding,
        why="" if certified is None else certified.why, shipped="" if certified is None else certified.shipped,
        notes=vault.notes, copies=tuple(one.text for one in lab.state.copies), changes=change_views(lab),
        seals=vault.seals,
    )  # fmt: skip


def change_views(lab: "OpenLab") -> tuple[ChangeView, ...]:
    """The last opening's result for each change on the way from the baseline to what was certified."""
    certified = lab.state.certified
    return tuple(
        ChangeView(
            number=change.number, what=lab.entry(change.number).experiment.what, gain=change.gain, found=change.found,
            firm=change.firm,
        )
        for change in (() if certified is None else certified.changes)
    )  # fmt: skip


def is_outdated(state: LabState) -> bool:
    """Whether what ships holds experiments that a hint made void since."""
    numbers = () if state.model is None else state.model.blend.numbers
    return any(state.entries[number].is_void for number in numbers if number in state.entries)


def _word(lab: "OpenLab", *, is_running: bool) -> Literal["running", "paused", "idle", "finished"]:
    if is_running:
        return "paused" if lab.state.steering.paused else "running"
    return "finished" if lab.state.end else "idle"


def _is_running(lab: "OpenLab", writer: int | None) -> bool:
    """Whether a session runs, as of the records that were read: where nobody writes any more, but records came since,
    it ended meanwhile, and those tell how.
    """
    if lab.state.end is not None:
        return False
    return writer is not None or bool(lab.ledger.records(after=lab.state.last_record))


def status(lab: "OpenLab") -> LabStatus:
    """The lab's status."""
    state, session = lab.state, lab.state.session
    writer = lab.ledger.writer if isinstance(lab.ledger, SqliteLedger) else None
    running = _is_running(lab, writer)
    is_busy = running and not state.steering.paused
    leader = best_of(lab)
    n_folds = lab.task.n_folds
    lines = [
        f"#{e.experiment.number} {e.experiment.what}, fold {min(len(e.folds) + 1, n_folds)} of {n_folds}"
        for e in state.open()
    ]
    limits = () if session is None else (session.seconds, session.until)
    limit = min((one for one in limits if one is not None), default=None)
    proposers: dict[str, list[bool]] = {}
    for entry in state.entries.values():
        proposers.setdefault(entry.experiment.by, []).append(entry.status == "kept")
    seen = sight_of(state, lab.scorer)
    advice = advice_of(state, seen)
    done = counts(state)
    return LabStatus(
        lab=lab.name, path=str(lab.path), state=_word(lab, is_running=running),
        pid=(writer or None) if running else None, elapsed_seconds=state.seconds,
        left_seconds=max(limit - state.seconds, 0.0) if running and limit is not None else None,
        experiments=done.experiments, kept=done.kept, dropped=done.dropped,
        failed=done.failed, stopped_early=done.stopped_early,
        running=tuple(lines) if is_busy else (), best=lab.quick_figure(leader) if leader is not None else None,
        best_number=leader, best_what=lab.entry(leader).experiment.what if leader is not None else "",
        champion=state.champion, sigma=lab.noise, detectable=None if lab.noise is None else 2 * lab.noise,
        expect=lab.expected, proposers=tuple((name, len(k), sum(k)) for name, k in proposers.items()),
        has_model=(lab.path / "model" / "manifest.json").exists(), vault=vault_view(lab),
        claimable=None if seen is None else seen.claims, since_keep=None if advice is None else advice.since,
        advice="" if advice is None or advice.stop is None else advice.why,
        would_help=would_help(state, metric=lab.metric.title),
        unfinished=0 if is_busy else len(state.open()), beside=done.beside,
        is_sigma_planned=lab.is_noise_planned, head="" if state.tip is None else state.tip.text,
        hints=hint_views(lab), inbox=inbox_views(lab), void=done.void, repeats=done.repeats,
        is_certified=state.certified is not None, is_outdated=is_outdated(state),
        studies=tuple(state.studies), restricted=lab.task.restricted,
        why_paused=state.steering.paused if writer is not None else "",
        snapshot="" if state.end is not None or (folder := snapshot_of(lab.path)) is None else str(folder),
    )  # fmt: skip
