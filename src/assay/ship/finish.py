"""From a search to a model: final weights, refits, the figure to promise, the bundle."""

import math
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace

from assay.core.array import AnyArray
from assay.core.clock import Deadline
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScores
from assay.core.job import Job
from assay.core.recipe import Recipe
from assay.core.result import Failure, Refitted, Result, Shuffled
from assay.core.usage import ColumnLoss, learned_line
from assay.core.views import StoppedBy
from assay.core.word_effects import WordEffects
from assay.ensemble.candidate import Blend, held
from assay.evidence.further_ahead import FurtherScores
from assay.explain.error_drift import drifting_columns
from assay.journal.records import EndRecord, LateRecord
from assay.research.portfolio import CONSTANT, FLOOR
from assay.search.blend_verdict import blend_verdict, compared_with
from assay.search.constant_fallback import constant_words
from assay.search.no_model import no_model
from assay.search.result_recorder import ResultRecorder
from assay.search.scorer import Promise
from assay.search.second_level import blend_step
from assay.search.serving_cost import Bounds
from assay.search.session import Session
from assay.search.time_reserve import save_seconds
from assay.ship.calibration_and_labels import Decision
from assay.ship.column_importance import MOST_SECONDS, Importance
from assay.ship.cross_fitted import CrossFittedAnswers, answers, labelled
from assay.ship.eligible_models import EligibleModels
from assay.ship.ensemble_choice import ChosenBlend
from assay.ship.refitting import Refitting
from assay.ship.selection_pool import choice_of, recorded
from assay.ship.shipping import Shipping, barred_from
from assay.ship.text_notices import unread_texts
from assay.ship.word_importance import WordImportance, without_columns

MOST_ASKED = 60
"""Columns of which it is asked whether the model that ships reads them, the most important first."""
VISIBLE = 2.0
"""Gain over the constant in σ below which no columns are named."""
RESAVE_SECONDS = 1.5
"""Seconds left below which what was saved stays although it is above a limit."""
AFTER_SECONDS = 1.0
"""What a second save entails: the figure of fewer members, the records of the end, the brief."""


