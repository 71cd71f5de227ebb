"""The main job under scikit-learn's conventions: fit(X, y), predict(X), and everything learnt ends in "_".

Loaded on the first touch of AutoClassifier or AutoRegressor, as its base takes long to import.
"""

from typing import Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin

from assay.core.array import AnyArray, Bools, Floats
from assay.core.errors import UsageError
from assay.core.schema import Label
from assay.estimator.auto_model import AutoModel, EstimatorTarget
from assay.estimator.intake import Labels, features_of, values_of, warn_of_order, weights_of


class AutoClassifier(ClassifierMixin, AutoModel):  # type: ignore[misc]  # scikit-learn ships no types
    """The best classifier of a table within a time limit, with the evidence for it.

    Takes pandas and polars frames, dicts of columns, lists of dicts, arrays (also of objects), lists, and sparse
    matrices of up to 200 MB once dense. Rows and y go together by position.
    Columns may be numbers, words, dates, texts, and may have gaps; of an array they are called x0, x1, …

    time_limit: seconds, or text such as "60s", "5m", "2h30m"; None is five minutes, or no limit where `experiments`
    is given. experiments: so many, then no decision reads a clock and the same rows give the same model. patience:
    end early when a quarter of the time, a minute at least, gained nothing. metric: a name ("roc_auc", any scikit-learn
    scorer) or a function of truth and prediction. lab: folder that keeps what was tried, gone on with when fitted again
    on the same question; None puts it in a temporary folder that goes with the estimator. force: replace a lab of
    another question.

    drop, keep: columns never used, and used even where they look like a leak or a number of the row. raw: repairs left
    undone, as "price" (all of a column), "price=numbers" (one), "label-spelling" (of the rows). missing: further texts
    that mean missing. kinds: a kind by column, e.g. {"zip": "category"}. group: its rows stay in one fold. order_by:
    learn from earlier rows, as is done by itself where rows lie in the order of a date along which they change; "none":
    they are in no order. candidates_by: a row may only be given labels that were seen with its value of this column.
    positive: the class that a binary metric is about. monotone: by numeric column 1 where the prediction may only rise
    as it grows, -1 where it may only fall. without: model families left out. families: the only ones tried.
    valid: a column of X that deals the folds, or tells rows to score ("valid", True) from others. threshold: of two
    classes, rows are labelled positive above this probability. cost: what wrong labels of two classes cost,
    {"fp": 1, "fn": 5}; the threshold at which they cost least is chosen. max_latency: milliseconds a row may take.
    max_size: bytes, or text such as "20MB". vault: a share of the rows that choose nothing, so that expected_ is a
    score on rows that nobody saw. ship: "all" refits
    what was certified on all rows, "certified" ships it as it is. researchers: who may propose. text_models: folders
    of pretrained encoders of texts in place of installed ones, or "none"; text_store: the folder that keeps their
    vectors ("": this user's, "off": none). ship_code: a model may ship that calls functions that were added to `lab`,
    and runs them; sandbox: "required" runs functions only where a sandbox holds everything. n_jobs: worker processes
    (None, -1: all cores).
    random_state: root of all randomness (None is 0). progress: None tells in plain lines on stderr at a prompt and in
    a notebook, never in a script; True always, False never; a function hears every event of `assay.core.event`.

    A limit of at most 2 s (on up to 200,000 cells), or of at most 5 s on up to 300 rows, starts no worker processes:
    a linear model, small trees and, from 2 s, a forest are fitted in this process, in an order that no clock decides.

    Learnt: classes_, predictor_ (deployable, knows no lab), expected_ (the score to promise), lab_, leaderboard_,
    n_features_in_, feature_names_in_. A pickle holds the predictor's bytes; lab_ needs the lab's folder.

    Of scikit-learn's checks one cannot hold: check_sample_weight_equivalence_on_dense_data (and its sparse twin) asks
    that a weight of 2 be the same as the row twice, but rows are dealt to folds, and two rows are not one.
    """

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Learn to tell the labels y from the rows of X; (n,) weights say how much each row counts."""
        who = type(self).__name__
        rows = features_of(X, who=who, least_rows=2)
        labels = Labels.of(_present(y, who), n_rows=len(rows))
        warn_of_order(X, y)
        weight = weights_of(sample_weight, n_rows=len(rows))
        (labels if weight is None else labels.at(weight > 0)).check_several()
        target = EstimatorTarget(
            name=_name_of(y), cells=labels.column(), problem="multiclass", positive=self._spoken(labels)
        )
        self._search(X, rows, target, weight)
        self.classes_ = labels.classes
        self._order = labels.order_of(self.predictor_.classes)
        return self

    def _spoken(self, labels: Labels) -> Label | None:
        """The positive class in the lab's words; as given where y has no such label, so that the lab can say so."""
        found = [label for label, own in zip(labels.spoken, labels.classes, strict=True) if own == self.positive]
        return found[0] if found and self.positive is not None else self.positive

    def predict(self, X: object) -> AnyArray:
        """(n,) labels, in the type of y. A row's answer never depends on the other rows."""
        rows = self._rows(X)
        place = {label: code for code, label in enumerate(self.predictor_.classes)}
        codes = [place[label] for label in self.predictor_.predict(rows).tolist()]
        found: AnyArray = self.classes_[np.argsort(self._order)[codes]]
        return found

    def predict_proba(self, X: object) -> Floats:
        """(n, n_classes) probabilities in the order of classes_."""
        rows = self._rows(X)
        return self.predictor_.predict_proba(rows)[:, self._order]

    def predict_set(self, X: object, *, coverage: float = 0.9) -> Bools:
        """(n, n_classes) which classes are in the set of each row, in the order of classes_: of each class the set
        holds the truth in this share of rows like those of the fit.
        """
        rows = self._rows(X)
        return self.predictor_.predict_set(rows, coverage=coverage)[:, self._order]

    def predict_top(self, X: object, k: int = 3) -> tuple[AnyArray, Floats]:
        """(n, k) labels of the likeliest classes, in the type of y and the likeliest first, and their (n, k)
        probabilities; for three classes and more.
        """
        rows = self._rows(X)
        named, shares = self.predictor_.predict_top(rows, k)
        meant = dict(zip(self.predictor_.classes, self.classes_[np.argsort(self._order)], strict=True))
        return np.vectorize(meant.get, otypes=[object])(named), shares


