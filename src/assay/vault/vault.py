"""The rows set aside before anything is learned: they live in this process and in no file that workers read."""

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.codec import from_json
from assay.core.errors import DataError, LabError, TaskError, UsageError, Where
from assay.core.schema import Label
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.data import fingerprint
from assay.data.cell import label_codes, text_of
from assay.data.options import TaskOptions
from assay.data.prepare import check_predictable, row_weights
from assay.data.read import RawTable
from assay.data.row_groups import order_of
from assay.data.row_identity import RowIdentity, row_identity
from assay.data.target_reading import TargetReading, read_target
from assay.evidence.evaluation_rows import Rows
from assay.evidence.seal import seal_count, seal_numbers
from assay.evidence.vault_plan import VaultPlan, assign, blocks_of, check_share, latest, plan_vault, strata_of
from assay.journal.find_labs import beside, is_lab
from assay.journal.vault_record import VaultRecord
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.vault.key import FILE, FOLDER, VaultKey, has_key, key_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

BLOCK = "block of time"
"""Prefix of the names of such units."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vault:
    """The rows themselves, in memory. whole: the table as read; usable: (n,) its rows that have a target; of those:

    question: what the target asks and its values; inside: which are in the vault; waiting: which belong to neither side
    until the final fit (time with groups); units: what they belong to; weight; seals: (n,) number of each row's seal;
    moments: when each row was, where rows are in order of time. key: what chose them.
    """

    record: VaultRecord
    key: VaultKey
    whole: RawTable
    usable: Index
    question: TargetReading
    inside: Bools
    waiting: Bools
    units: tuple[str, ...]
    weight: Floats | None
    seals: Index
    moments: Floats | None = None

    @property
    def table(self) -> RawTable:
        """The vault's rows as read, target and all."""
        return self.table_of(None)

    def table_of(self, seal: int | None) -> RawTable:
        """The rows under one seal, or all."""
        rows = self.usable[self.under(seal)]
        return replace(self.whole, frame=self.whole.frame.iloc[rows].reset_index(drop=True), rows=rows)

    def under(self, seal: int | None) -> Bools:
        """(n,) which rows are under one seal; None: all of the vault."""
        return self.inside if seal is None else np.asarray(self.inside & (self.seals == seal))

    def codes(self, classes: tuple[Label, ...]) -> AnyArray:
        """(n,) the target of all usable rows, its class codes those of the task that was searched."""
        if not classes:
            return np.asarray(self.question.values, dtype=np.float64)
        own = np.array(list(map(label_codes(classes), self.question.classes)), dtype=np.int32)
        return np.asarray(own[self.question.values])

    def rows(self, classes: tuple[Label, ...], *, seed: int, seal: int | None = None) -> Rows:
        """The truth of the vault's rows, or of those under one seal."""
        held = self.under(seal)
        names = np.asarray(self.units, dtype=object).astype(str)[held]
        found, codes = np.unique(names, return_inverse=True)
        in_time = all(name.startswith(f"{BLOCK} ") for name in found) and self.record.by == "time"
        return Rows(
            y=self.codes(classes)[held], problem=self.question.problem, origin="vault",
            seeds=Seeds(seed).child("vault"),
            groups=codes if len(found) < len(names) else None,
            weight=None if self.weight is None else self.weight[held], in_time=in_time,
            unit="blocks of time" if in_time else "groups",
        )  # fmt: skip


