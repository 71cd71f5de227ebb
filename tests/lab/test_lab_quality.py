"""The brief's calibration and confusion are of rows that taught neither, and know which rows go together."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.labels import LabelCost, LabelRule
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.ensemble.threshold import best_threshold
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.metrics.choose_metric import find
from assay.pipeline.store import TaskFolder
from assay.search.scorer import Scorer
from assay.search.settings import FitSettings
from assay.ship.calibration_and_labels import Decision
from assay.ship.cross_fitted import CrossFittedAnswers, answers
from assay.views.shipped_quality import of_classes, of_numbers


def rows_of(path, y, **options):
    """A lab's rows on disk, with a column of no use."""
    frame = pd.DataFrame({"a": np.random.default_rng(5).normal(size=len(y)), "y": y})
    extra = {name: frame.pop(name) if name in frame else options.pop(name) for name in ("g", "w") if name in options}
    frame = frame.assign(**extra)
    made = prepare(read_table(frame), TaskOptions(target="y", seed=3, **options))
    return TaskFolder.create(
        path, task=made.task, table=made.table, target=made.target, split=made.split, groups=made.groups
    )


def both(folder, p, metric, asked=LabelRule()):
    """(what ships learned on these rows and applied to them, the same each fold by the others) as of_classes tells."""
    metric = find(metric, folder.task.problem)
    made, rows = Decision.of(p, folder, metric, asked), Scorer.of(folder, metric).rows
    meant = made.calibration.apply(p)
    inside = CrossFittedAnswers(meant=meant, codes=made.labelling.codes(meant))
    told = [
        of_classes(one, rows, folder.task, threshold=0.5, crossed=True)
        for one in (inside, answers(p, folder, metric, asked))
    ]
    return made, *told


def kind(made):
    return (
        bool(made.calibration.curves),
        made.calibration.offset != 0,
        made.calibration.temperature != 1,
        (made.labels is None or made.labels.threshold == 0.25),
    )


def error_of(quality):
    return sum(t.rows * abs(t.predicted - t.observed) for t in quality.tenths) / quality.rows


def test_the_calibration_shown_was_not_learned_on_the_rows_it_is_shown_for(tmp_path):
    rng = np.random.default_rng(0)
    p = rng.random(6000)
    y = np.where(rng.random(6000) < np.where(p > 0.5, 0.55 + 0.4 * p, 0.1 + 0.2 * p), "yes", "no")
    made, inside, crossed = both(rows_of(tmp_path / "a", y), p, "log_loss")
    assert made.calibration.curves  # a curve makes the mean of its own rows right at every step
    assert error_of(inside) < 0.007
    assert error_of(crossed) > 1.5 * error_of(inside)


@pytest.mark.parametrize("asked", [LabelRule(), LabelRule(cost=LabelCost(fp=1, fn=3)), LabelRule(threshold=0.4)])
def test_answers_shown_for_a_fold_have_not_seen_its_truth(tmp_path, asked):
    """Another truth of its own rows changes nothing, but where it changes whether there is a threshold at all."""
    metric, compared = find("f1", Binary()), 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        p = np.clip(0.3 + 0.3 * rng.normal(size=300), 0.01, 0.99)
        folder = rows_of(tmp_path / f"{seed}", np.where(rng.random(300) < 0.3 + 0.3 * (p - 0.3), "yes", "no"))
        made, told = Decision.of(p, folder, metric, asked), answers(p, folder, metric, asked)
        own = folder.split.numbers[:, 0] == 0
        truth = folder.target.values.copy()
        truth[own] = rng.permutation(truth[own])
        np.save(folder.data / "y.npy", truth)
        other = TaskFolder.open(folder.path)
        if kind(Decision.of(p, other, metric, asked)) == kind(made):
            again, compared = answers(p, other, metric, asked), compared + 1
            assert np.array_equal(again.codes[own], told.codes[own])
            assert np.array_equal(again.meant[own], told.meant[own])
            assert not np.array_equal(again.meant[~own], told.meant[~own])
    assert compared


