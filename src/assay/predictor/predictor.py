"""The deployable model: predicts rows from a bundle, independent of the lab it came from."""

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Bools, Floats
from assay.core.caller_warnings import warn_caller
from assay.core.contract import AnyMetric
from assay.core.effort import Effort
from assay.core.errors import BundleError, DataWarning, UsageError
from assay.core.figure import Figure
from assay.core.labels import LabelRule
from assay.core.schema import Label, Schema
from assay.core.table import Table
from assay.embeddings.text_models import TextModels
from assay.ensemble.labelling import Labelling
from assay.pipeline.surroundings import NOWHERE, Surroundings
from assay.predictor.bundle import AGAIN, Bundle, assemble, bundle_files
from assay.predictor.bundled_code import code_in, refuse_pickle, sources_of
from assay.predictor.coverage import interval_place, set_place
from assay.predictor.doubtful_cells import Oddity, doubts
from assay.predictor.lab_rows import LabRows
from assay.predictor.member import Ingredient, Member
from assay.predictor.member_words import MemberWords, in_words
from assay.predictor.new_rows_check import RowsCheck, check_rows, new_columns, unread_cells
from assay.predictor.out_of_range import TrainingRanges
from assay.predictor.passport import Passport
from assay.predictor.prediction_chunks import PredictionChunks
from assay.predictor.prediction_plan import MISFIT, PredictionPlan, misfit
from assay.predictor.predictor_text import predictor_html, predictor_text
from assay.predictor.row_reader import RowReader, Source, reading
from assay.predictor.stacked_plan import StackedPlan, plan_of
from assay.predictor.storage import bundle_from_zip, home_of, read_bundle, write_bundle, zip_bytes
from assay.predictor.top_classes import by_class, check_top, top_classes

if TYPE_CHECKING:
    from assay.predictor.row_scores import ScoreReport

FAR = "data/far-values"
CONSTANT = "constant"
"""The family of models that read no column."""


