"""What flat trees take: to be read off a library's model after the fit, on disk, and to answer many rows.

    python benchmarks/flat_trees.py [--rows 500 5000 50000] [--repeats 3]

Made tables of numbers and categories, two classes, one thread, processor seconds, the least of the repeats. Reading is
what a fit takes beyond the training of the library's own model. Answers are those of the LightGBM model of most rows.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.array import Singles
from assay.core.block.columns import CodeBlock
from assay.core.clock import Limits
from assay.core.seed import Seeds
from assay.models._boosting import matrix
from assay.models.bitsliced_trees import BitslicedTrees
from assay.models.catboost import CatBoost
from assay.models.flat_boosted import FlatBoosted
from assay.models.joint_trees import JointTrees
from assay.models.lightgbm import LightGBM
from assay.models.xgboost import XGBoost
from assay.pipeline.states import write_states
from assay.testing.memory_view import MemoryView
from assay.testing.models import small_view
from outcome import Check, Outcome, parser, save

ROUNDS = 200
LEVELLED_ROWS, LEVELS = 30_000, 3_000
ANSWERED = (32, 100, 1_000, 10_000, 100_000)
FAMILIES: tuple[LightGBM | XGBoost | CatBoost, ...] = (LightGBM(leaves=50), XGBoost(), CatBoost())


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A fit of ROUNDS rounds; bytes: of the library's own file, and as stored."""

    family: str
    table: str
    training: float
    reading: float
    library_bytes: int
    stored_bytes: int


def least(act: Callable[[], object], repeats: int) -> float:
    """Processor seconds."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        act()
        found.append(time.process_time() - start)
    return min(found)


def many_levels(n: int, levels: int) -> MemoryView:
    """A fold of n rows with three categories of so many levels."""
    view, rng = small_view("binary", n=n), np.random.default_rng(0)
    codes = CodeBlock(rng.integers(0, levels, (n, 3)).astype(np.int32), ("one", "two", "three"), (levels,) * 3)
    return MemoryView.of(view.rows.with_blocks(codes=codes), view.values)


def read(
    family: LightGBM | XGBoost | CatBoost, view: MemoryView, table: str, repeats: int
) -> tuple[Read, FlatBoosted, Any]:
    """What a fit takes, its model, and the library's own."""
    wishes = {"limits": Limits(), "seeds": Seeds(0), "rounds": ROUNDS}
    training = least(lambda: family.trained(view, **wishes), repeats)  # type: ignore[arg-type]
    whole = least(lambda: family.fit(view, **wishes), repeats)  # type: ignore[arg-type]
    model, (own, _) = family.fit(view, **wishes), family.trained(view, **wishes)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "own.ubj"
        own.save_model(str(place))
        stored = write_states(Path(folder) / "x.state", [model.state()])
        size = place.stat().st_size
    done = Read(
        family=model.library.name, table=table, training=training, reading=max(0.0, whole - training),
        library_bytes=size,
        stored_bytes=stored,
    )  # fmt: skip
    return done, model, own


def answering(model: FlatBoosted, own: Any, X: Singles, repeats: int) -> dict[str, float]:
    """Nanoseconds a row and tree."""
    joint, sliced = JointTrees.of([model.trees]), BitslicedTrees.of([model.trees])
    ways = {
        "bit-sliced": lambda: sliced.sums(X), "joint walk": lambda: joint.sums(X),
        "LightGBM": lambda: own.predict(X, num_threads=1, raw_score=True),
    }  # fmt: skip
    return {name: 1e9 * least(act, repeats) / len(X) / ROUNDS for name, act in ways.items()}


def checks(done: Sequence[Read], answers: dict[int, dict[str, float]]) -> tuple[Check, ...]:
    """A line a fit, then one a number of rows."""
    fits = (
        Check(
            what=f"{one.family}, {one.table}: training, reading; bytes of the library, stored", asked="–",
            measured=f"{one.training:.2f} s, {one.reading:.3f} s; {one.library_bytes:,}, {one.stored_bytes:,}",
        )
        for one in done
    )  # fmt: skip
    rows = (
        Check(
            what=f"{n:,} rows, ns a row and tree: {', '.join(found)}", asked="–",
            measured=", ".join(f"{value:.1f}" for value in found.values()),
        )
        for n, found in answers.items()
    )  # fmt: skip
    return (*fits, *rows)


def main() -> None:
    """Measure and save."""
    made = parser(__doc__)
    made.add_argument("--rows", nargs="*", type=int, default=[500, 5_000, 50_000])
    made.add_argument("--repeats", type=int, default=3)
    args = made.parse_args()
    found = [
        read(family, small_view("binary", n=n), f"{n:,} rows", args.repeats)
        for n in sorted(args.rows, reverse=True)
        for family in FAMILIES
    ]
    _, model, own = found[0]
    wide = many_levels(LEVELLED_ROWS, LEVELS)
    found.append(read(CatBoost(), wide, f"{LEVELLED_ROWS:,} rows, three categories of {LEVELS:,} levels", args.repeats))
    X = matrix(small_view("binary", n=2 * max(ANSWERED)).table("train"))
    answers = {n: answering(model, own, X[:n], args.repeats) for n in ANSWERED}
    done = [one for one, _, _ in found]
    details = {"fits": [asdict(one) for one in done], "answers": answers}
    method = f"Made tables, two classes, {ROUNDS} rounds, one thread, processor time, the least of {args.repeats}."
    save(
        Outcome(name="flat_trees", title="Flat trees", checks=checks(done, answers), details=details, method=method),
        args.out,
    )


if __name__ == "__main__":
    main()