class AutoRegressor(RegressorMixin, AutoModel):  # type: ignore[misc]  # scikit-learn ships no types
    """The best regression of a table within a time limit, with the evidence for it.

    The arguments, the attributes (but classes_) and the one check of scikit-learn's that cannot hold are those of
    AutoClassifier.
    """

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Learn to predict the numbers y from the rows of X; (n,) weights say how much each row counts."""
        who = type(self).__name__
        rows = features_of(X, who=who, least_rows=2)
        values = values_of(_present(y, who), n_rows=len(rows))
        warn_of_order(X, y)
        weight = weights_of(sample_weight, n_rows=len(rows))
        target = EstimatorTarget(name=_name_of(y), cells=values, problem="regression")
        self._search(X, rows, target, weight)
        return self

    def predict(self, X: object) -> Floats:
        """(n,) values in the unit of y. A row's answer never depends on the other rows."""
        rows = self._rows(X)
        found: Floats = self.predictor_.predict(rows)
        return found

    def predict_interval(self, X: object, *, coverage: float = 0.9) -> Floats:
        """(n, 2) low and high, between which the truth of this share of rows like those of the fit lies."""
        rows = self._rows(X)
        return self.predictor_.predict_interval(rows, coverage=coverage)


def _present(y: object, who: str) -> object:
    if y is None:
        raise UsageError(f"This {who} estimator requires y to be passed, but the target y is None.")
    return y


def _name_of(y: object) -> str:
    name = getattr(y, "name", None)
    return name.strip() or "y" if isinstance(name, str) else "y"