class Predictor:
    """Predicts new rows given as a pandas, polars or pyarrow table, a dict (one row), a list of dicts, or an array.

    A dict of lists is a table, too. Columns may come in any order and may be more than needed; lacking ones raise
    DataError. The answer has the rows of the question, in their order, and no index. Cells that are there and are
    no numbers or dates as the model reads them are taken as missing, with a DataWarning that counts them by column;
    others have a line for each column where a tenth of the rows hold values never seen in training, and for each with
    numbers or dates far outside of those it learned from (further than these are apart). A predictor
    warns once of a column (`check` says all, each time, `stored` nothing). Models are restored by the first
    prediction; calls from many threads are safe.
    """

    def __init__(
        self, bundle: Bundle, *, size_bytes: int | None = None, surroundings: Surroundings = NOWHERE,
        lab_rows: LabRows | None = None,
    ) -> None:  # fmt: skip
        self._bundle, self._size_bytes = bundle, size_bytes
        self._surroundings = surroundings.only_read()
        self.lab_rows = lab_rows
        self._warned: set[tuple[str, str]] = set()

    @classmethod
    def of(cls, passport: Passport, ingredients: Sequence[Ingredient]) -> "Predictor":
        """The predictor of a blend: its experiments with their weights and what was fitted for each."""
        return cls(assemble(passport, ingredients))

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, text_models: Sequence[str | os.PathLike[str]] = (),
        allow_code: bool = False,
    ) -> "Predictor":  # fmt: skip
        """From a folder, a zip file, or a lab's folder, which holds it in model/; BundleError if it cannot be trusted
        or read. Imports no model library. text_models: see with_text_models; those of its lab are known. allow_code:
        run functions that are part of it, in this process; without it a model that holds any is refused.
        """
        bundle, size_bytes = read_bundle(home := home_of(Path(path)))
        code = code_in(bundle, str(path), allowed=allow_code)
        around = Surroundings(TextModels.read(home.parent / "data"), code)
        rows = LabRows.around(home)
        return cls(bundle, size_bytes=size_bytes, surroundings=around, lab_rows=rows).with_text_models(text_models)

    @classmethod
    def in_lab(cls, path: Path, surroundings: Surroundings) -> "Predictor":
        """From a folder of the lab that it was made in. surroundings: of that lab, whose sandbox runs its functions."""
        bundle, size_bytes = read_bundle(home_of(path))
        return cls(bundle, size_bytes=size_bytes, surroundings=surroundings, lab_rows=LabRows.around(home_of(path)))

    def with_text_models(self, folders: Sequence[str | os.PathLike[str]]) -> "Predictor":
        """The same, told of folders of pretrained encoders, which are no part of it; UsageError for one of none."""
        models = self._surroundings.text_models.beside([Path(one) for one in folders])
        around = replace(self._surroundings, text_models=models)
        return Predictor(self._bundle, size_bytes=self._size_bytes, surroundings=around, lab_rows=self.lab_rows)

    @classmethod
    def from_bytes(cls, body: bytes, *, allow_code: bool = False) -> "Predictor":
        """From the bytes of a zip file, as `to_bytes` gives them. allow_code: see `load`."""
        bundle, _ = bundle_from_zip(body, "the given bytes")
        around = Surroundings(code=code_in(bundle, "the given bytes", allowed=allow_code))
        return cls(bundle, size_bytes=len(body), surroundings=around)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a folder, or one file if the path ends in .zip; an older predictor there is replaced."""
        write_bundle(self._bundle, Path(path))
        return Path(path)

    def to_bytes(self) -> bytes:
        return zip_bytes(self._bundle)

    @property
    def schema(self) -> Schema:
        return self._bundle.passport.schema

    @property
    def classes(self) -> tuple[Label, ...]:
        """Labels in the order of the columns of `predict_proba`; () for regression."""
        return self._bundle.passport.classes

    @property
    def metric(self) -> str:
        return self._bundle.passport.metric

    @property
    def expected(self) -> Figure | None:
        """The score to expect on rows like those it learned from."""
        return self._bundle.passport.expected

    @property
    def threshold(self) -> float:
        """Probability of classes[1] above which a row is given that class (binary)."""
        return self._bundle.passport.threshold

    @property
    def members(self) -> tuple[Member, ...]:
        return self._bundle.members

    @property
    def is_constant(self) -> bool:
        """Whether every row gets the same prediction, whatever its columns hold."""
        pieces = [piece for member in self.members if member.weight > 0 for piece in member.pieces]
        return all(self._bundle.states[piece.model].name == CONSTANT for piece in pieces)

    @property
    def passport(self) -> Passport:
        """All facts of the task that travel with the predictor."""
        return self._bundle.passport

    @property
    def size_bytes(self) -> int:
        """On disk as loaded; before the first save, of the files a folder would hold."""
        if self._size_bytes is None:
            self._size_bytes = sum(len(body) for body in bundle_files(self._bundle).values())
        return self._size_bytes

    @property
    def runs_code(self) -> bool:
        return bool(sources_of(self._bundle))

    @cached_property
    def _reader(self) -> RowReader:
        return RowReader(self.schema)

    @cached_property
    def _ranges(self) -> TrainingRanges:
        return TrainingRanges(self.schema)

    @cached_property
    def plan(self) -> PredictionPlan | StackedPlan:
        return plan_of(self.members, self._bundle.states, self.passport, self._surroundings)

    @cached_property
    def _chunks(self) -> PredictionChunks:
        return PredictionChunks(self.plan)

    @property
    def row_effort(self) -> Effort:
        """Cost of one row of a frame, counted from the sizes of all parts: equal for equal predictors."""
        return reading(self.schema) + self.plan.effort()

    def predict(self, rows: Source, *, threshold: float | None = None) -> AnyArray:
        """(n,) labels in their original type, or values in the target's unit. threshold: of two classes, the
        probability of classes[1] above which a row is given it, in place of the model's own.
        """
        labelling = self.labelling_at(threshold)
        return self.labels(self._stored_with_warnings(rows), labelling)

    def predict_proba(self, rows: Source) -> Floats:
        """(n, n_classes) probabilities in the order of `classes`, rows summing to 1. UsageError for regression."""
        self._check_classes()
        return by_class(self._stored_with_warnings(rows))

    def predict_both(self, rows: Source, *, threshold: float | None = None) -> tuple[AnyArray, Floats]:
        """The results of `predict` and `predict_proba` for one evaluation. UsageError for regression."""
        self._check_classes()
        labelling, p = self.labelling_at(threshold), by_class(self._stored_with_warnings(rows))
        return self.labels(p if len(self.classes) > 2 else p[:, 1], labelling), p

    def predict_top(self, rows: Source, k: int = 3) -> tuple[AnyArray, Floats]:
        """(n, k) labels of the likeliest classes, best first, and their probabilities; None and 0 where fewer are
        possible. UsageError for regression, two classes, and more than there are."""
        check_top(self.passport, k)
        return self.top(self.predict_proba(rows), k)

    def top(self, probabilities: Floats, k: int = 3) -> tuple[AnyArray, Floats]:
        """The likeliest classes of rows with these probabilities, as `predict_proba` gives them; see `predict_top`."""
        check_top(self.passport, k)
        return top_classes(self.classes, probabilities, k)

    def labelling_at(self, threshold: float | None) -> Labelling:
        """Labels above a threshold that is asked for (UsageError where it makes no sense), or as the model has it."""
        if threshold is None:
            return self._labelling
        LabelRule(threshold=threshold).check(self.passport.problem)
        return Labelling(threshold=threshold)

    def predict_interval(self, rows: Source, *, coverage: float = 0.9) -> Floats:
        """(n, 2) low and high, between which the truth of this share of rows like the training rows lies. UsageError
        for classes, and for a coverage that the rows it learned from are too few for.
        """
        place = interval_place(self.passport, coverage)
        return self._intervals(rows, place)[1]

    def predict_set(self, rows: Source, *, coverage: float = 0.9) -> Bools:
        """(n, n_classes) which classes are in the set of each row, in the order of `classes`: of each class, the set
        holds the truth in this share of rows like the training rows. UsageError as `predict_interval`, for numbers.
        """
        return self.sets(self.predict_proba(rows), coverage=coverage)

    def sets(self, probabilities: Floats, *, coverage: float = 0.9) -> Bools:
        """The sets of rows with these probabilities, as `predict_proba` gives them."""
        return self.passport.conformal.sets(set_place(self.passport, coverage), probabilities)

    def predict_both_ends(self, rows: Source, *, coverage: float = 0.9) -> tuple[Floats, Floats]:
        """The results of `predict` and `predict_interval` for one evaluation."""
        return self._intervals(rows, interval_place(self.passport, coverage))

    def _intervals(self, rows: Source, place: int) -> tuple[Floats, Floats]:
        table = self.encoded(rows)
        stored = self._answer(table)
        return stored, self.passport.conformal.interval(place, table, stored)

    def score(self, rows: object, *, metric: "AnyMetric | None" = None) -> Figure:
        """The score on new rows that hold the target too, with its interval: a frame of any library, or a dict of
        columns. metric: any name or function; None: the one it was chosen by. Rows without a true value are left out,
        rows that it learned from are warned of. DataError for classes it never learned, LabError for rows of its lab's
        sealed vault. The estimators' `score` is scikit-learn's (accuracy, R²), without one.
        """
        found = self.scored(rows, metrics=() if metric is None else (metric,))
        for note in found.known:
            warn_caller(DataWarning(note, code="data/known-rows"))
        return found.figures[-1]

    def scored(
        self, rows: object, *, name: str = "the rows", metrics: "Sequence[AnyMetric]" = (), by: Sequence[str] = ()
    ) -> "ScoreReport":
        """`score` with everything: further metrics, slices `by` columns, classes, and whether the promise holds."""
        from assay.data.dataframes import frame_of
        from assay.predictor.row_scores import score_rows

        frame = frame_of(rows)
        if self.lab_rows is not None:
            self.lab_rows.refuse_sealed(self.passport, frame, name, by=by)
        scored = score_rows(self.passport, self.stored, frame, name=name, metrics=metrics, by=by)
        known = () if self.lab_rows is None else tuple(self.lab_rows.known(self.passport, frame, name))
        return replace(scored, known=known, kept=None if known else scored.kept)

    def stored(self, rows: Source) -> Floats:
        """Predictions as they are stored: (n,) of classes[1], (n, n_classes), or (n,) values."""
        return self._answer(self._reader.table(rows))

    def of_table(self, table: Table) -> Floats:
        """`stored` of rows that were encoded under its schema before, as a lab keeps them."""
        return self._answer(table)

    def _stored_with_warnings(self, rows: Source) -> Floats:
        """`stored`, with a warning once per column for what is odd about these rows."""
        return self._answer(self.encoded(rows))

    def encoded(self, rows: Source) -> Table:
        """The rows as `of_table` takes them, with a warning once per column for what is odd about them."""
        given = self._reader.given(rows)
        table = self._reader.encoded(given)
        unread = unread_cells(self.schema, table, given)
        doubted = doubts(self.schema, given, unread={item.column for item in unread})
        self._warn("data/unread-cells", unread, between="; ", end=". They are read as missing.")
        self._warn("data/doubtful-cells", doubted)
        self._warn("data/unseen-values", new_columns(self.schema, table, given))
        self._warn(FAR, self._ranges.far(table, said=lambda name: (FAR, name) in self._warned))
        return table

    def _warn(self, code: str, found: "Sequence[Oddity]", *, between: str = "\n", end: str = "") -> None:
        """One warning for the columns that this predictor has not yet warned of."""
        new = [item for item in found if (code, item.column) not in self._warned]
        if not new:
            return
        self._warned.update((code, item.column) for item in new)
        column = new[0].column if len(new) == 1 else None
        message = between.join(item.text for item in new) + end
        warn_caller(DataWarning(message, code=code, column=column))

    def _check_classes(self) -> None:
        if not self.classes:
            raise UsageError(f"{self.passport.target!r} is a number, so it has no probabilities.", do=("call predict",))

    def _answer(self, table: Table) -> Floats:
        try:
            answer = self._chunks.of(table)
        except MISFIT as error:  # members that fit their tables, and not each other
            raise misfit("blend", " + ".join(member.name for member in self.members), error) from error
        k = len(self.classes)
        if answer.shape != ((table.n_rows, k) if k > 2 else (table.n_rows,)):
            raise BundleError(
                f"This predictor answers {answer.shape} for {table.n_rows} rows and {k} classes.", do=(AGAIN,)
            )
        answered = self.passport.calibration.apply(answer) if self.classes else answer
        if answered.dtype.kind != "f" or not np.isfinite(answered).all():
            raise BundleError("This predictor answers with something else than numbers: it is damaged.", do=(AGAIN,))
        return answered

    def words(self, rows: Table | None = None) -> tuple[MemberWords, ...]:
        """Its members in words: curves, rules and trees line by line; of others that they cannot be read. rows: encoded
        ones, in which lines of texts that it knows by number are looked up.
        """
        return in_words(self._bundle, rows)

    def check(self, rows: Source) -> RowsCheck:
        """What is odd about new rows: columns ignored, values never seen, cells missing."""
        return check_rows(self.schema, self._reader, rows)

    def labels(self, stored: Floats, labelling: Labelling | None = None) -> AnyArray:
        """Labels or values from stored predictions. labelling: None is the model's."""
        if not self.classes:
            return stored
        return np.asarray(self._label_array[(labelling or self._labelling).codes(stored)])

    @cached_property
    def _labelling(self) -> Labelling:
        return self.passport.labelling

    @cached_property
    def _label_array(self) -> AnyArray:
        kinds = {type(label) for label in self.classes}
        plain = len(kinds) == 1 and kinds != {str}
        return np.array(self.classes, dtype=None if plain else object)

    def __deepcopy__(self, memo: object) -> "Predictor":
        return self  # nothing changes a predictor

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        """Pickled as the bytes of its zip file, so that a copy is checked like a loaded one; BundleError with code."""
        refuse_pickle(self._bundle)
        return Predictor.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return predictor_text(self.passport, self.size_bytes)

    def _repr_html_(self) -> str:
        return predictor_html(self.passport, self.size_bytes)
