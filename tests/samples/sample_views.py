"""Made-up views with realistic numbers, for tests of everything that renders: no lab was run for them."""

from dataclasses import replace

from assay.core.event import Dot, Progress, Status, Understood
from assay.core.figure import Z95, Difference, Figure, FigureOrigin
from assay.core.fold_scores import FoldScore
from assay.core.lab_views import Diff, LabStatus, Record, StepChange
from assay.core.problem.binary import Binary
from assay.core.quality import Quality, Tenth
from assay.core.recipe import Recipe, Step
from assay.core.result import Failure
from assay.core.schema import Column, Facts, Schema
from assay.core.task import Notice, Task
from assay.core.usage import ColumnLoss, Usage
from assay.core.views import Board, BoardRow, Brief, MemberView, ModelView, Summary, Unranked

N_ROWS = 45211
SCORES: dict[int, float] = {
    1: 0.7480, 2: 0.7712, 3: 0.7991, 4: 0.7902, 5: 0.7925, 6: 0.7950, 7: 0.7989, 8: 0.7975, 9: 0.8049, 10: 0.8001,
    12: 0.8013, 13: 0.7969, 14: 0.8041, 15: 0.7820, 17: 0.8068, 18: 0.8012, 20: 0.8050, 21: 0.8033, 22: 0.8057,
    23: 0.7996, 25: 0.8061, 26: 0.7911, 28: 0.8049, 29: 0.8055, 30: 0.8044, 31: 0.8087,
}  # fmt: skip
KEPT = (3, 9, 17, 31)
FAILED = (19, 27)
FAMILIES = ("constant", "linear", "lightgbm", "random_forest", "extra_trees", "xgboost", "catboost", "knn")


def task() -> Task:
    """The bundled question of the specification: a binary target with 15 features."""
    numeric = ("age", "balance", "day", "campaign", "pdays", "previous")
    boolean = ("default", "housing", "loan")
    category = ("job", "marital", "education", "contact", "month", "poutcome")
    columns = (
        *(Column(name=name, kind="numeric", reason="numbers") for name in numeric),
        *(Column(name=name, kind="boolean", reason="two values", levels=("no", "yes")) for name in boolean),
        *(Column(name=name, kind="category", reason="text with few values") for name in category),
        Column(name="duration", kind="dropped", reason="left out as asked"),
        Column(name="y", kind="target", reason="asked for", levels=("no", "yes")),
    )
    return Task(
        source="bank.csv.gz", target="y", schema=Schema(columns=columns), problem=Binary(),
        problem_reason="two values", classes=("no", "yes"), metric="roc_auc",
        metric_reason="ROC AUC is the default for two classes", split_kind="stratified",
        split_reason="5 folds with equal shares of yes", n_folds=5, n_rows=N_ROWS, n_columns=17,
        facts=Facts(problem=Binary(), n_rows=N_ROWS, n_numeric=6, n_category=9, n_dates=0, n_text=0, n_classes=2,
                    minority=5289, metric="roc_auc"),
        data_hash="3f9a07c1d2e4b5a6", hash="a1b2c3d4",
        notices=(Notice(code="value/code", column="pdays",
                        message="pdays is −1 in 36,954 rows (81.7 %): a code rather than a number?"),),
    )  # fmt: skip


def figure(value: float, *, corrected: bool = False, half: float = 0.0073) -> Figure:
    """A score of the made-up lab with its interval."""
    return Figure(
        value=value, metric="roc_auc", origin="corrected" if corrected else "oof", rows=N_ROWS, low=value - half,
        high=value + half, certified=corrected, title="ROC AUC", method="BBC-CV over 31 recipes" if corrected else "",
    )  # fmt: skip


def difference(
    value: float, *, sigma: float = 0.0007, over: int | None = 3, origin: FigureOrigin = "oof"
) -> Difference:
    """A paired difference with a normal 95 % interval."""
    return Difference(
        value=value, origin=origin, sigma=sigma, df=4.0, n_units=N_ROWS, low=value - Z95 * sigma,
        high=value + Z95 * sigma, p=0.007, e=None, over=over,
    )  # fmt: skip


def status_of(number: int) -> Status:
    """The status of an experiment of the made-up lab."""
    if number in KEPT:
        return "kept"
    if number in FAILED:
        return "failed"
    return "dropped" if number in SCORES else "stopped early"


def what_of(number: int) -> str:
    """What an experiment of the made-up lab tried."""
    named = {
        1: "constant", 2: "logistic, one-hot", 3: "lightgbm, standard", 9: "catboost depth 6", 14: "xgboost depth 5",
        17: "catboost depth 6, pdays −1 = never", 22: "lightgbm 31 leaves, rate 0.03",
        31: "ensemble of #17 #22 #14 #5",
    }  # fmt: skip
    return named.get(number, f"{FAMILIES[number % len(FAMILIES)]}, variant {number}")


def proposer_of(number: int) -> str:
    """The researcher that proposed it."""
    return {31: "ensemble", 17: "features", 22: "bayes"}.get(number, "portfolio")