def test_labels_of_chance_are_no_better_than_chance_in_the_table_of_mistakes(tmp_path):
    """The threshold that is best on these rows gains by their luck, which the others know nothing of."""
    more = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        p, y = np.clip(0.5 + 0.02 * rng.normal(size=80), 0.01, 0.99), rng.random(80) < 0.5
        folder = rows_of(tmp_path / f"{seed}", np.where(y, "yes", "no"))
        metric = find("f1", Binary())
        best = best_threshold(p, folder.target, metric).codes(p)
        told = answers(p, folder, metric, LabelRule())
        more.append(metric.score(folder.target.values, best) - metric.score(folder.target.values, told.codes))
    assert np.mean(more) > 0.02


def test_several_classes_are_labelled_by_what_other_folds_taught(tmp_path):
    rng = np.random.default_rng(1)
    y = rng.choice(3, 600, p=[0.85, 0.1, 0.05])
    p = rng.dirichlet([8, 2, 1], 600) + 0.25 * np.eye(3)[y]
    p /= p.sum(axis=1, keepdims=True)
    folder = rows_of(tmp_path / "a", np.array(["a", "b", "c"])[y])
    made, inside, crossed = both(folder, p, "balanced_accuracy")
    assert not made.labelling.is_plain
    assert inside.confusion != crossed.confusion
    told = answers(p, folder, find("balanced_accuracy", Multiclass()), LabelRule())
    assert np.array_equal(told.as_stored().argmax(axis=1), told.codes)


def test_rows_of_a_group_count_once_in_the_picture(tmp_path):
    """Each row four times: the picture is as sure as the rows that differ make it."""
    rng = np.random.default_rng(2)
    y = rng.normal(size=600)
    prediction = 0.5 * y + rng.normal(size=600)
    once = of_numbers(prediction, Scorer.of(rows_of(tmp_path / "a", y), find("rmse", Regression())).rows)
    folder = rows_of(tmp_path / "b", np.tile(y, 4), g=np.tile(np.arange(600), 4), group="g")
    four = of_numbers(np.tile(prediction, 4), Scorer.of(folder, find("rmse", Regression())).rows)
    for one, many in zip(once.tenths, four.tenths, strict=True):
        assert many.high - many.low == pytest.approx(one.high - one.low, rel=0.1)


def test_rows_are_weighed_in_the_picture_as_the_task_weighs_them(tmp_path):
    rng = np.random.default_rng(3)
    p = rng.random(2000)
    y = rng.random(2000) < p
    w = np.where(y, 3.0, 1.0)
    folder = rows_of(tmp_path / "a", np.where(y, "yes", "no"), w=w, weights="w")
    shown = 3 * p / (3 * p + 1 - p)  # what probabilities are where a "yes" weighs three times
    _, _, crossed = both(folder, shown, "log_loss")
    assert error_of(crossed) < 0.03


def test_errors_of_numbers_are_weighed_as_the_task_weighs_rows(tmp_path):
    y = np.arange(400.0)
    w, error = np.where(y < 100, 9.0, 1.0), np.where(y < 100, 1.0, 3.0)
    rows = Scorer.of(rows_of(tmp_path / "a", y, w=w, weights="w"), find("rmse", Regression())).rows
    told = of_numbers(rows.y + error, rows)
    assert told.bias == pytest.approx((9 * 1 + 3 * 3) / 12)  # a quarter of the rows has nine of twelve parts
    assert dict(told.within) == {0.5: pytest.approx(1.0), 0.9: pytest.approx(3.0)}


def test_the_brief_says_that_its_labels_and_probabilities_are_of_other_folds(tmp_path):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(240, 2)), columns=["a", "b"])
    frame["y"] = np.where(frame["a"] + rng.normal(size=240) > 0.8, "yes", "no")
    settings = FitSettings(budget=Budget(experiments=2), out=str(tmp_path / "a.lab"), families=frozenset({"linear"}))
    fit(frame, TaskOptions(target="y", metric="f1"), settings, context=RunContext(inline=True))
    lab = Lab.open(tmp_path / "a.lab")
    quality, labels = lab.brief().quality, lab.state.model.labels
    lab.close()
    assert quality.crossed
    assert sum(map(sum, quality.confusion)) == quality.rows == 240
    assert quality.threshold == (0.5 if labels is None else labels.threshold)
    text = (tmp_path / "a.lab" / "brief.md").read_text("utf-8")
    assert "learned on other folds than its own" in text
