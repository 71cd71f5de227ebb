"""From the files of a run's jobs to predictions of all rows, and the result that is recorded."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Ledger
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.result import Result
from assay.pipeline.fit_jobs import fold_name, placed
from assay.pipeline.store import TaskFolder
from assay.search.experiment_run import ExperimentRun
from assay.search.scorer import Scorer


@dataclass(frozen=True, slots=True)
class FoldResults:
    """Puts together what workers left in the task's folder."""

    folder: TaskFolder
    scorer: Scorer
    ledger: Ledger

    def partial(self, run: ExperimentRun) -> AnyArray:
        """(n_rows, …) predictions of the folds done so far, NaN for the rows of others."""
        out: AnyArray | None = None
        for number, score in run.folds.items():
            rows = self.folder.split.held(number, run.experiment.partition)
            out = placed(out, self.folder.predictions(score.predictions), rows, target=self.folder.target)
        assert out is not None  # a gate is reached with a fold done
        return out

    def of(self, run: ExperimentRun) -> tuple[Result, AnyArray | None]:
        """The result, its predictions stored as an artifact; and the predictions, None where folds are missing."""
        folds = tuple(run.folds[f] for f in sorted(run.folds))
        complete = run.failure is None and not run.stopped and len(folds) == run.n_folds
        prediction = self._prediction(run) if complete else None
        if prediction is not None:  # as stored, in single precision: that is what an audit can score again
            folds = tuple(self._rescored(run.experiment, fold, prediction) for fold in folds)
        scorer = self.scorer.on(run.experiment.partition)
        score = None if prediction is None else scorer.figure_score(prediction)
        rescored = run.rescored
        result = Result(
            score=score if score is None or np.isfinite(score) else None,
            folds=FoldScores.of(folds),
            oof=None if prediction is None else self.ledger.put_array(prediction),
            complete=complete,
            wall_seconds=sum(f.wall_seconds for f in folds) + (rescored.wall_seconds if rescored else 0.0),
            cpu_seconds=sum(f.cpu_seconds for f in folds) + (rescored.cpu_seconds if rescored else 0.0),
            peak_bytes=max((f.peak_bytes for f in folds), default=0),
            model_bytes=round(sum(f.model_bytes for f in folds) / len(folds)) if folds else 0,
            row_ms=float(np.median([f.row_ms for f in folds])) if folds else 0.0,
            piece_ms=float(np.median([f.piece_ms for f in folds])) if folds else 0.0,
            rounds=run.rounds_for_all(),
            failure=run.failure,
            stopped=run.stopped,
        )
        return result, prediction

    def forget(self, run: ExperimentRun, result: Result) -> None:
        """Delete the folds' own predictions, as those out of fold are stored as an artifact now. Of folds that ended
        after one that failed, which have no place in the result, nothing is kept."""
        one, known = run.experiment, {fold.fold for fold in result.folds}
        names = [f"{one.number}-p{one.partition}.npy"]
        for fold in range(run.n_folds):
            name = fold_name(one, fold)
            names += [f"{name}.npy"] if fold in known else [f"{name}.npy", f"{name}.state"]
        for name in names:
            (self.folder.work / name).unlink(missing_ok=True)

    def _rescored(self, experiment: Experiment, fold: FoldScore, prediction: AnyArray) -> FoldScore:
        """A fold's score at the rounds the others chose, so that fold scores and score are of the same predictions."""
        rows = self.folder.split.held(fold.fold, experiment.partition)
        return replace(fold, score=self.scorer.score(prediction[rows], rows))

    def _prediction(self, run: ExperimentRun) -> AnyArray:
        if run.rescored is None:
            return self.partial(run)
        return self.folder.predictions(run.rescored.predictions)
