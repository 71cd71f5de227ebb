"""Twin labs: two searches, each on half of the rows and certified on the other, then one on all rows that ships."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from assay.core.clock import Budget
from assay.core.contract import AnyMetric
from assay.core.errors import BudgetError, TaskError, UsageError, Where
from assay.core.event import Event, Noted, Progress, Scored
from assay.core.experiment import Experiment
from assay.core.recipe import Step
from assay.core.task import Notice
from assay.core.views import Summary
from assay.data.options import TaskOptions
from assay.data.read import RawTable
from assay.journal.digest_records import MODEL
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.journal.replayed_state import replay
from assay.journal.twin_record import SIDES, TwinRecord, twin_path, twin_record
from assay.journal.vault_record import CertifiedRecord
from assay.lab.lab_folder import lab_path, open_ledger
from assay.lab.run_context import RunContext
from assay.lab.single_fit import fit_once
from assay.pipeline.store import TaskFolder
from assay.predictor.storage import read_bundle, write_bundle
from assay.research.portfolio import FLOOR
from assay.search.settings import FitSettings
from assay.search.task_setup import read_source
from assay.ship.file_digests import record_shipped
from assay.vault.key import FILE, FOLDER, VaultKey, has_key
from assay.vault.vault import set_aside
from assay.views.brief_file import write_brief
from assay.views.open_lab import LabSnapshot
from assay.views.summary import summary

TWIN_SHARE = 0.35
"""Of the time, for each twin; the rest is for the search on all rows."""


def fit_twins(source: object, options: TaskOptions, settings: FitSettings, *, context: RunContext) -> Summary:
    """`fit` where rows are too few for a vault, or all of them are wanted in the model that ships.

    The figure is the mean of what both halves certified: a statement on the procedure at half of the rows. With a
    number of experiments each of the three searches runs so many. Raises UsageError for rows in order of time, and
    beside --vault; BudgetError where a twin had no time for a model.
    """
    check_twins(options, settings)
    options = by_lot(options)
    raw = read_source(source, options)
    path = lab_path(raw.name, settings)
    given = settings.vault_key
    if settings.force and given is not None and path.resolve() in given.resolve().parents:
        raise UsageError(
            f"--force would replace {path.name}, which knows what was told of the rows that its key deals.",
            where=Where(option="--vault-key"), do=("--out OTHER  (a new lab)", "leave out --vault-key"),
        )  # fmt: skip
    if settings.force or not has_key(path):
        check_halves(raw, options)
    key = VaultKey.drawn() if given is None else VaultKey.at(given)
    open_ledger(path, force=settings.force).close()
    if not has_key(path):
        key.write(path)
    own = path / FOLDER / FILE
    settings = replace(settings, out=str(path), force=False, twin=False, vault_key=None)
    source_key = own if given is None or key != VaultKey.at(own) else given  # what its lab told is paid for
    halved = replace(settings, vault=0.5, vault_key=source_key, ship="certified")
    for side in SIDES:
        _search_half(raw, options, halved, context, path=path, side=side)
    context = replace(context, started=None, decide=None)
    first = tuple(_numbered(path))
    shipping = replace(settings, budget=_part(settings.budget, last_share()))
    fit_once(raw, options, shipping, context=replace(context, first=first, write_brief=False))
    return _conclude(path, context, options.metric, tried_first=len(first))


def by_lot(options: TaskOptions) -> TaskOptions:
    """The options of twins: halves are drawn by lot, so that rows are in no order even where they lie in one."""
    return options if options.says_how_rows_are_judged else replace(options, in_no_order=True)


def check_halves(raw: RawTable, options: TaskOptions) -> None:
    """Refuse rows too few for two halves that certify each other, before anything is searched (TaskError)."""
    try:
        set_aside(raw, options, 0.5, side=SIDES[0])
    except TaskError as error:
        raise TaskError(
            f"The rows are too few for --twin, where each half is the vault of the other. {error.message}",
            where=Where(option="--twin"),
            do=("leave out --twin: the figure is then corrected for choosing", "add rows"),
        ) from error


def check_twins(options: TaskOptions, settings: FitSettings) -> None:
    """Refuse what twins cannot be asked with (UsageError)."""
    if options.order_by is not None:
        raise UsageError(
            "--twin halves the rows by lot, and --order-by says that later rows must be predicted from earlier ones.",
            where=Where(option="--twin"), do=("--vault 0.2 sets the last rows aside",),
        )  # fmt: skip
    if settings.vault is not None:
        raise UsageError(
            "--twin needs no vault: each half certifies what was found on the other.", where=Where(option="--twin"),
            do=("leave out --vault, or leave out --twin",),
        )  # fmt: skip


def _search_half(
    raw: RawTable, options: TaskOptions, settings: FitSettings, context: RunContext, *, path: Path, side: str
) -> None:
    own = replace(settings, out=str(twin_path(path, side)), budget=_part(settings.budget, TWIN_SHARE))
    notice = Notice(code="twin", message=f"twin {side}: one half of the rows is searched, the other certifies")
    context.listener(Noted(elapsed_seconds=0.0, notice=notice))

    def hear(event: Event) -> None:
        if isinstance(event, Scored):
            context.listener(replace(event, side=side))
        elif isinstance(event, Progress):
            context.listener(event)

    started = context.started if side == SIDES[0] else None
    apart = replace(context, side=side, listener=hear, started=started, write_brief=False, decide=None)
    fit_once(raw, options, own, context=apart)
    if context.interrupt.is_set():
        raise BudgetError(f"Interrupted in twin {side}.", do=("the same command again goes on from here",))


def _part(budget: Budget, share: float) -> Budget:
    """A share of the time; every search runs the full number of experiments."""
    return budget if math.isinf(budget.seconds) else replace(budget, seconds=share * budget.seconds)


def last_share() -> float:
    """The share of the time that is left for the search on all rows."""
    return 1.0 - len(SIDES) * TWIN_SHARE


def _numbered(path: Path) -> Iterator[Experiment]:
    """What either twin kept, each recipe once, as the first experiments of the search on all rows."""
    seen: set[str] = set()
    for side in SIDES:
        lab = LabSnapshot.open(twin_path(path, side))
        kept = [entry for entry in lab.state.entries.values() if _is_kept(entry)]
        lab.close()
        for entry in kept:
            one = entry.experiment
            if one.recipe.key in seen:
                continue
            seen.add(one.recipe.key)
            yield replace(
                one, number=len(seen), by="twin", parents=(), pool="adaptive", partition=0,
                question=f"Twin {side} kept it on half of the rows: does it hold on all?",
            )  # fmt: skip


def _is_kept(entry: ExperimentEntry) -> bool:
    one = entry.experiment
    is_own = not one.is_blend and one.entry not in FLOOR and not one.recipe.on
    return entry.status == "kept" and is_own and isinstance(one.recipe.model, Step)


def _conclude(path: Path, context: RunContext, metric: AnyMetric | None, *, tried_first: int) -> Summary:
    """Record what the twins say together, stamp it on the model, write the brief."""
    lab = LabSnapshot.open(path, metric=metric)
    n_rows, bounds = lab.task.n_rows, lab.metric.bounds
    lab.close()
    found = twin_record(certified_twins(path), bounds=bounds, tried_first=tried_first, n_rows=n_rows)
    ledger = open_ledger(path, force=False)
    try:
        journal = Journal.start(ledger, replay(ledger.records()), context.clock, started=context.clock.now())
        if journal.state.twin != found:
            journal.write("twin", found, durable=True)
        _stamp(journal, found, TaskFolder(path))
        lab = LabSnapshot(path, ledger, replay(ledger.records()), metric)
        if context.write_brief and not lab.has_brief:
            write_brief(lab)
        return summary(lab)
    finally:
        ledger.close()


def _stamp(journal: Journal, found: TwinRecord, folder: TaskFolder) -> None:
    """Put the figure of both twins on the model, if it is not there: not yet told, or killed after the record."""
    bundle, _ = read_bundle(folder.path / MODEL)
    if bundle.passport.expected != found.figure:
        passport = replace(bundle.passport, expected=found.figure, head=journal.head)
        write_bundle(replace(bundle, passport=passport), folder.path / MODEL)
        record_shipped(journal, folder, anew=True)
    record_shipped(journal, folder)


def certified_twins(path: Path) -> tuple[CertifiedRecord, ...]:
    """What each twin of a lab certified; BudgetError where one has not come to its end."""
    found = []
    for side in SIDES:
        lab = LabSnapshot.open(twin_path(path, side))
        certified = lab.state.certified
        lab.close()
        if certified is None:
            raise BudgetError(f"Twin {side} was not certified: the same command again goes on from here.")
        found.append(certified)
    return tuple(found)