def summary(**changes: object) -> Summary:
    """A finished search; any field may be replaced by keyword."""
    value = Summary(
        lab="bank", lab_path="bank.lab", task=task(), metric_title="ROC AUC", higher_is_better=True, experiments=31,
        kept=3, failed=2, stopped_early=3, elapsed_seconds=58.7, stopped_by="time",
        expect=figure(0.8081, corrected=True), search=figure(0.8087), optimism=0.0006,
        gain=difference(0.0090, sigma=0.0011, origin="corrected"), baseline_number=3,
        baseline_score=figure(0.7991), champion=31, sigma=0.0007, detectable=0.0014, model=ModelView(
            path="bank.lab/model", size_bytes=9_800_000, row_ms=3.1, form="half fold bag, half refit",
            members=tuple(MemberView(number=n, what=what_of(n), family="catboost", weight=w)
                          for n, w in ((17, 0.48), (22, 0.26), (14, 0.16), (5, 0.10)))),
        learned='poutcome, month, contact matter most; pdays −1 means "never"; balance makes no visible difference',
        brief_md="bank.lab/brief.md", brief_html="bank.lab/brief.html", utilisation=0.93,
    )  # fmt: skip
    expect, gain = changes.get("expect", value.expect), changes.get("gain", value.gain)
    if isinstance(expect, Figure) and isinstance(gain, Difference) and "gain" not in changes:
        changes["gain"] = replace(gain, origin=expect.origin)
    return replace(value, **changes)  # type: ignore[arg-type]  # names are the caller's, checked by replace


def board() -> Board:
    """All scored experiments, best first, the second and third tied."""
    ordered = sorted(SCORES, key=lambda number: -SCORES[number])
    best = SCORES[ordered[0]]
    rows = tuple(_board_row(position, number, best) for position, number in enumerate(ordered, start=1))
    unranked = (
        *(Unranked(number=n, what=what_of(n), reason="stopped early", detail="") for n in (11, 16, 24)),
        Unranked(number=19, what="knn", reason="failed", detail="memory"),
        Unranked(number=27, what="svm", reason="failed", detail="time"),
    )
    return Board(
        lab="bank", target="y", metric="roc_auc", metric_title="ROC AUC", higher_is_better=True, scored_rows=N_ROWS,
        n_folds=5, sigma=0.0007, rows=rows, unranked=unranked, expect=figure(0.8081, corrected=True),
    )  # fmt: skip


def _board_row(position: int, number: int, best: float) -> BoardRow:
    return BoardRow(
        rank=2 if position == 3 else position, tied=position == 3, number=number, what=what_of(number),
        family=what_of(number).split(",")[0].split()[0], score=figure(SCORES[number]),
        to_best=None if position == 1 else difference(SCORES[number] - best, over=31),
        kept="kept" if number in KEPT else "", by=proposer_of(number), fit_seconds=4.4 + position * 0.3,
        row_ms=0.4, size_bytes=1_400_000, is_baseline=number == 3,
    )  # fmt: skip


def record(number: int = 17) -> Record:
    """Everything about one experiment of the made-up lab."""
    score = SCORES.get(number)
    recipe = Recipe(
        steps=(Step.of("flag_value", column="pdays", value=-1), Step.of("ordered_codes", columns=9)),
        model=Step.of("catboost", depth=6, rate=0.08, rounds=1000),
    )
    failure = Failure(kind="memory", step="fit", message="needs 9.1 GB, 2 GB are allowed", fold=1)
    return Record(
        lab="bank", number=number, key=recipe.key, what=what_of(number),
        question='Does a flag "never contacted" apart from the days help the boosted trees?', by=proposer_of(number),
        asked_at_seconds=29.0, parents=(9,) if number > 9 else (), predicted_sigma=1.5, predicted_keep=0.4,
        recipe=recipe.as_json(), status=status_of(number), score=None if score is None else figure(score),
        folds=() if score is None else tuple(_fold(f, score) for f in range(5)),
        against=None if score is None or number == 3 else difference(score - 0.8049, over=9),
        confirm=difference(0.0014, sigma=0.0010) if number in KEPT else None, verdict_rule="one_sigma",
        verdict_why="it beat #9 by 2.7 σ on the same rows (1 σ is asked)" if number in KEPT else "",
        failure=failure if number in FAILED else None, wall_seconds=14.2, cpu_seconds=25.9, peak_bytes=412_000_000,
        size_bytes=2_100_000, row_ms=0.9, rounds=412, weight=0.48 if number == 17 else 0.0,
        children=(22, 25, 29) if number == 17 else (), n_rows=N_ROWS,
    )  # fmt: skip


def _fold(fold: int, score: float) -> FoldScore:
    return FoldScore(
        fold=fold, partition=0, score=score + (fold - 2) * 0.004, ended="converged", rounds=400, rounds_done=450,
        wall_seconds=2.8, cpu_seconds=5.2, peak_bytes=412_000_000, model_bytes=420_000, row_ms=0.2, piece_ms=0.1,
        predictions="p", model="m",
    )  # fmt: skip


