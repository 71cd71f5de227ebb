"""Interaction and quadratic terms: products of two columns, and the values at which the moderator is held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Bools, Floats
from assay.core.errors import TaskError, Where
from assay.core.figure import decimals_for, number_text
from assay.infer.design_matrix import DesignMatrix, redundant_columns, refuse_many
from assay.infer.inference_question import FamilyName, product_name
from assay.infer.term import YEAR, ModelTerm

_SIDES = ("one standard deviation below its mean", "its mean", "one standard deviation above its mean")
_ENDS = ("the least", "the greatest")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ProductTerms:
    """The columns multiplied, the effect first, twice the same for a square, and where their terms lie in a design.

    centres: (1 + k,) what each term lost before it was multiplied: a number its mean, so that the coefficient of either
    column is that at the mean of the other; a level nothing, so that it is that at the other's baseline. pairs: the
    positions of the two terms of each product, `first` the position of the first product. held: of what the other
    column can be held at.
    """

    effect: str
    moderator: str
    centres: Floats
    pairs: tuple[tuple[int, int], ...]
    first: int
    held: tuple["ModeratorValue", ...]

    @property
    def column(self) -> str:
        return product_name(self.effect, self.moderator)

    @property
    def is_square(self) -> bool:
        return self.effect == self.moderator


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModeratorValue:
    """A place of the moderator. text: in words; value: of a number, None for a level; centres: (1 + k,) that put the
    effect's own coefficients there; missing: terms of the effect that no row has together with it."""

    text: str
    value: float | None
    centres: Floats
    missing: frozenset[int] = frozenset()


def with_product_terms(
    design: DesignMatrix, effect: str, moderator: str, *, weight: Floats | None, source: str
) -> tuple[DesignMatrix, ProductTerms]:
    """The design with the products of all terms of both columns behind its own.

    weight: (n,), by which means and standard deviations count. Products that no row has, or that other columns add up
    to, are left out and said; TaskError where none is left, or where rows are too few.
    """
    name = product_name(effect, moderator)
    first, second = (design.of([column]).tolist() for column in (effect, moderator))
    if not second:
        raise _refused(name, f"nothing is left of {moderator} in the model", source, moderator)
    square = effect == moderator
    if square and design.terms[first[0] - 1].level:
        raise _refused(name, f"{effect} is no number, so that it has no square", source, effect)
    refuse_many(len(design.terms) + len(first) * len(second), source)
    centres = _centres(design, (*first, *second), weight)
    pairs = [(a, b) for a in first for b in second]
    columns = np.column_stack([_times(design.x, centres, pair) for pair in pairs])
    x = np.hstack([design.x, columns])
    width = design.x.shape[1]
    lost = redundant_columns(x, [True] * (width - 1) + [False] * len(pairs))[width - 1 :]
    terms = [_term(design, pair, name) for pair in pairs]
    kept = [pair for pair, gone in zip(pairs, lost, strict=True) if not gone]
    if not kept:
        raise _refused(name, "nothing is left of it that the other columns do not add up to", source, effect)
    if len(x) < width + len(kept) + 1:
        raise TaskError(
            f"{source}: {len(x):,} complete rows cannot tell {width + len(kept)} coefficients.",
            where=Where(file=source), do=("--adjust FEWER,COLUMNS", "add rows"),
        )  # fmt: skip
    said = tuple(f"{term.name} left out: {_why(x[:, width + place])}"
                 for place, term in enumerate(terms) if lost[place])  # fmt: skip
    x = x[:, np.concatenate([np.ones(width, dtype=bool), ~lost])]
    places = _places(design, moderator, centres, weight)
    given = {effect: _given(design, moderator, weight), moderator: _given(design, effect, weight)}
    if square:
        given = {effect: given[effect].removeprefix(f"with {effect} ")}
    own = [replace(term, given=given.get(term.column, "")) for term in design.terms]
    kept_terms = [term for term, gone in zip(terms, lost, strict=True) if not gone]
    out = DesignMatrix.of_x(x, (*own, *kept_terms), rows=design.rows, left_out=(*design.left_out, *said))
    held = tuple(replace(one, missing=_missing(one, centres, pairs, lost)) for one in places)
    return out, ProductTerms(
        effect=effect, moderator=moderator, centres=centres, pairs=tuple(kept), first=width, held=held
    )


def recentred(design: DesignMatrix, product: ProductTerms, centres: Floats) -> tuple[DesignMatrix, Floats]:
    """(the same model with its products made of other centres, (1 + k, 1 + k) that takes its z to the new one).

    What the effect's own coefficients say is then said of rows whose moderator lies at its centre.
    """
    x, width = design.x.copy(), product.first
    turn = np.eye(x.shape[1])
    old, new = design.x.std(axis=0), np.ones(x.shape[1])
    moved = product.centres - centres
    for place, (a, b) in enumerate(product.pairs, start=width):
        x[:, place] = _times(x, centres, (a, b))
        new[place] = x[:, place].std()
        turn[place, place] = old[place] / new[place]
        turn[a, place] += moved[b] * old[a] / new[place]
        turn[b, place] += moved[a] * old[b] / new[place]
    return DesignMatrix.of_x(x, design.terms, rows=design.rows, left_out=design.left_out), turn


