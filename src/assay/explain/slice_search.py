"""Search for readable slices: boxes of one or two comparisons in which given quantities are far from zero."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.explain.feature_columns import FeatureColumn
from assay.explain.row_conditions import RowCut, essential, short_threshold

MOST_LEVELS = 12
"""Levels of a column with a cut of their own: the most frequent ones."""
THRESHOLDS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
"""Quantiles at which numbers are cut."""
MOST_CUTS = 96
"""Comparisons that are combined in pairs: the best ones alone, a few of each column at most."""
MOST_ROWS = 10_000
"""On which slices are looked for; of more a sample."""
LARGEST = 0.6
"""Share of the rows above which a box is no slice."""
APART = 0.5
"""Boxes that share more of their rows (Jaccard) than this are one finding."""

SHORTLIST = 300

Cuts = tuple[RowCut, ...]
Merit = Callable[[Bools], float]
"""How good a box is, by its rows."""
_Box = tuple[float, Cuts, Bools]


def best_boxes(
    columns: Sequence[FeatureColumn], targets: Floats, *, fewest: int, most: int, merit: Merit | None = None
) -> tuple[Cuts, ...]:
    """The conditions of the boxes whose targets, (m,) or (m, q) of mean about zero, are farthest from zero.

    A box is as good as its squared t statistics, the two largest of the q together. merit: what the MOST_CUTS best of
    one comparison and SHORTLIST best of two are ranked by in place of that; without it only targets above zero count.
    fewest: rows of a box; most: how many boxes of one comparison, and how many of two. Pairs are searched in full among
    MOST_CUTS cuts, so that a slice needs no effect of either column alone.
    """
    grid = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    cuts = [cut for column in columns for cut in _cuts(column, fewest)]
    if not cuts or not grid.shape[1]:
        return ()
    by_name, one_sided = {column.name: column for column in columns}, merit is None
    masks = np.stack([cut.mask(by_name[cut.column]) for cut in cuts])
    alone = _merit(masks @ grid, masks @ grid**2, masks.sum(axis=1), (fewest, len(grid)), one_sided)
    kept = np.argsort(-alone, kind="stable")[:MOST_CUTS]
    singles: list[_Box] = [(float(alone[at]), (cuts[at],), masks[at]) for at in kept if np.isfinite(alone[at])]
    pairs = _pairs([cuts[at] for at in kept], masks[kept], grid, fewest, one_sided)
    found = (_ranked(boxes, merit) for boxes in (singles, pairs))
    return tuple(dict.fromkeys(cuts for boxes in found for cuts in _apart(boxes, most)))


def _ranked(boxes: "list[_Box]", merit: Merit | None) -> "list[_Box]":
    if merit is None:
        return boxes
    return sorted(((merit(mask), cuts, mask) for _, cuts, mask in boxes), key=lambda box: -box[0])


def sampled_rows(n_rows: int, rng: np.random.Generator) -> Index:
    """The rows to search on: all, or MOST_ROWS of them."""
    if n_rows <= MOST_ROWS:
        return np.arange(n_rows, dtype=np.int64)
    return np.sort(rng.choice(n_rows, size=MOST_ROWS, replace=False))


def _cuts(column: FeatureColumn, fewest: int) -> Iterator[RowCut]:
    """Both sides of every comparison of a column that leaves enough rows on both."""
    name, missing = column.name, column.missing
    known = column.values[~missing]
    if min(missing.sum(), len(known)) >= fewest:
        yield RowCut(column=name, side="missing")
        yield RowCut(column=name, side="known")
    if column.form == "level":
        codes, counts = np.unique(known, return_counts=True)
        for at in np.argsort(-counts, kind="stable")[:MOST_LEVELS]:
            if min(counts[at], len(missing) - counts[at]) >= fewest and int(codes[at]) < len(column.levels):
                yield RowCut(column=name, side="is", value=float(codes[at]))
                yield RowCut(column=name, side="is not", value=float(codes[at]))
        return
    for threshold in _thresholds(column, known):
        above = int((known > threshold).sum())
        if min(above, len(known) - above) >= fewest:
            yield RowCut(column=name, side="above", value=threshold)
            yield RowCut(column=name, side="at most", value=threshold)


def _thresholds(column: FeatureColumn, known: Floats) -> tuple[float, ...]:
    if not len(known):
        return ()
    found = np.unique(np.quantile(known, THRESHOLDS, method="lower"))
    if column.form == "order":
        return tuple(found.tolist())
    return tuple(dict.fromkeys(short_threshold(known, float(one)) for one in found))


def _merit(sums: Floats, squares: Floats, rows: Floats, limits: tuple[int, int], one_sided: bool) -> Floats:
    """Of boxes (..., q): the two largest squared t statistics together; -inf of boxes that are too small or large."""
    fewest, n_rows = limits
    t = np.divide(sums, np.sqrt(squares), out=np.zeros_like(sums), where=squares > 0)
    size = np.maximum(t, 0.0) ** 2 if one_sided else t**2
    best = np.sort(size, axis=-1)[..., -2:].sum(axis=-1)
    return np.where((rows >= fewest) & (rows <= LARGEST * n_rows), best, -np.inf)


def _pairs(cuts: Sequence[RowCut], masks: Bools, grid: Floats, fewest: int, one_sided: bool) -> list[_Box]:
    """The best boxes of two cuts; masks: (c, m)."""
    inside = masks.astype(np.float64)
    rows = inside @ inside.T
    sums = np.stack([(inside * target) @ inside.T for target in grid.T], axis=-1)
    squares = np.stack([(inside * target**2) @ inside.T for target in grid.T], axis=-1)
    merit = _merit(sums, squares, rows, (fewest, grid.shape[0]), one_sided)
    merit[np.tril_indices(len(cuts))] = -np.inf
    best = np.argsort(-merit, axis=None, kind="stable")[:SHORTLIST]
    found = list[_Box]()
    for place in best:
        a, b = np.unravel_index(place, merit.shape)
        both = essential((cuts[a], cuts[b]))
        if np.isfinite(merit[a, b]) and len(both) == 2:
            found.append((float(merit[a, b]), both, masks[a] & masks[b]))
    return found


def _apart(found: Sequence[_Box], most: int) -> tuple[Cuts, ...]:
    """The best, without those that are nearly the rows of a better one."""
    kept = list[tuple[Cuts, Bools]]()
    for _, cuts, mask in found:
        if len(kept) == most:
            break
        if all((mask & other).sum() <= APART * (mask | other).sum() for _, other in kept):
            kept.append((cuts, mask))
    return tuple(cuts for cuts, _ in kept)