def diff() -> Diff:
    """Two experiments that differ in a step and a setting."""
    return Diff(
        lab="bank", a=9, b=17, a_what=what_of(9), b_what=what_of(17),
        changes=(StepChange(sign="+", text="flag_value column=pdays value=-1"),
                 StepChange(sign="~", text="catboost depth 6 → 8")),
        difference=difference(0.0019, over=9), metric_title="ROC AUC",
    )  # fmt: skip


def lab_status(**changes: object) -> LabStatus:
    """A running lab; any field may be replaced by keyword."""
    value = LabStatus(
        lab="bank", path="bank.lab", state="running", pid=4121, elapsed_seconds=47.0, left_seconds=73.0,
        experiments=212, kept=11, dropped=165, failed=8, stopped_early=28,
        running=("#213 catboost, fold 2 of 5", "#214 knn, fold 1 of 5"), best=figure(0.8112), best_number=188,
        best_what="catboost, 3 column blocks", champion=188, sigma=0.0007, detectable=0.0014, expect=None,
        proposers=(("portfolio", 30, 4), ("bayes", 182, 7)), has_model=False,
    )  # fmt: skip
    return replace(value, **changes)  # type: ignore[arg-type]  # as above


def dots() -> tuple[Dot, ...]:
    """Every experiment as the charts see it."""
    return tuple(Dot(number=n, score=SCORES.get(n), status=status_of(n)) for n in range(1, 32))


def quality() -> Quality:
    """Answers of the made-up lab beside the truth: of 5,289 "yes" it finds 2,000."""
    tenths = tuple(Tenth(4521, 0.05 + 0.1 * k, 0.06 + 0.1 * k, 0.04 + 0.1 * k, 0.08 + 0.1 * k) for k in range(10))
    return Quality(
        rows=N_ROWS, tenths=tenths, classes=("no", "yes"), confusion=((38_922, 1_000), (3_289, 2_000)), threshold=0.31
    )


def brief(**changes: object) -> Brief:
    """The report of the made-up lab; any field may be replaced by keyword."""
    losses = (("poutcome", 0.041), ("month", 0.033), ("contact", 0.021), ("housing", 0.009), ("balance", 0.0002))
    value = Brief(
        summary=summary(), board=board(), dots=dots(),
        kept=((31, what_of(31), difference(0.0038, sigma=0.0008, over=9), "ensemble", 0.4),
              (9, what_of(9), difference(0.0058, sigma=0.0010), "portfolio", 13.0),
              (17, what_of(17), difference(0.0019, over=9), "features", 14.2)),
        vain=((10, "target encoding of job", -0.2), (12, "log of balance", 0.1), (5, "extra_trees", -13.0)),
        origins=((31, "ensemble"), (9, "portfolio"), (17, "features")),
        usage=Usage(columns=tuple(ColumnLoss(name=n, loss=v, low=v - 0.003, high=v + 0.003) for n, v in losses)),
        records=tuple(record(n) for n in range(1, 32)), date="2026-03-04", assay_version="0.1.0",
        python_version="3.12", cores=2, seed=0, quality=quality(),
    )  # fmt: skip
    return replace(value, **changes)  # type: ignore[arg-type]  # as above


def understood(**changes: object) -> Understood:
    """The question as the head of `fit` shows it; any field may be replaced by keyword."""
    value = Understood(
        task=task(),
        lab="bank.lab",
        is_new=True,
        continued_at=None,
        read_seconds=0.3,
        class_rows=(39922, 5289),
        metric_title="ROC AUC",
    )
    return replace(value, **changes)  # type: ignore[arg-type]  # as above


def progress(n_done: int = 17, **changes: object) -> Progress:
    """A snapshot after so many experiments."""
    done = tuple(dot for dot in dots() if dot.number <= n_done)
    scored = [dot for dot in done if dot.score is not None]
    best = max(scored, key=lambda dot: dot.score or 0.0, default=None)
    counts = {status: sum(dot.status == status for dot in done) for status in ("kept", "dropped", "failed")}
    value = Progress(
        elapsed_seconds=2.0 * n_done, limit_seconds=60.0, experiments=n_done, expected_experiments=30,
        kept=counts["kept"], dropped=counts["dropped"], failed=counts["failed"],
        stopped_early=n_done - sum(counts.values()), best=None if best is None else figure(best.score or 0.0),
        best_number=None if best is None else best.number, best_what="" if best is None else what_of(best.number),
        baseline_number=3 if n_done >= 3 else None,
        running=(f"#{n_done + 1} lightgbm 63 leaves, fold 4 of 5", f"#{n_done + 2} knn, fold 1 of 5"),
        next=(f"#{n_done + 3} catboost depth 8",), dots=done, higher_is_better=True, stage="search",
    )  # fmt: skip
    return replace(value, **changes)  # type: ignore[arg-type]  # as above
