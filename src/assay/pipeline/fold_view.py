"""FoldView over a lab's files: the rows of one fold on a cached design."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.atomic_files import atomic_file, sweep_unfinished
from assay.core.contract import Facts, FittedEncoder, Loss, Part, Problem, Recipe, Seeds, Table, Target, TargetEncoder
from assay.core.errors import UsageError, at_step
from assay.core.recipe import Step, canonical
from assay.core.split import Fold
from assay.pipeline.left_out_columns import facts_left, numbered
from assay.pipeline.row_weights import TrainingPart, row_weights
from assay.pipeline.shared_design import SharedDesign, fits_in_fold, locked, name_of_rows, open_design
from assay.pipeline.stacking_inputs import files_stamp, names_predictions
from assay.pipeline.step_output_check import with_rows
from assay.pipeline.step_surroundings import built
from assay.pipeline.store import TaskFolder
from assay.pipeline.target_link import TargetLink, fit_link, relative_scale, weighed
from assay.pipeline.text_steps import TextSteps, name_of_terms
from assay.pipeline.worker_cache import WORKER_CACHE

T = TypeVar("T")


def open_kept_design(folder: TaskFolder, recipe: Recipe, train: Index) -> SharedDesign:
    """The recipe's design for these training rows, cached in this process; keyed by the task, as a lab may be replaced
    in its folder."""
    steps = tuple(str(step.as_json()) for step in recipe.steps)
    rows = name_of_rows(train) if fits_in_fold(recipe.steps) else ""
    key = ("design", str(folder.path), folder.task.hash, rows, *steps, *files_stamp(folder, recipe.on))
    return WORKER_CACHE.get(key, lambda: open_design(folder, recipe.steps, recipe.on, train=train))


@dataclass(eq=False)
class LabFoldView:
    """See core.contract.FoldView. Encoders of the fold are fitted when a table is first needed.

    nested: the raw training rows of a second level, whose stacking inputs differ by fold; nested_test: the raw tested
    rows, where its stored inputs are not those of this fold.
    """

    folder: TaskFolder
    recipe: Recipe
    fold: Fold
    loss: Loss
    seeds: Seeds
    partition: int = 0
    nested: Table | None = None
    nested_test: Table | None = None
    _base: SharedDesign | None = None
    _encoders: tuple[FittedEncoder, ...] | None = None
    _tables: dict[Part, Table] = field(default_factory=dict)
    _link: TargetLink | None = None

    @property
    def problem(self) -> Problem:
        return self.folder.task.problem

    @property
    def quantile(self) -> float:
        return self.folder.task.quantile

    @property
    def facts(self) -> Facts:
        table = self.base.table if names_predictions(self.recipe) else self.folder.table
        return facts_left(self.folder.task.facts, self.recipe, table)

    @property
    def base(self) -> SharedDesign:
        if self._base is None:
            self._base = open_kept_design(self.folder, self.recipe, self.fold.train)
        return self._base

    @property
    def design(self) -> str | None:
        return None if self.base.rest or self.recipe.on else self.base.key

    @property
    def train_rows(self) -> Index:
        """Those of the fold that teach: all but rows of weight 0."""
        return self.fold.train if self._row_weights is None else self.fold.train[self._row_weights > 0]

    @cached_property
    def _row_weights(self) -> Floats | None:
        """(n_train,) by the recipe's weighting, from the fold's training rows alone; None where all weigh alike."""
        return row_weights(self.recipe.weighting, self._training_part)

    def _training_part(self) -> TrainingPart:
        folder, train = self.folder, self.fold.train
        return TrainingPart(
            table=folder.table.take(train), target=folder.target.take(train),
            inner=folder.inner_numbers(train, self.partition), seeds=self.seeds.child("weights"),
            groups=None if folder.groups is None else folder.groups[train], fresh=folder.unlabelled,
        )  # fmt: skip

    @property
    def test_rows(self) -> Index:
        return self.fold.test

    def target(self, part: Part) -> Target:
        """As trained: transformed, and weighted by class weights and relative scale of the training rows."""
        own = self.folder.target.take(self.train_rows if part == "train" else self.fold.test)
        if part == "train" and self._row_weights is not None:
            own = weighed(own, self._row_weights[self._row_weights > 0])
        if own.is_class:
            by = self.link.class_weights
            return weighed(own, np.array(by)[own.values]) if by else own
        if self.folder.task.metric == "mape":
            own = weighed(own, self._relative(own))
        return replace(own, values=self.link.encode(own.values))

    @property
    def link(self) -> TargetLink:
        """The recipe's target link, fitted on the training rows."""
        if self._link is None:
            self._link = fit_link(self.recipe, self.folder.target.take(self.train_rows))
        return self._link

    def _relative(self, own: Target) -> Floats:
        """Weights that turn absolute errors into relative ones, of mean 1 over the training rows."""
        train = self.folder.target.take(self.train_rows)
        least = relative_scale(train)
        scale = np.mean(1.0 / np.maximum(np.abs(train.values), least))
        return np.asarray(1.0 / np.maximum(np.abs(own.values), least) / scale)

    def table(self, part: Part) -> Table:
        if part not in self._tables and not self.base.rest and self.nested is None:
            self._tables[part] = self._taken(self.train_rows if part == "train" else self.fold.test)
        elif part not in self._tables:
            self._fit_encoders()
        return self._tables[part]

    def _taught(self, train: Table) -> Table:
        weights = self._row_weights
        return train if weights is None else train.take(np.flatnonzero(weights > 0))

    def _taken(self, rows: Index) -> Table:
        """The design's rows; all of them without a copy for a refit, as that is as large as the file."""
        table = self.base.table
        is_whole = len(rows) == table.n_rows and np.array_equal(rows, np.arange(table.n_rows))
        return table if is_whole else table.take(rows)

    def encoders(self) -> tuple[FittedEncoder, ...]:
        """The steps fitted inside this fold, in order; those of the shared design are not among them."""
        if not self.base.rest:
            return ()  # without a copy of the fold's rows, which not every model asks for
        if self._encoders is None:
            self._fit_encoders()
        return self._encoders or ()

    def unlabelled(self) -> Table:
        """The encoded rows without a target; UsageError where the lab has none."""
        table = self.folder.unlabelled
        if table is None:
            raise UsageError(
                "This lab keeps no rows without a target, so none can teach by what is predicted for them.",
                do=("assay fit FILE --unlabelled FILE|missing  (a new lab)",),
            )
        for encoder in (*self.base.encoders, *self.encoders()):
            table = with_rows(encoder.transform(table), table.n_rows, "unlabelled")
        return table

    def whole(self) -> Table:
        return self.base.table

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        path = self.base.folder / name
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)  # dropped from the cache since the design was opened
        with locked(path.with_name(f"{name}.lock")):
            if not path.exists():
                sweep_unfinished(path.parent, name)  # a worker that was killed leaves half a file
                with atomic_file(path) as temporary:
                    build(temporary)
        return path

    def keep(self, name: str, build: Callable[[], T]) -> T:
        table = self.base.table
        cells = table.n_rows * (len(table.numeric_names) + len(table.code_names))
        return WORKER_CACHE.get(("object", str(self.base.folder), name), build, cells=cells)

    def _learned(self, learner: TargetEncoder, step: Step, train: Table, seeds: Seeds) -> tuple[FittedEncoder, Table]:
        """The step as fitted, and what it makes of the training rows; kept where it learns from terms alone."""
        target, inner = self.target("train"), self.folder.inner_numbers(self.train_rows, self.partition)
        if not learner.traits.terms_alone:
            return learner.fit_transform(train, target, inner=inner, seeds=seeds)
        key = (canonical(step.as_json()), name_of_terms(train, target, inner))
        own = Seeds(self.folder.task.seed).child(step.name)  # of no recipe, as many share it
        return TextSteps.of(self.folder).applied(
            key, train, partial(learner.fit_transform, train, target, inner=inner, seeds=own)
        )

    def _fit_encoders(self) -> None:
        train = self._taken(self.train_rows) if self.nested is None else self._taught(self.nested)
        test = self.base.table.take(self.fold.test) if self.nested_test is None else self.nested_test
        fitted: list[FittedEncoder] = []
        for i, step in numbered(self.base.rest):
            encoder = built(step, self.folder)
            seeds = self.seeds.child("step", i, step.name)
            with at_step(step.name):
                if encoder.traits.needs_target:
                    learner: TargetEncoder = encoder  # type: ignore[assignment]  # the contract of needs_target
                    one, made = self._learned(learner, step, train, seeds)
                else:
                    one = encoder.fit(train, None, seeds=seeds)
                    made = one.transform(train)
                train = with_rows(made, train.n_rows, step.name)
                test = with_rows(one.transform(test), test.n_rows, step.name)
            fitted.append(one)
        self._encoders = tuple(fitted)
        self._tables = {"train": train, "test": test}