def may_save_again(left: float, *, took: float) -> bool:
    """Whether there is time to save once more: as long as the last time (`took`), and for what comes after it."""
    return left > max(RESAVE_SECONDS, took + AFTER_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedBlend:
    """The blend that shipped, and its members as fitted on the search rows."""

    blend: Blend
    refits: Mapping[int, Refitted]


@dataclass
class Finish:
    """Turns what the search found into a model. Everything is recorded; the bundle appears by one rename.

    tells: whether a brief follows, which shows what ships beside the truth. answered: cross-fitted answers of classes,
    computed once for each blend that is to ship, while its refits run. further: known once the jobs have ended.
    """

    session: Session
    recorder: ResultRecorder
    tells: bool = True
    answered: CrossFittedAnswers | None = field(init=False, default=None)
    eligible: EligibleModels = field(init=False)
    shipping: Shipping = field(init=False)
    further: FurtherScores = field(init=False, default=())
    _baseline_answers: AnyArray | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.eligible = EligibleModels(self.session, self.recorder)
        self.shipping = Shipping(self.session, self.recorder)

    def run(self, stopped_by: StoppedBy, *, fold_cpu_seconds: float) -> ShippedBlend:
        """Choose, refit, promise, save; returns the blend with its refits. BudgetError when no experiment has a score
        on every fold.
        """
        candidates = self.eligible.candidates()
        if not candidates:
            raise no_model(self.session.folder, self.session.state, self.session.settings, stopped_by)
        chosen = self.eligible.members(candidates)
        jobs = self._submit(chosen)  # before weights are learned and corrected for: that takes seconds
        final = self.eligible.final(chosen, candidates)
        if self.eligible.nothing:
            self.session.executor.hurry(Deadline.after(0.0, self.session.journal.clock))
            jobs = self._submit(final.blend)
        ensemble = self._record_ensemble(final)
        decision = self._decision(final)
        promise = self._promise(final, ensemble)
        told_by = next(job.told_by for job in jobs.values() if job.kind == "importance")
        refits, shuffled, words = self._collect(jobs)
        self.further = self._importance.further(self.recorder.scorer, shuffled)
        promise = self.recorder.scorer.beyond_next(promise, self.further)
        barred = self._not_read(told_by)  # what these do not read was not measured
        by_time = drifting_columns(self.session.folder, final.prediction)
        effects = [e for e in self._importance.effects(self.recorder.scorer, shuffled) if e.name not in barred]
        told = [e for e in effects if e.name not in by_time]
        self.shipping.asked = tuple(e.name for e in told)[:MOST_ASKED]
        ensemble, promise, shipped = self._ship(final, decision, ensemble, promise, refits)
        shipped_as = self.session.state.model
        unread = () if shipped_as is None else shipped_as.unread
        told = [e for e in told if e.name not in unread]
        noise = self.recorder.scorer.noise(self.session.state)
        self.session.journal.write(
            "end",
            EndRecord(
                stopped_by=stopped_by, expect=promise.expect, search=promise.search, optimism=promise.optimism,
                gain=self._gain(promise, ensemble), price=self._price(ensemble), limit=self._lost(ensemble),
                blocks=promise.blocks, unknown_next_period=promise.unknown_next_period, uncut=promise.uncut,
                further=self.further,
                free=() if self.eligible.free is None else self.eligible.free.numbers,
                learned=self._learned(ensemble, told),
                columns=tuple((e.name, e.loss, e.low, e.high) for e in told),
                told_by=told_by if effects else (), by_time=by_time if effects else (),
                words=without_columns(words, self._not_read(shipped.blend.numbers).union(unread)),
                utilisation=fold_cpu_seconds / max(self.session.journal.session_seconds * self.session.workers, 1e-9),
                sigma=noise.sigma, seconds=self.session.journal.seconds,
                adaptive=tuple(self.session.state.adaptive.values()),
            ),
            durable=True,
        )  # fmt: skip
        return shipped

    def _not_read(self, numbers: Collection[int]) -> frozenset[str]:
        """Columns that none of these members reads."""
        state = self.session.state
        return barred_from(state, numbers).union(unread_texts(state, self.session.folder.task, numbers))

    def _ship(
        self, final: ChosenBlend, decision: Decision, ensemble: int, promise: Promise, refits: dict[int, Refitted]
    ) -> tuple[int, Promise, ShippedBlend]:
        """Save and weigh; where that is above a limit that the user set, save what scores best within it while there is
        time.

        Returns the experiment of what shipped, its promise, and the blend with its refits.
        """
        shipping, bounds = self.shipping, Bounds.of(self.session.settings)
        in_time = shipping.less(final, refits, self.recorder.oof) if shipping.form == "refit" else None
        if in_time is not None:
            left = tuple(n for n in final.blend.numbers if n not in refits)
            self.session.journal.write("late", LateRecord(members=left))
            final, decision = in_time, self._decision(in_time)
            ensemble, promise = self._chosen_anew(final)
        shipping.leave_bag(shipping.expected_bytes(final.blend, refits))
        while True:
            began = self.session.journal.clock.now()
            shipping.save(final.blend, refits, promise.expect, decision)
            weight, less = shipping.weighed(final.blend), None
            took = self.session.journal.clock.now() - began
            if may_save_again(self.session.deadline.left, took=took):
                if not bounds.allow(weight.estimated_ms, weight.size_bytes):
                    less = shipping.less(final, refits, self.recorder.oof, weight)
                elif shipping.leave_bag(weight.size_bytes):
                    less = final
            if less is None:
                shipping.record(final.blend, weight, decision.labels)
                return ensemble, promise, ShippedBlend(blend=final.blend, refits=refits)
            self.session.journal.write("trimmed", {
                "estimated_ms": weight.estimated_ms, "size_bytes": weight.size_bytes,
                "members": list(less.blend.numbers),
            })  # fmt: skip
            if less.blend is not final.blend:
                final, decision = less, self._decision(less)
                ensemble, promise = self._chosen_anew(final)

    def _decision(self, final: ChosenBlend) -> Decision:
        """How a blend answers, and its answers out of fold."""
        metric, asked = self.recorder.scorer.metric, self.session.settings.labels
        made = Decision.of(
            final.prediction,
            self.session.folder,
            metric,
            asked,
            away=barred_from(self.session.state, final.blend.numbers),
        )
        self.answered = None
        if self.session.folder.target.is_class and (self.tells or metric.needs == "label"):
            self.answered = answers(final.prediction, self.session.folder, metric, asked, made=made.made)
        return made

    def _chosen_anew(self, final: ChosenBlend) -> tuple[int, Promise]:
        """Record a blend of fewer members, and its promise."""
        self.session.journal.write("blend", final.blend)
        ensemble = self._record_ensemble(final)
        return ensemble, self._promise(final, ensemble)

    def _record_ensemble(self, final: ChosenBlend) -> int:
        """The blend as an experiment of its own; a blend of one is that one."""
        chosen, prediction = final.blend, final.prediction
        if len(chosen.numbers) == 1:
            return chosen.numbers[0]
        number = self.session.state.next_number
        names = " ".join(f"#{n}" for n in chosen.numbers)
        experiment = Experiment(
            number=number, what=f"ensemble of {names}", by="ensemble", role="blend", pool="fixed",
            parents=chosen.numbers,
            question=f"Do {names} answer better together than the best of them alone?",
            recipe=Recipe(model=blend_step(chosen)),
        )  # fmt: skip
        results = [self.session.state.entries[n].result for n in chosen.numbers]
        known = [r for r in results if r is not None]
        score = self.recorder.scorer.figure_score(prediction)
        result = Result(
            score=score, folds=FoldScores.of(), oof=self.session.journal.ledger.put_array(prediction), complete=True,
            wall_seconds=0.0, cpu_seconds=0.0, peak_bytes=0, model_bytes=sum(r.model_bytes for r in known),
            row_ms=sum(r.row_ms for r in known),
        )  # fmt: skip
        self.recorder.oof.put(number, held(prediction))
        best = compared_with(self.session.state, experiment)
        against, _ = self.recorder.compare(best, prediction)
        verdict = blend_verdict(against, over=best)
        # Computed first, then written in one go: a process killed in between leaves at most an open question.
        self.session.journal.write("asked", experiment, experiment=number)
        self.session.journal.write("result", result, experiment=number)
        self.session.journal.write("verdict", verdict, experiment=number)
        return number

    def _promise(self, final: ChosenBlend, ensemble: int) -> Promise:
        limits, chosen = self.eligible.limits(), final.blend
        record, pool = recorded(
            self.recorder, self.eligible.counted(limits), chosen, limits=limits, copies=self.eligible.copies,
            instead=self.eligible.instead,
        )  # fmt: skip
        choice = choice_of(self.recorder, pool, chosen, record, shipped=self.recorder.oof[ensemble])
        choice = replace(choice, answered=self._labels(), baseline=self._baseline())
        promise = self.recorder.scorer.promise(choice, self._bbc_limit())
        promise = self.recorder.scorer.beyond_next(promise, self.further)
        self.session.journal.write("choice", replace(record, draws=promise.draws))
        if promise.expect is None:
            return promise
        return replace(promise, expect=replace(promise.expect, adaptive=bool(self.session.state.adaptive)))

    def _gain(self, promise: Promise, ensemble: int) -> Difference | None:
        """Over the baseline; None where the baseline has no score, or is what ships."""
        baseline, scorer = self.session.state.baseline, self.recorder.scorer
        if baseline is None or baseline == ensemble or baseline not in self.recorder.own:
            return None
        own, answered = self._baseline(), self._labels()
        shown = self.recorder.oof[ensemble] if answered is None else answered
        if own is None:
            return None
        gain = scorer.gain(promise, shown, own, noise=scorer.noise(self.session.state), over=baseline)
        # what guesses may score above a constant by labels: where nothing was found, that is no loss
        return None if self.eligible.nothing and gain.value < 0 and scorer.metric.needs == "label" else gain

    def _labels(self) -> AnyArray | None:
        """The promise of what ships by its labels, for metrics of labels."""
        if self.recorder.scorer.metric.needs != "label" or self.answered is None:
            return None
        return self.answered.as_stored()

    def _baseline(self) -> AnyArray | None:
        """What standard LightGBM predicts out of fold, for metrics of labels by labels of its own: decided as those of
        what ships are, from its own predictions.
        """
        baseline = self.session.state.baseline
        own = None if baseline is None else self.recorder.own.get(baseline)
        if own is None:
            return None
        metric = self.recorder.scorer.metric
        shown = self._baseline_answers
        if metric.needs == "label" and shown is None:
            shown = self._baseline_answers = labelled(own, self.session.folder, metric, self.session.settings.labels)
        return own if shown is None else shown

    def _price(self, ensemble: int) -> Difference | None:
        """What a preset's model gains over the best single experiment of any kind: below zero, what it costs."""
        if not self.session.settings.wanted.readable:
            return None
        best = self.recorder.scorer.leader(self.session.state)
        if best is None or best == ensemble or best not in self.recorder.oof:
            return None
        noise = self.recorder.scorer.noise(self.session.state)
        return self.recorder.scorer.compare(
            self.recorder.oof[best], self.recorder.oof[ensemble], noise=noise, over=best
        )

    def _lost(self, ensemble: int) -> Difference | None:
        """What ships against what would without limits of time and size; None where that is the same."""
        free, shipped, oof = self.eligible.free, self.session.state.blend, self.recorder.oof
        if free is None or shipped is None or self.eligible.nothing or set(free.numbers) == set(shipped.numbers):
            return None
        noise = self.recorder.scorer.noise(self.session.state)
        return self.recorder.scorer.compare(free.predict(oof), oof[ensemble], noise=noise)

    # -- workers ------------------------------------------------------------------------------------------------

    def _submit(self, chosen: Blend) -> dict["Future[object]", Job]:
        """Refits that can end in time, the longest first, and the importance beside them."""
        copies = self.eligible.copies
        outputs = self.session.folder.task.facts.n_outputs
        saving = save_seconds(self.session.state, chosen.numbers, copies=copies, outputs=outputs)
        hard = self.session.deadline.earlier(saving)
        importance, is_exact = self._importance, self.session.is_exact
        beside = 0.0 if is_exact else importance.seconds
        refitting = Refitting(self.session, copies, beside)
        jobs = refitting.jobs(chosen, hard)
        seconds = max(importance.seconds, min(refitting.idle_seconds(jobs, hard), MOST_SECONDS))
        row_ms = {candidate.number: candidate.row_ms for candidate in self.eligible.candidates()}
        jobs.insert(min(1, len(jobs)), importance.job(chosen, row_ms, seconds=seconds))
        words = WordImportance(self.session, importance).job(chosen, row_ms)
        jobs += [] if words is None else [words]
        return {self.session.executor.submit(job, deadline=hard): job for job in jobs}

    @property
    def _importance(self) -> Importance:
        return Importance(self.session)

    def _bbc_limit(self) -> Deadline:
        if self.session.is_exact:
            return Deadline()
        return Deadline.after(max(0.3, 0.4 * self.session.deadline.left), self.session.deadline.clock)

    def _collect(
        self, jobs: dict["Future[object]", Job]
    ) -> tuple[dict[int, Refitted], Shuffled | None, WordEffects | None]:
        refits: dict[int, Refitted] = {}
        shuffled: Shuffled | None = None
        words: WordEffects | None = None
        left = self.session.deadline.left
        wait(jobs, timeout=None if math.isinf(left) else max(left, 0.1))
        for future, job in jobs.items():
            outcome = future.result() if future.done() else Failure(kind="time", step=job.kind, message="out of time")
            if isinstance(outcome, Refitted):
                refits[job.experiment.number] = outcome
            elif isinstance(outcome, Shuffled):
                shuffled = outcome
            elif isinstance(outcome, WordEffects):
                words = outcome
            elif isinstance(outcome, Failure):
                self.session.journal.write("failure", outcome, experiment=job.experiment.number)
        for number, refit in sorted(refits.items()):
            self.session.journal.write("refit", refit, experiment=number)
        return refits, shuffled, words

    def _learned(self, ensemble: int, told: Sequence[ColumnLoss]) -> str:
        """The line of the summary on columns: first of all, whether anything was learned."""
        if not self.recorder.candidates():
            is_constant = self.session.state.entries[ensemble].experiment.entry == CONSTANT
            if is_constant and not self.session.is_exact:
                return constant_words(self.session.state)
            return "only the simplest models were fitted: give more time or experiments"
        if self.eligible.nothing:
            what = self.session.state.entries[ensemble].experiment.what
            return f"nothing was found: out of fold no model knew more than {what}, so the model is {what}"
        floor = [e for e in self.session.state.standing() if e.experiment.entry in FLOOR]
        for entry in floor:
            gain, _ = self.recorder.compare(entry.experiment.number, self.recorder.oof[ensemble])
            if gain.value == 0.0:
                return f"no model says more of these rows than {entry.experiment.what}"
            if gain.value < 0:
                return f"no model beats {entry.experiment.what} on these rows; the columns may not tell of the target"
            if entry.experiment.entry == CONSTANT and gain.z < VISIBLE:
                return f"nothing for certain: on these rows the model cannot be told from {entry.experiment.what}"
        return learned_line(told)
