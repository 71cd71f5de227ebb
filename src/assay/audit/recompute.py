"""The contents of a lab's records, computed again with the lab's own result recorder, scorer and judge."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from assay.audit.check_result import Compared
from assay.core.array import AnyArray
from assay.core.clock import Deadline
from assay.core.experiment import Experiment
from assay.core.figure import Figure
from assay.core.labels import LabelRule
from assay.ensemble.candidate import Blend, BlendLimits, Candidate
from assay.journal.records import EndRecord, VerdictRecord
from assay.journal.shipped_model import shipped_choice, shipped_prediction
from assay.journal.state import LabState
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.search.confirmation import pair_of
from assay.search.result_recorder import ResultRecorder
from assay.search.scorer import Promise, Scorer
from assay.search.second_level import priced
from assay.search.serving_cost import as_shipped
from assay.ship.cross_fitted import labelled
from assay.ship.ensemble_choice import EnsembleChooser
from assay.ship.selection_pool import ChoiceRecord, choice_of
from assay.views.open_lab import OpenLab


@dataclass
class Recomputation:
    """recorder: its state is what the lab knew at the current record; its predictions are read when needed."""

    lab: OpenLab
    recorder: ResultRecorder
    choice: ChoiceRecord | None = None
    latest: tuple[str, AnyArray] | None = None
    """The last predictions used, by their key: the verdict that follows a result needs them again."""

    @property
    def state(self) -> LabState:
        return self.recorder.journal.state

    def checked_array(self, key: str) -> AnyArray:
        """Stored predictions, their bytes compared with their key; LabError where they differ or are gone."""
        ledger = self.lab.ledger
        found = ledger.array(key, check=True) if isinstance(ledger, SqliteLedger) else ledger.array(key)
        self.latest = (key, found)
        return found

    def _array(self, key: str) -> AnyArray:
        if self.latest is not None and self.latest[0] == key:
            return self.latest[1]
        return np.array(self.lab.ledger.array(key))

    def scorer_of(self, experiment: Experiment) -> Scorer:
        return self.recorder.scorer.on(experiment.partition)

    def hold(self, numbers: Iterable[int | None]) -> None:
        """Let the recorder know the predictions of these experiments as they are by now."""
        wanted = {number for number in numbers if number is not None and number in self.state.entries}
        wanted |= {repeat for number in wanted for repeat in self.state.repeats(number)}
        for number in sorted(wanted - set(self.recorder.own)):
            entry = self.state.entries[number]
            if entry.result is not None and entry.result.oof is not None and entry.result.complete:
                latest = self.latest if self.latest is not None and self.latest[0] == entry.result.oof else None
                self.recorder.keep(entry.experiment, entry.result.oof, None if latest is None else latest[1])

    # -- verdicts -----------------------------------------------------------------------------------------------

    def verdict(self, experiment: Experiment) -> VerdictRecord | None:
        """The judge's verdict on an experiment at this point; None without a result."""
        entry = self.state.entries[experiment.number]
        if entry.result is None:
            return None
        if experiment.is_blend:
            return self._of_blend(experiment)
        partitions = self.lab.folder.split.n_repeats
        elsewhere = pair_of(self.state, experiment.number, partitions=partitions) or ()
        self.hold((self.state.champion, experiment.number, experiment.repeat_of, *elsewhere))
        return self.recorder.verdict(experiment, entry.result)

    def _of_blend(self, experiment: Experiment) -> VerdictRecord | None:
        result = self.state.entries[experiment.number].result
        if result is None or result.oof is None:
            return None
        best = self.state.champion or experiment.parents[0]
        self.hold((best,))
        against, _ = self.recorder.compare(best, self._array(result.oof))
        return VerdictRecord(kept=True, rule="blend", why="", against=against)

    def is_blend(self, experiment: Experiment, prediction: AnyArray) -> bool:
        """Whether an ensemble's predictions are those of its members at its weights."""
        params = dict(experiment.recipe.model.params)
        self.hold(experiment.parents)
        blend = Blend(numbers=experiment.parents, weights=_weights(params["weights"]), scale=params["scale"])  # type: ignore[arg-type]  # as it was written
        again = blend.predict(self.recorder.oof).astype(prediction.dtype)
        if "by_class" in params:  # learned: what was stored is the prediction of weights that the other folds chose
            again = self._chooser().learned(blend, self.recorder.oof).prediction
        return bool(np.array_equal(again, prediction, equal_nan=True))

    def _chooser(self) -> EnsembleChooser:
        folder, seeds = self.lab.folder, self.recorder.seeds.child("final")
        folds = folder.split.numbers[:, 0].astype(np.int64)
        return EnsembleChooser(
            target=folder.chosen_by, folds=folds, metric=self.recorder.scorer.metric, limits=BlendLimits(), seeds=seeds,
            score=self.recorder.scorer.figure_score,
        )  # fmt: skip

    # -- figures ------------------------------------------------------------------------------------------------

    def end(self, stored: EndRecord) -> Compared:
        """The figures of an end: the search's own, the one promised, the gain."""
        chosen = shipped_choice(self.state, self._stored)
        if chosen is None or stored.search is None:
            return
        number, prediction = chosen
        scorer = self.recorder.scorer
        shipped = self.shipped()
        answered = None if shipped is None else self._labelled(shipped)
        shown = prediction if answered is None else answered
        yield from _figure_pairs("search", stored.search, scorer.figure(shown))
        promise = self._promise(prediction, answered, scorer)
        if promise is not None:
            promise = scorer.beyond_next(promise, stored.further)
        if stored.expect is not None:
            yield from _figure_pairs("expect", stored.expect, None if promise is None else promise.expect)
        reasons = tuple(self.state.adaptive.values())
        yield "not certified, as", stored.adaptive, reasons
        if stored.expect is not None:
            yield "marked as not certified", stored.expect.adaptive, bool(reasons)
        yield "blocks of time", stored.blocks, None if promise is None else promise.blocks
        yield (
            "why nothing is told of a next one",
            stored.unknown_next_period,
            None if promise is None else promise.unknown_next_period,
        )
        yield "optimism", stored.optimism, stored.optimism if promise is None else promise.optimism
        yield "optimism before it was cut", stored.uncut, stored.uncut if promise is None else promise.uncut
        if stored.gain is not None:
            yield from self._gain(stored, promise, number, shown)
        yield "σ", stored.sigma, self.recorder.scorer.noise(self.state).sigma

    def shipped(self) -> AnyArray | None:
        """Out-of-fold predictions of what shipped, from which its labels and probabilities were learned; None without
        any.
        """
        return shipped_prediction(self.state, self._stored)

    def _stored(self, number: int) -> AnyArray | None:
        result = self.state.entries[number].result
        return None if result is None or result.oof is None else self._array(result.oof)

    def _labelled(self, prediction: AnyArray) -> AnyArray | None:
        """The labels as answered, decided from these predictions, for metrics of labels."""
        shipped = None if self.state.model is None else self.state.model.labels
        asked = LabelRule() if shipped is None else shipped.asked
        return labelled(prediction, self.lab.folder, self.recorder.scorer.metric, asked)

    def _baseline(self) -> AnyArray | None:
        """What standard LightGBM predicts out of fold, for metrics of labels by labels of its own."""
        own = None if self.state.baseline is None else self.recorder.own.get(self.state.baseline)
        shown = None if own is None else self._labelled(own)
        return own if shown is None else shown

    def _promise(self, prediction: AnyArray, answered: AnyArray | None, scorer: Scorer) -> Promise | None:
        """The promise made again; None where the ledger does not hold what the model was chosen from."""
        choice, blend = self.choice, self.state.blend
        if choice is None or blend is None:
            return None
        self.hold((*choice.pool, choice.instead, self.state.baseline))
        pool = [self._candidate(number) for number in choice.pool]
        if choice.copies:
            pool = as_shipped(self.state, pool, copies=choice.copies)
        candidates = priced(self.state, pool)
        again = choice_of(self.recorder, candidates, blend, choice, shipped=prediction, draws=choice.draws)
        return scorer.promise(replace(again, answered=answered, baseline=self._baseline()), Deadline())

    def _candidate(self, number: int) -> Candidate:
        entry = self.state.entries[number]
        result = entry.result
        assert result is not None  # only scored experiments are chosen from
        return Candidate(
            number=number, family=entry.experiment.recipe.model.name,
            read=partial(self.recorder.oof.__getitem__, number), score=result.score or float("nan"),
            seconds=result.wall_seconds, row_ms=result.row_ms, size_bytes=result.model_bytes,
        )  # fmt: skip

    def _gain(self, end: EndRecord, promise: Promise | None, number: int, prediction: AnyArray) -> Compared:
        stored, baseline = end.gain, self.state.baseline
        if promise is None or baseline is None or baseline == number:
            yield "gain", stored, None
            return
        noise, shown = self.recorder.scorer.noise(self.state), self._baseline()
        assert shown is not None  # a promise was made again, so the baseline's predictions are held
        found = self.recorder.scorer.gain(promise, prediction, shown, noise=noise, over=baseline)
        for name in ("value", "sigma", "low", "high"):
            yield f"gain, {name}", getattr(stored, name), getattr(found, name)


def _figure_pairs(what: str, stored: Figure, found: Figure | None) -> Compared:
    for name in ("value", "low", "high"):
        yield f"{what}, {name}", getattr(stored, name), None if found is None else getattr(found, name)


def _weights(values: object) -> tuple[float, ...]:
    return tuple(float(value) for value in values)  # type: ignore[attr-defined]  # a list in JSON, a tuple in a Step
