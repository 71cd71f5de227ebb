"""A lab with thousands of verdicts, written by the lab's own settler from predictions that cost no fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from assay.core.clock import Budget, SystemClock
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.recipe import Recipe, Step
from assay.core.result import Result
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.ensemble.candidate import BlendLimits
from assay.journal.journal import Journal
from assay.journal.replayed_state import replay
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.pipeline.store import TaskFolder
from assay.search.result_recorder import ResultRecorder
from assay.search.scorer import Scorer
from assay.search.settings import FitSettings

FAMILIES = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
N_ROWS = 1000


def many_verdicts(folder: Path, verdicts: int) -> Lab:
    """A lab of a short search on 1,000 rows, continued by experiments whose predictions are its champion's, disturbed.

    It is open for looking; the caller closes it.
    """
    rng, path = np.random.default_rng(0), folder / "many.lab"
    a, b = rng.normal(size=(2, N_ROWS))
    y = np.where(rng.random(N_ROWS) < 1 / (1 + np.exp(-a - 0.5 * b)), "yes", "no")
    fit({"a": a, "b": b, "y": y}, TaskOptions(target="y"),
        FitSettings(budget=Budget(experiments=4), out=str(path), without=FAMILIES),
        context=RunContext(inline=True, write_brief=False))  # fmt: skip
    with_model = Lab.open(path)
    metric = with_model.metric
    with_model.close()
    ledger = SqliteLedger.open(path)
    try:
        state, clock = replay(ledger.records()), SystemClock()
        tasks, journal = TaskFolder(path), Journal.start(ledger, state, clock, started=clock.now())
        recorder = ResultRecorder(
            tasks, journal, Scorer.of(tasks, metric), Seeds(0), BlendLimits(), on_scored=lambda event: None
        )
        number = state.champion
        assert number is not None
        champion, result = state.entries[number].experiment, state.entries[number].result
        assert result is not None
        assert result.oof is not None
        recorder.keep(champion, result.oof)
        for _ in range(verdicts):
            _append(recorder, champion, result, rng)
    finally:
        ledger.close()
    return Lab.open(path)


def _append(recorder: ResultRecorder, champion: Experiment, model: Result, rng: np.random.Generator) -> None:
    """One more experiment with all its records; the blend is left as it is."""
    journal, scorer = recorder.journal, recorder.scorer
    known = recorder.own[journal.state.champion or champion.number]
    logit = np.log(known / (1 - known)) + 0.3 * rng.normal(size=len(known))
    prediction = (1 / (1 + np.exp(-logit))).astype(np.float32)
    number = journal.state.next_number
    recipe = Recipe(model=Step.of(champion.recipe.model.name, l2=float(number)), steps=champion.recipe.steps)
    experiment = replace(champion, number=number, recipe=recipe, entry="", parents=(champion.number,))
    folds = tuple(_scored(recorder, fold, prediction) for fold in model.folds)
    result = replace(
        model,
        folds=FoldScores.of(folds),
        score=scorer.figure_score(prediction),
        oof=journal.ledger.put_array(prediction),
    )
    journal.write("asked", experiment, experiment=number)
    journal.write("result", result, experiment=number)
    assert result.oof is not None
    recorder.keep(experiment, result.oof, prediction)
    verdict = recorder.verdict(experiment, result)
    journal.write("verdict", verdict, experiment=number)


def _scored(recorder: ResultRecorder, fold: FoldScore, prediction: np.ndarray) -> FoldScore:
    rows = recorder.folder.split.fold(fold.fold, 0).test
    return replace(fold, score=recorder.scorer.score(prediction[rows], rows))
