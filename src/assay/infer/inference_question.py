"""The question that `assay infer` answers: effect, adjustment, family and kind of standard errors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from assay.core.array import Index
from assay.core.errors import UsageError, Where, nearest_names

FamilyName = Literal["gaussian", "binomial", "multinomial", "ordered", "poisson", "negative_binomial", "gamma"]
ErrorKind = Literal["classical", "hc3", "cluster"]
FAMILIES: tuple[FamilyName, ...] = get_args(FamilyName)
ERRORS: tuple[ErrorKind, ...] = get_args(ErrorKind)
LEVEL = 0.05
Notify = Callable[[str], None]
"""Receives progress messages."""


def silent(what: str) -> None:
    """Ignores progress messages."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnusedRows:
    """Rows of the table that a search has not used, and what testing on them costs.

    rows: (m,) positions in the table as read; None: there was no search. level: of significance, after correction for
    earlier looks. why: in words, printed. without_p: no such rows are left, so that nothing can be tested.
    """

    rows: Index | None = None
    level: float = LEVEL
    why: str = ""
    without_p: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The question. effect: the one column it is about, its p uncorrected because it was named beforehand; or two as
    "a*b", or one as "a^2" (`among`). moderator: the column whose product with the effect the question is about then,
    the effect itself for its square.

    adjust: the columns it is adjusted for, None: all others; without an effect all columns are asked about, corrected
    for their number. jointly: columns tested together. family, errors: None lets the data decide. importance: also
    measure what a model of ours uses. exposure: the column of what counts were counted over (time, persons), so that
    coefficients are of rates. fresh: what a search has left over.
    """

    effect: str | None = None
    adjust: tuple[str, ...] | None = None
    jointly: tuple[str, ...] = ()
    family: FamilyName | None = None
    errors: ErrorKind | None = None
    importance: bool = False
    exposure: str | None = None
    unused: UnusedRows = UnusedRows()
    moderator: str | None = None

    def among(self, names: Sequence[str]) -> "Question":
        """The same with an effect that is a product in two, where no column has that very name.

        Unknown names are checked later, where columns are looked up. UsageError for more than two columns.
        """
        if self.effect is None or self.moderator is not None or self.effect in names:
            return self
        if self.effect.endswith("^2"):
            base = self.effect.removesuffix("^2").strip()
            return replace(self, effect=base, moderator=base)
        cuts = [at for at, sign in enumerate(self.effect) if sign == "*"]
        halves = [(self.effect[:at].strip(), self.effect[at + 1 :].strip()) for at in cuts]
        known = [pair for pair in halves if set(pair) <= set(names)]
        if len(cuts) > 1 and not known:
            raise UsageError(
                f"--effect takes one column or two, as 'a*b', not {self.effect!r}.", where=Where(option="--effect"),
                do=(f"--effect '{'*'.join(self.effect.split('*')[:2])}'",),
            )  # fmt: skip
        if not cuts:
            return self
        effect, moderator = (known or halves)[0]
        return replace(self, effect=effect, moderator=moderator)

    def __post_init__(self) -> None:
        if self.adjust is not None and self.effect is None:
            raise UsageError(
                "--adjust says what an effect is adjusted for; name the effect too.",
                where=Where(option="--adjust"), do=(f"--effect COLUMN --adjust {','.join(self.adjust)}",),
            )  # fmt: skip
        if self.moderator is not None and self.effect is None:
            raise UsageError("A column to multiply by needs another: name the effect.", where=Where(option="--effect"))
        for name in (self.effect, self.moderator):
            if name is not None and name in (self.adjust or ()):
                raise UsageError(
                    f'"{name}" is the effect; it cannot be adjusted for itself.', where=Where(option="--adjust")
                )
        _check("--family", self.family, FAMILIES)
        if self.exposure is not None:
            self._check_exposure()
        _check("--errors", self.errors, ERRORS)

    def _check_exposure(self) -> None:
        where = Where(option="--exposure")
        if self.family not in (None, "poisson", "negative_binomial"):
            raise UsageError(f"--exposure is for counts, not for --family {self.family}.", where=where)
        if self.importance:
            raise UsageError("--importance knows no --exposure: its models learn counts, not rates.", where=where)
        if self.exposure in (self.effect, self.moderator, *(self.adjust or ()), *self.jointly):
            raise UsageError(f'"{self.exposure}" is the exposure; its own coefficient is 1 by that.', where=where)

    @property
    def effect_name(self) -> str | None:
        """The name of the effect, or of the product."""
        if self.effect is None or self.moderator is None:
            return self.effect
        return product_name(self.effect, self.moderator)

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """(option, column) of every column that is named."""
        singles = (("--effect", self.effect), ("--effect", self.moderator), ("--exposure", self.exposure))
        effect = tuple((option, name) for option, name in singles if name is not None)
        lists = (("--adjust", self.adjust or ()), ("--jointly", self.jointly))
        return (*effect, *((option, name) for option, names in lists for name in names))


def _check(option: str, given: str | None, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        raise UsageError(
            f"{option} cannot be {given!r}. Known: {', '.join(known)}.", where=Where(option=option),
            nearest=nearest_names(given, known),
        )  # fmt: skip


def product_name(effect: str, moderator: str) -> str:
    """ "age × smoker", "age²" """
    return f"{effect}²" if effect == moderator else f"{effect} × {moderator}"
