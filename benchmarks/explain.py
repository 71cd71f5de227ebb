"""Does `explain` find what was planted, say nothing where nothing was, and do importance intervals cover zero?

    python benchmarks/explain.py --part planted|slices|labels [--first 0] [--rows 3000]
    python benchmarks/explain.py --part importance

planted is slices, then labels: eight tables of 3,000 rows each with a slice in which another law holds (a level, a
tail, a level with half of a column, a quarter of two columns; classes and numbers in turns), and the same eight
without; eight tables of high signal with 5 % of the labels flipped, four of moderate signal, four of numbers with 5 %
swapped, and sixteen clean ones. A slice counts as found where half of its rows, and of the rows found, are the same
(Jaccard 0.5) and it is called correctable. importance: 20 tables with 10 columns of noise each, of which the interval
should cover zero.
"""

import warnings
from typing import Any

import numpy as np

from explain_tables import LAWS, classes, out_of_fold, planted, slice_of
from outcome import Check, Outcome, all_of, at_least, parser, save

WRONG = 0.05
HIGH, MODERATE, LOW = 6.0, 3.0, 1.5
"""Standard deviation of the logits: with 6 nine rows of ten are nearly certain."""


def find_slices(number: int, *, rows: int, with_slice: bool, first: int) -> dict[str, Any]:
    """One table of classes or numbers; the better of two models is what is looked at."""
    from assay.explain.error_slices import error_slices
    from assay.explain.row_losses import row_losses, row_residuals

    rng, is_class = np.random.default_rng([first, number, with_slice]), number % 2 == 0
    made = planted(rng, rows=rows, law=number // 2)
    inside = slice_of(made, number // 2) if with_slice else np.zeros(rows, dtype=bool)
    other = -made.X[:, 0] + made.X[:, 1] + 0.4
    score = np.where(inside, other, made.score) * 1.5
    y = classes(rng, 1.5 * score) if is_class else score + rng.normal(size=rows)
    models = out_of_fold(made.X, y, seed=number, is_class=is_class)
    best = min(models, key=lambda each: float(row_losses(each, y).mean()))
    found = error_slices(
        row_losses(best, y), made.columns, residuals=row_residuals(best, y), predictions=best, seed=number
    )
    shared = [float((one.mask & inside).sum() / (one.mask | inside).sum()) for one in found if one.correctable]
    return {
        "table": number, "planted": with_slice, "classes": is_class, "rows_inside": int(inside.sum()),
        "found": [[one.condition, one.rows, one.correctable, one.is_worse, one.worth] for one in found],
        "jaccard": max(shared, default=0.0), "named": len(shared), "worse": sum(one.is_worse for one in found),
    }  # fmt: skip


def find_labels(number: int, *, rows: int, size: float, wrong: float, is_class: bool, first: int) -> dict[str, Any]:
    """One table; size: of the law, of classes in logits, of numbers in standard deviations of heavy-tailed noise."""
    from assay.explain.label_noise import suspect_labels

    rng = np.random.default_rng([first, number, int(10 * size), int(100 * wrong), is_class])
    made = planted(rng, rows=rows, law=number)
    y = classes(rng, size * made.score) if is_class else size * made.score + rng.standard_t(4, rows)
    bad = rng.random(rows) < wrong
    given = np.where(bad, 1 - y if is_class else rng.permutation(y), y)
    models = out_of_fold(made.X, given, seed=number, is_class=is_class)
    found = suspect_labels(models, given, is_class=is_class, columns=made.columns, seed=number)
    hits = sum(bool(bad[one.row]) for one in found.rows)
    return {
        "table": number, "size": size, "wrong": wrong, "classes": is_class, "visible": found.is_visible,
        "share": found.share, "low": found.low, "high": found.high, "p": found.p, "rows": len(found.rows),
        "precision": hits / len(found.rows) if found.rows else None, "recall": hits / max(int(bad.sum()), 1),
    }  # fmt: skip


def play_slices(*, rows: int, first: int) -> tuple[tuple[Check, ...], list[dict[str, Any]]]:
    """Eight tables with a slice of another law, and eight without."""
    lines = []
    for with_slice in (True, False):
        for number in range(8):
            lines.append(find_slices(number, rows=rows, with_slice=with_slice, first=first))
            print(lines[-1], flush=True)
    clean = [line for line in lines if not line["planted"]]
    return (
        at_least("planted slices named", sum(line["jaccard"] >= 0.5 for line in lines if line["planted"]), 7, "of 8"),
        all_of("clean tables without a correctable slice", [str(x["table"]) for x in clean if x["named"]], len(clean)),
    ), lines


def play_labels(*, rows: int, first: int) -> tuple[tuple[Check, ...], list[dict[str, Any]]]:
    """Tables with wrong labels of high and of moderate signal, numbers with wrong values, and clean ones."""
    plan = [(HIGH, WRONG, True, 8), (MODERATE, WRONG, True, LAWS), (4.0, WRONG, False, LAWS)]
    plan += [(size, 0.0, True, LAWS) for size in (HIGH, MODERATE, LOW)] + [(4.0, 0.0, False, LAWS)]
    lines = []
    for size, wrong, is_class, count in plan:
        for number in range(count):
            lines.append(find_labels(number, rows=rows, size=size, wrong=wrong, is_class=is_class, first=first))
            print(lines[-1], flush=True)
    wrong_ones = [line for line in lines if line["wrong"]]
    high = [line for line in wrong_ones if line["classes"] and line["size"] == HIGH]
    moderate = [line for line in wrong_ones if line["classes"] and line["size"] == MODERATE]
    numbers = [line for line in wrong_ones if not line["classes"]]
    shown = [line for line in wrong_ones if line["visible"]]
    clean = [line for line in lines if not line["wrong"]]
    return (
        at_least("5 % flipped, high signal: visible", sum(line["visible"] for line in high), 7, "of 8"),
        _seen("5 % flipped, moderate signal: visible", moderate),
        _seen("5 % of numbers swapped: visible", numbers),
        at_least("of rows called mislabelled, wrong", np.mean([x["precision"] for x in shown] or [np.nan]), 0.8, ""),
        at_least("of wrong rows, called mislabelled", np.mean([x["recall"] for x in shown] or [np.nan]), 0.0, ""),
        all_of("intervals that hold the share of wrong labels",
               [f"{x['table']}/{x['size']}" for x in shown if not x["low"] <= WRONG <= x["high"]], len(shown)),
        all_of("clean labels: nothing said", [f"{x['table']}/{x['size']}" for x in clean if x["visible"]], len(clean)),
    ), lines  # fmt: skip


def _seen(what: str, lines: list[dict[str, Any]]) -> Check:
    return Check(what=what, asked="measured", measured=f"{sum(line['visible'] for line in lines)} of {len(lines)}")


def play_importance(*, tables: int = 20, noise: int = 10, rows: int = 1500) -> tuple[Check, list[dict[str, Any]]]:
    """Of columns without use, how often the interval of permutation importance covers zero, or lies below it."""
    from lightgbm import LGBMClassifier
    from sklearn.model_selection import KFold

    from assay.core.problem.binary import Binary
    from assay.evidence.evaluation_rows import Rows
    from assay.evidence.permutation_importance import permutation_importance
    from assay.metrics.choose_metric import find

    metric, lines = find("roc_auc", Binary()), []
    for number in range(tables):
        rng = np.random.default_rng([77, number])
        X = rng.normal(size=(rows, 5 + noise))
        y = classes(rng, X[:, 0] - X[:, 1] + X[:, 2] * X[:, 3])
        base, moved, folds = np.zeros(rows), np.zeros((5 + noise, rows)), np.zeros(rows, dtype=np.int64)
        for fold, (train, test) in enumerate(KFold(5, shuffle=True, random_state=number).split(X)):
            model = LGBMClassifier(n_estimators=100, learning_rate=0.05, num_leaves=15, verbose=-1, n_jobs=1)
            model.fit(X[train], y[train])
            folds[test], base[test] = fold, model.predict_proba(X[test])[:, 1]
            for column in range(5 + noise):
                grid = X[test].copy()
                grid[:, column] = rng.permutation(grid[:, column])
                moved[column, test] = model.predict_proba(grid)[:, 1]
        known = Rows(y=y, problem=Binary(), folds=folds)
        for column in range(5 + noise):
            loss, low, high = permutation_importance(metric, known, base, [moved[column]])
            lines.append({"table": number, "column": column, "noise": column >= 5, "loss": loss, "low": low,
                          "high": high})  # fmt: skip
    idle = [line for line in lines if line["noise"]]
    covered = float(np.mean([line["low"] <= 0.0 <= line["high"] for line in idle]))
    above = float(np.mean([line["low"] > 0.0 for line in idle]))
    print(f"noise columns: {covered:.3f} cover zero, {above:.3f} wholly above it, of {len(idle)}", flush=True)
    return at_least("noise columns whose interval covers zero", covered, 0.9, "", digits=3), lines


def main() -> None:
    """Run one part, or both."""
    made = parser(__doc__)
    made.add_argument("--part", choices=["slices", "labels", "planted", "importance", "all"], default="all")
    made.add_argument("--rows", type=int, default=3000)
    made.add_argument("--first", type=int, default=0, help="another number, other tables")
    asked = made.parse_args()
    warnings.filterwarnings("ignore")
    checks, details = list[Check](), {}
    for part, play in (("slices", play_slices), ("labels", play_labels)):
        if asked.part in (part, "planted", "all"):
            found, details[part] = play(rows=asked.rows, first=asked.first)
            checks += found
    if asked.part in ("importance", "all"):
        check, details["importance"] = play_importance()
        checks.append(check)
    save(Outcome(name="explain", title="What explain says", checks=tuple(checks), details=details), asked.out)


if __name__ == "__main__":
    main()
