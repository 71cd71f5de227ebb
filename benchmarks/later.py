"""What is promised of later rows, and what comes: series whose law is known, cut at a moment that the search ends at.

    python benchmarks/later.py [--series 60] [--calm 24] [--jobs 2] [--write docs/explanation/trust.md]
    python benchmarks/later.py --part ordered [--data DATA] [--tables NAME …] [--seeds 0 1 2] [--seconds 60]

Each series (later_tables.py) is learned from up to a moment with --order-by, by cheap families. Its promise is held
against the score on the stretch that comes next, as long as the promise says, and its model against LightGBM with its
default settings, which has the same columns, the date as a day's number. A series whose stretches tell nothing of the
next, or whose models answer worse the further ahead rows are, has no promise, and is left out of what promises hold.

--part ordered: tables whose rows lie in the order of a date, asked without an option (later_ordered.py).
"""

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

import later_ordered
from assay.core.contract import Metric
from assay.core.figure import Z95
from assay.core.problem import registry as problems
from later_tables import KINDS, PROBLEMS, Series, series
from outcome import Check, Outcome, at_least, at_most, load, parser, save

NAME = "later"
MARKS = ("<!-- later -->", "<!-- end later -->")
FAMILIES = frozenset({"constant", "rule", "linear", "lightgbm", "extra_trees"})
"""What is searched: enough to blend lines with trees, and some seconds a series."""
CALM = "nothing"
MOST_WIDTH = 1.6
"""Of the interval by one that knows what is to come: five blocks cannot tell nothing from a little."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One series: the promise, what came in the next stretch and in a quarter of the table, for the model and for
    LightGBM; oracle: width of the interval of who knows the model's mean score on all that is to come."""

    kind: str
    problem: str
    seed: int
    metric: str
    higher_is_better: bool
    n: int
    value: float | None
    low: float | None
    high: float | None
    ahead: int
    came: float
    quarter: float
    rival: float
    oracle: float
    plain: float
    blocks: tuple[float, ...]
    apart: float
    members: str

    @property
    def is_promised(self) -> bool:
        return self.value is not None

    @property
    def covers(self) -> bool:
        return self._holds(self.came)

    @property
    def covers_quarter(self) -> bool:
        return self._holds(self.quarter)

    def _holds(self, score: float) -> bool:
        return self.low is not None and self.high is not None and self.low <= score <= self.high

    @property
    def width(self) -> float:
        return float("nan") if self.low is None or self.high is None else self.high - self.low

    @property
    def is_no_worse(self) -> bool:
        """Not worse than LightGBM over all that came."""
        gain = self.plain - self.rival
        return gain >= 0 if self.higher_is_better else gain <= 0


def look(kind: str, problem: str, seed: int, experiments: int) -> Seen:
    """Learn from a series up to its moment, and see what comes."""
    from assay.core.clock import Budget
    from assay.data.options import TaskOptions
    from assay.lab.fit import fit
    from assay.lab.lab import Lab
    from assay.lab.run_context import RunContext
    from assay.models import registry
    from assay.predictor.predictor import Predictor
    from assay.search.settings import FitSettings

    made = series(kind, problem, seed)
    with tempfile.TemporaryDirectory(prefix="assay-later-") as folder:
        options = TaskOptions(target="y", metric=made.metric, order_by="day", seed=seed)
        settings = FitSettings(
            budget=Budget(experiments=experiments), out=f"{folder}/series", jobs=1, seed=seed,
            without=frozenset(registry.names()) - FAMILIES,
        )  # fmt: skip
        told = fit(made.frame, options, settings, context=RunContext(inline=True, write_brief=False))
        lab = Lab.open(told.lab_path)
        try:
            classes, metric = lab.task.classes, lab.metric
        finally:
            lab.close()
        answers = np.asarray(Predictor.load(told.lab_path).stored(made.later))
    y = made.later["y"].to_numpy()
    truth = (y == classes[1]).astype(np.int64) if classes else y.astype(np.float64)
    rival = by_default(made, positive=classes[1] if classes else None)
    figure, quarter = told.expect, len(made.frame) // 4
    ahead = min((None if figure is None else figure.ahead) or quarter, len(truth))
    score, oracle = _scored(metric, truth, answers, made.problem, ahead)
    return Seen(
        kind=kind, problem=problem, seed=seed, metric=made.metric, higher_is_better=metric.higher_is_better,
        n=len(made.frame), value=None if figure is None else figure.value, low=None if figure is None else figure.low,
        high=None if figure is None else figure.high, ahead=ahead, came=score,
        quarter=_scored(metric, truth[:quarter], answers[:quarter], made.problem, quarter)[0], oracle=oracle,
        rival=_scored(metric, truth, rival, made.problem, len(truth))[0],
        plain=_scored(metric, truth, answers, made.problem, len(truth))[0],
        blocks=() if told.blocks is None else told.blocks.scores,
        apart=0.0 if told.blocks is None else told.blocks.apart,
        members="" if told.model is None else ", ".join(member.what for member in told.model.members),
    )  # fmt: skip


