"""Whether `assay infer` says what it should: published figures, closed forms, and tables whose truth is known.

    python benchmarks/infer.py [--sets 1000] [--jobs 2] [--out benchmarks/results]

Coverage and sizes are those of the interval and p that are printed for a named effect, with the law and the kind of
error that Assay chooses by itself.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tables are small: more threads only wait for each other

import numpy as np

import infer_worlds as worlds
from infer_figures import figures
from outcome import Check, Outcome, all_of, parser, save

RESULTS = Path(__file__).parent / "results"
LOW, HIGH, SMALL = 0.038, 0.063, 0.063


@dataclass(frozen=True, slots=True)
class Cell:
    """One world and family at some sizes; effect: the truth when coverage is asked."""

    name: str
    make: worlds.Maker
    family: str
    effect: float
    sizes: tuple[int, ...]


CELLS = (
    Cell("number, equal spread", worlds.number, "gaussian", 0.2, (50, 1000)),
    Cell("number, unequal spread", worlds.uneven, "gaussian", 0.2, (100, 1000)),
    Cell("two classes", worlds.binary, "binomial", 0.3, (150, 1000)),
    Cell("three classes", worlds.several, "multinomial", 0.3, (150, 1000)),
    Cell("a rating", worlds.rated, "ordered", 0.3, (150, 1000)),
    Cell("counts", worlds.counted, "counts", 0.2, (100, 1000)),
    Cell("counts that clump", worlds.clumped, "counts", 0.2, (200, 1000)),
    Cell("costs", worlds.positive, "gamma", 0.2, (100, 1000)),
    Cell("100 groups", worlds.grouped(100), "gaussian", 0.2, (1000,)),
    Cell("12 groups", worlds.grouped(12), "gaussian", 0.2, (240,)),
    Cell("a rating, 100 groups", worlds.rated_by(100), "ordered", 0.0, (1000,)),
    Cell("a rating, 12 groups", worlds.rated_by(12), "ordered", 0.0, (240,)),
)
RARE, RARE_ROWS = (1, 2, 3, 5, 10), 300
"""Rows of a level, and of its table."""
JOINT = ((60, 6), (300, 20))
"""(rows, columns of noise) with fewer than ten rows of the rarer class a column: penalised fits."""


def one_set(cell: int, n: int, effect: float, number: int) -> tuple[bool, float]:
    """One table, by its own seed."""
    seed = [cell, n, round(1000 * effect), number]
    return worlds.asked(CELLS[cell].make(np.random.default_rng(seed), n, effect), CELLS[cell].family)


def one_joint(n: int, k: int, number: int) -> tuple[float, float]:
    """p of a column and of the whole model."""
    return worlds.joint_p(np.random.default_rng([78, n, number]), n, k)


def one_noise(family: str, number: int) -> tuple[bool, bool]:
    """200 columns of noise, 1,000 rows."""
    return worlds.noise_claims(np.random.default_rng([77, number, len(family)]), 1000, 200, family)


def one_steps(n: int, number: int) -> float:
    """p that one number does not serve all levels of a rating, where it does."""
    return worlds.steps_p(np.random.default_rng([80, n, number]), n)


Mapper = Callable[[Callable[[int], Any], range], list[Any]]


def one_rare(k: int, number: int) -> float:
    """p of a level of k rows that has no effect."""
    rng = np.random.default_rng([79, k, number])
    return worlds.asked(worlds.rare(k)(rng, RARE_ROWS, 0.0), "gaussian")[1]


def one_product(family: str, number: int) -> tuple[bool, bool]:
    """Of 300 rows, by its own seed."""
    return worlds.asked_of_product(np.random.default_rng([81, number, len(family)]), 300, family)


def coverage(cell: int, n: int, sets: int, over: Mapper) -> float:
    """Share of sets whose interval holds the truth."""
    found = over(partial(one_set, cell, n, CELLS[cell].effect), range(sets))
    return float(np.mean([covers for covers, _ in found]))


def size(cell: int, n: int, sets: int, over: Mapper) -> float:
    """P(p ≤ 0.05) where there is no effect."""
    return float(np.mean([p <= 0.05 for _, p in over(partial(one_set, cell, n, 0.0), range(sets))]))


def measured(sets: int, over: Mapper) -> dict[str, Any]:
    """Everything that is simulated. P is over twice as many sets as coverage."""
    covered, sizes = dict[str, float](), dict[str, float]()
    for number, cell in enumerate(CELLS):
        for n in reversed(cell.sizes):
            sizes[f"{cell.name}, {n:,} rows"] = size(number, n, 2 * sets, over)
        covered[cell.name] = coverage(number, cell.sizes[-1], sets, over)
        print(cell.name, covered[cell.name], [sizes[f"{cell.name}, {n:,} rows"] for n in cell.sizes], flush=True)
    for family, name in (("gaussian", "unequal spread"), ("ordered", "a rating")):
        held = np.mean(np.array(over(partial(one_product, family), range(sets))), axis=0)
        covered |= {f"{what}, {name}, 300 rows": float(share)
                    for what, share in zip(("a product", "a slope beside one"), held, strict=True)}  # fmt: skip
        print("products", name, held, flush=True)
    for k in RARE:
        what = f"a level of {k} of {RARE_ROWS} rows"
        sizes[what] = float(np.mean(np.array(over(partial(one_rare, k), range(2 * sets))) <= 0.05))
        print(what, sizes[what], flush=True)
    what = "Brant's test of a rating, 1,000 rows"
    sizes[what] = float(np.mean(np.array(over(partial(one_steps, 1000), range(2 * sets))) <= 0.05))
    print(what, sizes[what], flush=True)
    joint = dict[str, float]()
    for n, k in JOINT:
        small = np.mean(np.array(over(partial(one_joint, n, k), range(2 * sets))) <= 0.05, axis=0)
        joint |= {f"{what}, {k} noise columns, {n} rows": float(share)
                  for what, share in zip(("a column", "the whole model"), small, strict=True)}  # fmt: skip
    print(joint, flush=True)
    claims = {}
    for family in ("gaussian", "binomial"):
        found = over(partial(one_noise, family), range(200))
        claims[family] = {"Holm": sum(holm for holm, _ in found), "p 5 %": sum(plain for _, plain in found)}
    return {"sets": sets, "coverage": covered, "size": sizes, "joint": joint, "noise": claims}


def checks(found: dict[str, Any], published: list[Any]) -> tuple[Check, ...]:
    """Promises of the issue: published figures, coverage, size, noise."""
    wrong = [figure.name for figure in published if not figure.holds]
    made = [all_of("published figures and closed forms", wrong, len(published))]
    made += [
        _between(f"95 % interval covers: {name}", share, 0.93, 0.97) for name, share in found["coverage"].items()
    ]  # fmt: skip
    for name, share in found["size"].items():
        large = name.endswith("1,000 rows")
        made.append(_between(f"P(p ≤ 0.05), no effect: {name}", share, LOW if large else 0.0, HIGH if large else SMALL))
    made += [
        _between(f"joint P(p ≤ 0.05), penalised: {name}", share, 0.0, SMALL) for name, share in found["joint"].items()
    ]
    for family, claims in found["noise"].items():
        made.append(Check(
            what=f"200 noise columns, runs of 200 that claim ({family})", asked="≤ 16", holds=claims["Holm"] <= 16,
            measured=f"{claims['Holm']} (uncorrected {claims['p 5 %']})",
        ))  # fmt: skip
    return tuple(made)


def _between(what: str, value: float, low: float, high: float) -> Check:
    asked = f"{100 * low:g} to {100 * high:g} %" if low else f"≤ {100 * high:g} %"
    return Check(what=what, asked=asked, measured=f"{100 * value:.2f} %", holds=low <= value <= high)


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--sets", type=int, default=1000, help="tables a coverage (twice as many a size)")
    arguments.add_argument("--jobs", type=int, default=2)
    args = arguments.parse_args()
    published = figures()
    with get_context("spawn").Pool(args.jobs) as pool:
        found = measured(args.sets, lambda task, numbers: pool.map(task, numbers, chunksize=50))
    details = {**found, "figures": [
        {"name": one.name, "source": one.source, "off": float(f"{one.off:.2g}"), "asked": one.tolerance}
        for one in published
    ]}  # fmt: skip
    outcome = Outcome(
        name="infer", title="Inference", checks=checks(found, published), details=details,
        method=f"`assay infer` against Stata, R, NIST and closed forms; {args.sets:,} simulated tables a coverage, "
        f"{2 * args.sets:,} a size.",
    )  # fmt: skip
    for folder in {args.out.resolve(), RESULTS.resolve()}:
        save(outcome, folder)


if __name__ == "__main__":
    main()