def product_notes(product: ProductTerms, design: DesignMatrix, family: FamilyName) -> list[str]:
    """Notes on main effects beside a product, and on the scale of the interaction."""
    names = dict.fromkeys(design.terms[j - 1].column for pair in product.pairs for j in pair
                          if not design.terms[j - 1].level)  # fmt: skip
    notes = []
    if product.is_square:
        notes.append(
            f"{product.effect} counts from its mean in {product.column}: its own coefficient is the slope there"
        )
    elif names:
        verb = "counts" if len(names) == 1 else "count"
        notes.append(
            f"{' and '.join(names)} {verb} from the mean in {product.column}: the coefficient of either column is that "
            "with the other at its mean, or at the level it is held against; that of the product is the same either way"
        )
    if family != "gaussian" and not product.is_square:
        same = "odds ratios" if family in ("binomial", "multinomial", "ordered") else "factors"
        what = "differences of probability" if same == "odds ratios" else "differences"
        notes.append(f"whether effects differ is told on the scale of {same}: equal {same} are unequal {what}, and the "
                     "other way round")  # fmt: skip
    return notes


def _refused(name: str, why: str, source: str, column: str) -> TaskError:
    return TaskError(f"{source}: {name} cannot be estimated: {why}.", where=Where(file=source, column=column),
                     do=("--effect COLUMN", "--effect 'COLUMN*OTHER'"))  # fmt: skip


def _times(x: Floats, centres: Floats, pair: tuple[int, int]) -> Floats:
    a, b = pair
    return np.asarray((x[:, a] - centres[a]) * (x[:, b] - centres[b]))


def _centres(design: DesignMatrix, at: Sequence[int], weight: Floats | None) -> Floats:
    out = np.zeros(design.x.shape[1])
    for j in at:
        if not design.terms[j - 1].level:
            out[j] = np.average(design.x[:, j], weights=weight)
    return out


def _term(design: DesignMatrix, pair: tuple[int, int], name: str) -> ModelTerm:
    one, other = (design.terms[j - 1] for j in pair)
    return ModelTerm(column=name, per=one.per * other.per, parts=(one, other))


def _why(column: Floats) -> str:
    return "no row has both" if not column.any() else "other columns add up to it"


def _given(design: DesignMatrix, column: str, weight: Floats | None) -> str:
    at = design.of([column])
    term = design.terms[at[0] - 1]
    if term.level:
        return f"for {column} = {term.against}"
    x = design.x[:, at[0]]
    return f"with {column} at its mean, {_value(term, float(np.average(x, weights=weight)), float(x.std()))}"


def _places(design: DesignMatrix, column: str, centres: Floats, weight: Floats | None) -> tuple[ModeratorValue, ...]:
    """Of a number its mean and one standard deviation to each side, not beyond what there is; of a category each level.

    A number of two values is held at these.
    """
    at = design.of([column]).tolist()
    term = design.terms[at[0] - 1]
    if term.level:
        held: list[tuple[str, float | None, dict[int, float]]] = [
            (f"{column} = {term.against}", None, dict.fromkeys(at, 0.0))
        ]
        held += [(f"{column} = {design.terms[j - 1].level}", None, {i: float(i == j) for i in at}) for j in at]
    else:
        x = design.x[:, at[0]]
        held = [(f"{column} at {_value(term, value, float(x.std()))} ({words})", value, {at[0]: value})
                for value, words in _numbers(x, weight)]  # fmt: skip
    return tuple(
        ModeratorValue(text=text, value=value, centres=_replaced(centres, where)) for text, value, where in held
    )


def _replaced(centres: Floats, where: dict[int, float]) -> Floats:
    out = centres.copy()
    for j, value in where.items():
        out[j] = value
    return out


def _numbers(x: Floats, weight: Floats | None) -> list[tuple[float, str]]:
    least, greatest = float(x.min()), float(x.max())
    if np.isin(x, (least, greatest)).all():
        return [(least, _ENDS[0]), (greatest, _ENDS[1])]
    mean = float(np.average(x, weights=weight))
    spread = float(np.sqrt(np.average((x - mean) ** 2, weights=weight)))
    low = (least, f"{_ENDS[0]}, nearer than one standard deviation to its mean")
    high = (greatest, f"{_ENDS[1]}, nearer than one standard deviation to its mean")
    return [(mean - spread, _SIDES[0]) if mean - spread >= least else low, (mean, _SIDES[1]),
            (mean + spread, _SIDES[2]) if mean + spread <= greatest else high]  # fmt: skip


def _value(term: ModelTerm, value: float, spread: float) -> str:
    """A number of the column as people read it: a date, a time of day, or with the digits its spread earns."""
    if term.unit == "year":
        return str(np.datetime64(round(value * YEAR), "D"))
    if term.unit == "hour":
        return f"{int(value) % 24:02d}:{int(value * 60) % 60:02d}"
    return number_text(value, decimals_for(spread, at_least=0) + 1)


def _missing(held: ModeratorValue, centres: Floats, pairs: Sequence[tuple[int, int]], lost: Bools) -> frozenset[int]:
    """Terms of the effect whose product with where the moderator now lies was left out."""
    return frozenset(
        a for (a, b), gone in zip(pairs, lost, strict=True) if gone and held.centres[b] != centres[b]
    )  # fmt: skip