def _scored(metric: Metric, truth: np.ndarray, stored: np.ndarray, problem: str, ahead: int) -> tuple[float, float]:
    """(the score of the first rows, the width that one who knows the mean score over all needs for so many)."""
    from assay.evidence.estimate import estimate
    from assay.evidence.evaluation_rows import Rows
    from assay.evidence.metric_sample import Sample

    kind = problems.get(problem)()
    of_next = Sample.of(metric, Rows(y=truth[:ahead], problem=kind), [stored[:ahead]])
    whole = estimate(Sample.of(metric, Rows(y=truth, problem=kind), [stored]), np.ones(1))
    return float(of_next.levels()[0]), 2 * Z95 * float(np.sqrt(whole.variance * len(truth) / ahead))


def by_default(made: Series, *, positive: object) -> np.ndarray:
    """What LightGBM with its default settings says of the later rows; categories are those of the rows it learns."""
    import lightgbm

    both, n = pd.concat([made.frame, made.later], ignore_index=True), len(made.frame)
    x = both.drop(columns="y").assign(day=(both["day"] - both["day"].min()).dt.days)
    x["district"] = pd.Categorical(x["district"], categories=sorted(made.frame["district"].unique()))
    if made.problem == "regression":
        learned = lightgbm.LGBMRegressor(verbosity=-1, n_jobs=1).fit(x[:n], both["y"][:n])
        return np.asarray(learned.predict(x[n:]), dtype=np.float64)
    y = (both["y"] == positive).to_numpy().astype(np.int64)
    return np.asarray(lightgbm.LGBMClassifier(verbosity=-1, n_jobs=1).fit(x[:n], y[:n]).predict_proba(x[n:])[:, 1])


