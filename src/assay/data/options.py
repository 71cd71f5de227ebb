"""The user's options of a task; everything not given is inferred, with a notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.core.contract import AnyMetric
from assay.core.errors import UsageError, Where, nearest_names
from assay.core.problem import Problem
from assay.core.problem import registry as problems
from assay.core.schema import KINDS, Kind, Label, plugged_in
from assay.data.monotone_constraints import check_signs
from assay.data.refusal import Refusal

FROM_FILE = "marks the validation rows, which are those of "
IN_FILE = "deals the folds, as asked"
"""Reasons of the column --valid, by which a task records the option's form."""
NO_ORDER = "none"
"""Of --order-by: the rows are in no order, so that folds are drawn at random."""
_GIVEN = KINDS[:9]
"""Kinds that --kind accepts; the others follow from the options --target, --order-by, --weights, --drop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """The options of a task under the names all faces use (FACES section 2).

    metric: a name, or a function or metric, which is never stored. drop: columns left out. keep: columns used even
    where Assay would leave them out (leaks, identifiers). kinds: kind by column. raw: repairs that are refused
    (refusal.py). missing: further texts that mean missing, in every column. n_folds: None lets the data decide.
    positive: the class a binary task is about. sheet, query: passed on to the reader. monotone: by column 1 where the
    prediction may only rise as it grows, -1 where it may only fall. valid: a column that deals the folds, or before
    it is read a file with the rows to score (user_split.py), which valid_file then names. candidates_by: a column; a
    row is only given labels that were seen with its value (candidate_labels.py). unlabelled: "missing", or a file with
    rows without a target (unlabelled_rows.py). order_by "none": the rows are in no order, whatever dates say, which
    `in_no_order` then holds. drifts: what changes along order_by, where that was found and not asked for
    (inspect/order_in_time.py). Names lose outer spaces, as those of a table do when it is read.
    """

    target: str | None = None
    metric: AnyMetric | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    group: str | None = None
    order_by: str | None = None
    weights: str | None = None
    positive: Label | None = None
    problem: str | None = None
    raw: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    seed: int = 0
    n_folds: int | None = None
    sheet: str | None = None
    query: str | None = None
    monotone: Mapping[str, int] = field(default_factory=dict)
    valid: str | None = None
    valid_file: str = ""
    candidates_by: str | None = None
    unlabelled: str | None = None
    in_no_order: bool = False
    drifts: str = ""

    def __post_init__(self) -> None:
        self._strip()
        if self.order_by == NO_ORDER:
            object.__setattr__(self, "order_by", None)
            object.__setattr__(self, "in_no_order", True)
        both = sorted(set(self.drop) & set(self.keep))
        if both:
            raise UsageError(f'The column "{both[0]}" is to be dropped and kept. Name it in one of --drop, --keep.')
        if self.n_folds is not None and not 2 <= self.n_folds <= 100:
            raise UsageError(f"{self.n_folds} folds are not possible. Give 2 to 100, or leave it to Assay.")
        if self.valid is not None and self.order_by is not None:
            raise UsageError("--valid and --order-by both deal the folds. Leave one of them out.")
        check_signs(self.monotone)
        self._check_problem()
        for column, kind in self.kinds.items():
            if kind not in _GIVEN and kind not in plugged_in():
                known = (*_GIVEN, *plugged_in())
                near = nearest_names(kind, known)
                raise UsageError(f'The column "{column}" cannot be {kind!r}. Kinds: {", ".join(known)}.', nearest=near)

    def _check_problem(self) -> None:
        if self.problem is not None and self.problem not in problems:
            near = problems.nearest(self.problem)
            raise UsageError(
                f"No problem is called {self.problem!r}. Known: {', '.join(problems.names())}.",
                where=Where(option="--problem"), nearest=near,
                do=tuple(f"--problem {one}" for one in near) or ("leave out --problem",),
            )  # fmt: skip

    def _strip(self) -> None:
        for name in ("target", "group", "order_by", "weights", "candidates_by"):
            given = getattr(self, name)
            object.__setattr__(self, name, given.strip() if isinstance(given, str) else given)
        for name in ("drop", "keep"):
            object.__setattr__(self, name, tuple(column.strip() for column in getattr(self, name)))
        for name in ("kinds", "monotone"):
            object.__setattr__(self, name, {column.strip(): value for column, value in getattr(self, name).items()})

    @property
    def asked_problem(self) -> Problem | None:
        """The problem that was named."""
        return None if self.problem is None else problems.get(self.problem)()

    @property
    def group_column(self) -> str | None:
        """The column whose rows stay in one fold, by `group` or by its kind."""
        return self.group or next((column for column, kind in self.kinds.items() if kind == "group"), None)

    @property
    def says_how_rows_are_judged(self) -> bool:
        """Whether folds follow from an option, so that no order in time is looked for."""
        given = (self.order_by, self.group_column, self.valid, self.unlabelled)
        return self.in_no_order or self.target is None or any(one is not None for one in given)

    @property
    def valid_reason(self) -> str:
        """Why the column `valid` is no feature."""
        return f"{FROM_FILE}{self.valid_file}" if self.valid_file else IN_FILE

    @property
    def refused(self) -> Refusal:
        """The repairs that are not to be made."""
        return Refusal(self.raw)

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """(option, column) of every column an option names, the target first; --raw also names repairs (refusal.py)."""
        single = (("--target", self.target), ("--group", self.group), ("--order-by", self.order_by),
                  ("--weights", self.weights), ("--valid", self.valid),
                  ("--candidates-by", self.candidates_by))  # fmt: skip
        lists = (("--drop", self.drop), ("--keep", self.keep), ("--kind", tuple(self.kinds)),
                 ("--monotone", tuple(self.monotone)))  # fmt: skip
        return (
            *((option, column) for option, column in single if column is not None),
            *((option, column) for option, columns in lists for column in columns),
        )
