"""The rows set aside before anything is learned: they live in this process and in no file that workers read."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.errors import LabError, UsageError, Where
from assay.core.schema import Label
from assay.core.seed import Seeds
from assay.data import fingerprint
from assay.data.cell import text_of
from assay.data.options import TaskOptions
from assay.data.question import Question, ask
from assay.data.read import RawTable
from assay.evidence.rows import Rows
from assay.evidence.vault import assign, plan, strata_of
from assay.lab.vault_record import VaultRecord
from assay.ledger.sqlite import SqliteLedger

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vault:
    """The rows themselves, in memory. whole: the table as read; usable: (n,) its rows that have a target; of those:

    question: what the target asks and its values; inside: which are in the vault; units: what they belong to; weight.
    """

    record: VaultRecord
    whole: RawTable
    usable: Index
    question: Question
    inside: Bools
    units: tuple[str, ...]
    weight: Floats | None

    @property
    def table(self) -> RawTable:
        """The vault's rows as read, target and all."""
        return replace(self.whole, frame=self.whole.frame.iloc[self.usable[self.inside]].reset_index(drop=True))

    def codes(self, classes: tuple[Label, ...]) -> AnyArray:
        """(n,) the target of all usable rows, its class codes those of the task that was searched."""
        if not classes:
            return np.asarray(self.question.values, dtype=np.float64)
        code = {text_of(label): number for number, label in enumerate(classes)}
        own = np.array([code[text_of(label)] for label in self.question.classes], dtype=np.int32)
        return np.asarray(own[self.question.values])

    def rows(self, classes: tuple[Label, ...], *, seed: int) -> Rows:
        """The truth of the vault's rows."""
        names = np.asarray(self.units, dtype=object).astype(str)[self.inside]
        found, codes = np.unique(names, return_inverse=True)
        return Rows(
            y=self.codes(classes)[self.inside], problem=self.question.problem, seeds=Seeds(seed).child("vault"),
            groups=codes if len(found) < len(names) else None,
            weight=None if self.weight is None else self.weight[self.inside],
        )  # fmt: skip


def set_aside(raw: RawTable, options: TaskOptions, share: float) -> tuple[RawTable, Vault]:
    """(the rows the lab may see, the vault): by keyed hash of each row's content, or of its group (evidence.md 1).

    Everything else is learned from the first: schema, levels, leaks, folds. Rows with equal features, and rows of a
    group, are never divided. Raises TaskError where the rows are too few, UsageError for rows in order of time.
    """
    if options.target is None or options.target not in raw.frame.columns:
        raise UsageError("A vault needs a target: say which column to predict.", where=Where(option="--target"))
    if options.order_by is not None:
        raise UsageError(
            "--vault deals rows by lot, and --order-by says that later rows must be predicted from earlier ones.",
            where=Where(option="--vault"), do=("leave out --vault: blocks of time are scored from the past anyway",),
        )  # fmt: skip
    question = ask(raw.frame[options.target], options, source=raw.source)
    usable = np.flatnonzero(question.rows)
    frame = raw.frame.iloc[usable]
    grouped = options.group_column is not None
    units = _units(frame, options)
    strata = np.zeros(len(frame), dtype=np.int64) if grouped else strata_of(question.values, question.problem)
    planned = plan(
        asked=share, n_units=len(set(units)), n_rarest=_rarest(question, units), problem=question.problem,
        grouped=grouped,
    )  # fmt: skip
    dealt = assign(units, strata, share=planned.share, key=_key(options.seed))
    inside = np.zeros(len(raw.frame), dtype=bool)
    inside[usable[dealt.inside]] = True
    seen = replace(raw, frame=raw.frame[~inside].reset_index(drop=True))
    record = VaultRecord(
        asked=planned.asked, share=planned.share, rows=int(inside.sum()),
        units=len({unit for unit, taken in zip(units, dealt.inside, strict=True) if taken}),
        search_rows=len(seen.frame), by="group" if grouped else "row", cuts=tuple(sorted(dealt.cuts.items())),
        allows_findings=planned.allows_findings, notes=planned.notes,
    )  # fmt: skip
    weight = None if options.weights is None else np.asarray(frame[options.weights], dtype=np.float64)
    return seen, Vault(
        record=record, whole=raw, usable=usable, question=question, inside=dealt.inside, units=tuple(units),
        weight=weight,
    )  # fmt: skip


def _units(frame: "pd.DataFrame", options: TaskOptions) -> list[str]:
    """What each row belongs to: its group, or rows with equal features, by content, so that no order matters."""
    group = options.group_column
    if group is not None:
        return [text_of(cell) or "" for cell in frame[group].tolist()]
    names = [str(name) for name in frame.columns if name not in (options.target, options.weights, *options.drop)]
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in names:
        total = total * np.uint64(0x9E3779B97F4A7C15) + fingerprint.column_hashes(frame[name])
    return [f"{value:016x}" for value in total.tolist()]


def _rarest(question: Question, units: list[str]) -> int:
    """Units of the rarest class; all of them for numbers."""
    names = np.asarray(units, dtype=object).astype(str)
    if question.problem == "regression":
        return len(np.unique(names))
    return min(len(np.unique(names[question.values == code])) for code in np.unique(question.values))


def _key(seed: int) -> bytes:
    """The lab's key follows from its seed, so that a run with a number of experiments is exact."""
    return f"assay vault {Seeds(seed).child('vault').number}".encode()


def known_vault(path: "Path") -> VaultRecord | None:
    """The vault of a lab at that place; None where it has none, or there is no lab."""
    from assay.core.codec import from_json
    from assay.lab.labs import is_lab

    if not is_lab(path):
        return None
    ledger = SqliteLedger.open(path, create=False, write=False)
    try:
        found = [record.body["value"] for record in ledger.records() if record.kind == "vault"]
    finally:
        ledger.close()
    return from_json(VaultRecord, found[0]) if found else None


def share_of(path: "Path", asked: float | None, *, begun: bool) -> float | None:
    """The share to set aside: as the lab began, whatever is asked now; LabError where its search has seen all rows."""
    known = known_vault(path) if begun else None
    if known is not None:
        return known.asked
    if begun and asked is not None:
        raise LabError(
            f"{path.name} was begun without a vault: its search has seen all rows, so none are left to set aside.",
            do=(f"--out {path.stem}-vault  (a new lab)", "--force replaces the lab"),
        )
    return asked