def asked_for(count: int, calm: int) -> list[tuple[str, str, int]]:
    """So many series, kinds and problems in turn, and as many more without any change as make `calm` of these."""
    found = [(KINDS[i % 6], PROBLEMS[(i // 6) % 2], i // 12) for i in range(count)]
    known = sum(kind == CALM for kind, *_ in found)
    return found + [(CALM, PROBLEMS[i % 2], 100 + i // 2) for i in range(max(calm - known, 0))]


def checks(seen: Sequence[Seen], count: int) -> tuple[Check, ...]:
    """The promises; the first `count` series are those of all kinds."""
    whole = seen[:count]
    mixed = [one for one in whole if one.is_promised]
    calm = [one for one in seen if one.kind == CALM and one.is_promised]
    changing = [one for one in whole if one.kind in ("trend", "jump")]
    ratio = float(np.exp(np.mean([np.log(one.width / one.oracle) for one in calm])))
    return (
        at_least(f"the next stretch's score lies in the interval, {len(mixed)} series of six kinds",
                 _share(one.covers for one in mixed), 85, "%", digits=1),
        at_least(f"the same where nothing changes, {len(calm)} series", _share(one.covers for one in calm), 93, "%",
                 digits=1),
        at_most("width there by that of who knows the mean score to come", ratio, MOST_WIDTH, "×"),
        at_least(f"not worse than default LightGBM on later rows, {len(whole)} series",
                 _share(one.is_no_worse for one in whole), 80, "%", digits=1),
        at_least(f"the same, {len(changing)} with a trend or a jump", _share(one.is_no_worse for one in changing), 80,
                 "%", digits=1),
        Check(what="a quarter of the table, twice as long, lies in the interval", asked="–",
              measured=f"{_share(one.covers_quarter for one in mixed):.1f} %"),
    )  # fmt: skip


def _share(those: Iterable[bool]) -> float:
    return 100.0 * float(np.mean([bool(one) for one in those]))


def block(seen: Sequence[Seen], count: int) -> str:
    """What the page on trust shows of it, as Markdown."""
    head = ("what changes", "series", "with a promise", "interval holds the next stretch", "a quarter of the table",
            "width by that of who knows the mean score", "not worse than LightGBM")  # fmt: skip
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    for kind in KINDS:
        every = [one for one in seen if one.kind == kind]
        those = [one for one in every if one.is_promised]
        told = "– | – | –"
        if those:
            width = float(np.exp(np.mean([np.log(one.width / one.oracle) for one in those])))
            near, far = _share(one.covers for one in those), _share(one.covers_quarter for one in those)
            told = f"{near:.0f} % | {far:.0f} % | {width:.1f} ×"
        better = _share(one.is_no_worse for one in every)
        lines.append(f"| {kind} | {len(every)} | {len(those)} | {told} | {better:.0f} % |")
    mixed = seen[:count]
    promised = [one for one in mixed if one.is_promised]
    held, won = (f"{_share(shares):.0f} %" for shares in ((o.covers for o in promised), (o.is_no_worse for o in mixed)))
    told = f"Of {len(mixed)} series with all kinds alike {len(promised)} have a promise: {held} and {won}."
    return "\n".join([*lines, "", told])


def write(page: Path, text: str) -> None:
    """Put the block between its marks."""
    before, _, rest = page.read_text().partition(MARKS[0])
    if MARKS[1] not in rest:
        raise SystemExit(f"{page} has no {MARKS[0]} … {MARKS[1]}.")
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}")


def outcome(seen: Sequence[Seen], count: int) -> Outcome:
    """Everything, as the page of benchmarks shows it."""
    return Outcome(
        name=NAME, title="Later rows", checks=checks(seen, count),
        details={"count": count, "series": [rounded(asdict(one)) for one in seen]},
        method="Generated tables of 400 to 3,000 rows in order of time (benchmarks/later_tables.py: trend, season, new "
        "levels, jump, slow drift, nothing; numbers and classes), `--order-by`, 10 experiments of lines, LightGBM and "
        "extra trees; then the rows that follow.",
    )  # fmt: skip


def rounded(values: dict[str, object]) -> dict[str, object]:
    """Four digits are enough to be looked at."""
    return {name: _rounded(value) for name, value in values.items()}


def _rounded(value: object) -> object:
    if isinstance(value, tuple):
        return [_rounded(one) for one in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def parsed() -> argparse.Namespace:
    """The options."""
    made = parser(__doc__)
    made.add_argument("--series", type=int, default=60, help="of six kinds in turn")
    made.add_argument("--calm", type=int, default=24, help="at least so many in which nothing changes")
    made.add_argument("--experiments", type=int, default=10)
    made.add_argument("--jobs", type=int, default=2, help="series at a time")
    made.add_argument("--write", type=Path, help="the page with the table, e.g. docs/explanation/trust.md")
    made.add_argument("--report", action="store_true", help="run nothing")
    made.add_argument("--part", choices=("series", "ordered"), default="series")
    made.add_argument("--data", type=Path, help="folder of public tables, for --part ordered")
    made.add_argument(
        "--tables",
        nargs="*",
        default=[*later_ordered.GENERATED],
        help="of --part ordered: generated ones, and of public ones " + ", ".join(later_ordered.PUBLIC),
    )
    made.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2], help="of --part ordered")
    made.add_argument("--seconds", type=float, default=60.0, help="a fit of --part ordered may take")
    made.add_argument("--rows", type=int, default=8000, help="last rows of a public table, of --part ordered")
    return made.parse_args()


def shown(one: later_ordered.Beside) -> later_ordered.Beside:
    """The same, printed as it comes."""
    told = "no promise" if one.promise is None else "{:.3g} to {:.3g}".format(*one.promise)
    print(f"{one.table:28s} {one.seed} {one.split:8s} ours {one.ours:.4g} | "
          + " | ".join(f"{name} {error:.4g}" for name, error in zip(later_ordered.RIVALS, one.rivals, strict=True))
          + f" | promised {told}", flush=True)  # fmt: skip
    return one


def main() -> None:
    """Run, save, write."""
    asked = parsed()
    if asked.part == "ordered":
        save(later_ordered.outcome([shown(later_ordered.look(
            table, asked.data, seed=seed, seconds=asked.seconds, rows=asked.rows
        )) for table in asked.tables for seed in asked.seeds]), asked.out)  # fmt: skip
        return
    if asked.report:
        body = load(asked.out / f"{NAME}.json").details
        seen = [Seen(**{**one, "blocks": tuple(one["blocks"])}) for one in body["series"]]
        count = body["count"]
    else:
        work, count = asked_for(asked.series, asked.calm), asked.series
        with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as pool:
            waiting = [pool.submit(look, *one, asked.experiments) for one in work]
            seen = []
            for future in waiting:
                one = future.result()
                seen.append(one)
                mark, win = " " if one.covers else "*", " " if one.is_no_worse else "L"
                said = " ".join("–".rjust(8) if v is None else f"{v:8.3f}" for v in (one.value, one.low, one.high))
                print(f"{one.kind:10s} {one.metric:8s} {one.n:5d} {said} "
                      f"{one.came:8.3f}{mark} over all {one.plain:8.3f} LightGBM {one.rival:8.3f}{win} "
                      f"{one.width / one.oracle:4.1f}× {' '.join(f'{b:.3g}' for b in one.blocks)} | {one.members}",
                      flush=True)  # fmt: skip
    save(outcome(seen, count), asked.out)
    if asked.write is not None:
        write(asked.write, block(seen, count))


if __name__ == "__main__":
    main()