def set_aside(
    raw: RawTable, options: TaskOptions, share: float, *, key: VaultKey | None = None, one: RowIdentity | None = None
) -> tuple[RawTable, Vault]:
    """(the rows the lab may see, the vault): chosen by keyed hash of each row's content, or of its group; the last rows
    where they are in order of time.

    Everything else is learned from the first: schema, levels, leaks, folds. Rows with equal features, copies, and rows
    of a group, are never divided. key: None draws one. one: the rule by which rows are one unit, as a lab began; None:
    derived. Raises TaskError where the rows are too few, UsageError where no target is named.
    """
    if options.target is None or options.target not in raw.frame.columns:
        raise UsageError("A vault needs a target: say which column to predict.", where=Where(option="--target"))
    check_predictable(raw, options)
    key, is_new = key or VaultKey.drawn(), one is None
    question = read_target(raw.frame[options.target], options, source=raw.source, padded=raw.padded)
    usable = np.flatnonzero(question.rows)
    frame = raw.frame.iloc[usable].reset_index(drop=True)
    if one is None:
        by_content = options.group_column is None and options.order_by is None
        target = Target(question.values, len(question.classes))
        one = row_identity(frame, options, target, hashes=_hashes(frame, options)) if by_content else RowIdentity()
    if options.order_by is not None:
        dealt = _in_time(frame, question, options, share, one)
    else:
        dealt = _by_lot(frame, question, options, share, key=key, one=one)
    inside = dealt.inside
    _check_classes(question, inside, is_new=is_new)
    waiting = np.zeros(len(frame), dtype=bool) if dealt.waiting is None else dealt.waiting
    away = np.zeros(len(raw.frame), dtype=bool)
    away[usable[inside | waiting]] = True
    seen = replace(raw, frame=raw.frame[~away].reset_index(drop=True), rows=np.flatnonzero(~away))
    n_units, n_rarest = _counts(question, dealt.units, inside)
    seals = 1 if dealt.by == "time" else seal_count(n_units=n_units, n_rarest=n_rarest)
    record = VaultRecord(
        asked=dealt.plan.asked, share=dealt.plan.share, rows=int(inside.sum()), units=n_units,
        search_rows=len(seen.frame), by=dealt.by, cuts=dealt.cuts, allows_findings=dealt.plan.allows_findings,
        notes=dealt.plan.notes, key=key.fingerprint, seals=seals, apart=one.apart,
        grid=one.grid, spreads=one.spreads, reworded=one.reworded, view=one.view,
    )  # fmt: skip
    weight = row_weights(frame, options, positions=usable)
    return seen, Vault(
        record=record, key=key, whole=raw, usable=usable, question=question, inside=inside, waiting=waiting,
        units=dealt.units, weight=weight, seals=seal_numbers(dealt.units, seals=seals, key=key.secret),
        moments=dealt.moments,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Dealt:
    """The rows inside, and how that was decided."""

    inside: Bools
    waiting: Bools | None
    units: tuple[str, ...]
    cuts: tuple[tuple[int, float], ...]
    plan: VaultPlan
    by: str
    moments: Floats | None = None


def _by_lot(
    frame: "pd.DataFrame", question: TargetReading, options: TaskOptions, share: float, *, key: VaultKey,
    one: RowIdentity,
) -> _Dealt:  # fmt: skip
    units = tuple(_units(frame, options, one))
    grouped = options.group_column is not None
    strata = np.zeros(len(frame), dtype=np.int64) if grouped else strata_of(question.values, question.problem)
    n_units, n_rarest = _counts(question, units, np.ones(len(frame), dtype=bool))
    if n_units == 1 and not grouped:
        raise DataError(
            f'All {len(frame):,} rows are alike but for "{options.target}": no column is left to predict it from.',
            where=Where(column=options.target), do=("add columns that may tell the target",),
        )  # fmt: skip
    planned = plan_vault(asked=share, n_units=n_units, n_rarest=n_rarest, problem=question.problem, grouped=grouped)
    found = assign(units, strata, share=planned.share, key=key.secret)
    return _Dealt(
        inside=found.inside, waiting=None, units=units, cuts=tuple(sorted(found.cuts.items())), plan=planned,
        by="group" if grouped else "row",
    )  # fmt: skip


def _in_time(
    frame: "pd.DataFrame", question: TargetReading, options: TaskOptions, share: float, one: RowIdentity
) -> _Dealt:
    """The last rows; their units are groups, or blocks of neighbours. No key is needed: time decides."""
    check_share(share)
    moments = order_of(frame, str(options.order_by))
    groups = None if options.group_column is None else np.asarray(_units(frame, options, one), dtype=object).astype(str)
    classes = question.values if question.problem.is_class else None
    planned, found = latest(moments, classes, asked=share, groups=groups)
    units = groups
    if units is None:
        blocks = blocks_of(moments[found.inside])
        units = np.full(len(frame), "before", dtype=object)
        units[found.inside] = [f"{BLOCK} {block:09d}" for block in blocks.tolist()]  # in the order of time
    cells = frame[options.order_by].iloc[np.flatnonzero(found.inside)]
    order = np.argsort(moments[found.inside], kind="stable")
    first, last = (text_of(cells.iloc[int(row)]) for row in (order[0], order[-1]))
    span = f"the vault is the last rows by {options.order_by}, {first} to {last}: one stretch of time, so one season"
    waits = () if found.waiting is None or not found.waiting.any() else (
        f"{int(found.waiting.sum()):,} earlier rows of groups in the vault wait for the final fit",
    )  # fmt: skip
    return _Dealt(
        inside=found.inside, waiting=found.waiting, units=tuple(units.tolist()), cuts=tuple(found.cuts.items()),
        plan=replace(planned, notes=(span, *planned.notes, *waits)), by="time",
        moments=np.asarray(moments, dtype=np.float64),
    )  # fmt: skip


def _hashes(frame: "pd.DataFrame", options: TaskOptions) -> dict[str, fingerprint.Hashes]:
    """Of each cell that may distinguish rows, by column."""
    away = (options.target, options.weights, options.group_column, *options.drop)
    return {str(name): fingerprint.column_hashes(frame[name]) for name in frame.columns if name not in away}


def _units(frame: "pd.DataFrame", options: TaskOptions, one: RowIdentity) -> list[str]:
    """The unit of each row: its group, or the rows of equal content, so that no order matters."""
    group = options.group_column
    alone = [f"{value:016x}" for value in one.contents(frame, _hashes(frame, options)).tolist()]
    if group is None:
        return alone
    texts = [text_of(cell) for cell in frame[group].tolist()]
    return [f"alone {content}" if text is None else text for text, content in zip(texts, alone, strict=True)]


def _counts(question: TargetReading, units: tuple[str, ...], held: Bools) -> tuple[int, int]:
    """Units among the rows held, and of those the ones of the rarest class (numbers: all of them)."""
    names, values = np.asarray(units, dtype=object).astype(str)[held], question.values[held]
    n_units = len(np.unique(names))
    if not question.problem.is_class:
        return n_units, n_units
    codes = np.unique(question.values)
    return n_units, min(len(np.unique(names[values == code])) for code in codes)


def _check_classes(question: TargetReading, inside: Bools, *, is_new: bool) -> None:
    """Refuse a vault that would hold all rows of a class, which the search could then not learn, and a new one that
    would hold none: where groups are drawn, a class of few groups may miss it, and ranks cannot be scored there.
    """
    if not question.problem.is_class:
        return
    for code, label in enumerate(question.classes):
        own = question.values == code
        do = ("leave out --vault", f"leave out the rows with {label!r}")
        if not (own & ~inside).any():
            raise TaskError(
                f"All rows with {label!r} would lie in the vault, so no model could learn it.",
                where=Where(option="--vault"), do=do,
            )  # fmt: skip
        if is_new and not (own & inside).any():
            raise TaskError(
                f"No row with {label!r} would lie in the vault, so nothing could be certified of it: its rows are of "
                "too few groups.", where=Where(option="--vault"), do=do,
            )  # fmt: skip


def vault_at(
    path: "Path", raw: RawTable, options: TaskOptions, share: float | None, *, begun: bool
) -> tuple[RawTable, Vault | None]:
    """The rows that the lab at a path may see, and its vault: as the lab began, whatever is set now.

    share: of a new vault, None for none. begun: whether the lab has rows already. LabError where its search has seen
    all rows, or its key is gone.
    """
    known = known_vault(path) if begun else None
    if known is not None:
        key = key_of(path, known.key)
        seen, vault = set_aside(raw, options, known.asked, key=key, one=known.one_row())
        return seen, replace(vault, record=known)
    if share is None:
        return raw, None
    if begun and not has_key(path):
        raise LabError(
            f"{path.name} was begun without a vault: its search has seen all rows, so none are left to set aside.",
            do=(f"--out {shlex.quote(beside(path, 'vault'))}  (a new lab)", "--force replaces the lab"),
        )
    drawn = VaultKey.at(path / FOLDER / FILE) if has_key(path) else None  # there: killed before the first record
    return set_aside(raw, options, share, key=drawn)


def known_vault(path: "Path") -> VaultRecord | None:
    """The vault of the lab at a path; None where it has none, or there is no lab."""
    if not is_lab(path):
        return None
    ledger = SqliteLedger.open(path, create=False, write=False)
    try:
        found = [record.body["value"] for record in ledger.records() if record.kind == "vault"]
    finally:
        ledger.close()
    return from_json(VaultRecord, found[0]) if found else None
