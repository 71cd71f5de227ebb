"""Effects of one column: accumulated local effects of known functions."""

import numpy as np
import pytest

from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.errors import DataError
from assay.core.table import Table
from assay.explain.effect_curves import effect_curves
from assay.explain.feature_columns import FeatureColumn

LEVELS = ("low", "middle", "high")


def made(rows=1500, *, seed=0):
    """x and z go together; size is a level that goes with x."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.0, 1.0, rows)
    z = x + 0.05 * rng.normal(size=rows)
    size = np.digitize(x + 0.2 * rng.normal(size=rows), (-0.3, 0.3)).astype(np.int32)
    table = Table.of(
        numeric=NumericBlock(np.column_stack([x, z]).astype(np.float32), ("x", "z")),
        codes=CodeBlock(size[:, None], ("size",), (3,)),
    )
    stored = table.numeric.astype(np.float64)
    columns = {
        "x": FeatureColumn(name="x", form="number", values=stored[:, 0], source="x"),
        "z": FeatureColumn(name="z", form="number", values=stored[:, 1], source="z"),
        "size": FeatureColumn(name="size", form="level", values=size.astype(float), levels=LEVELS, source="size"),
    }
    return table, columns


def curve(predict, name, *, is_class=False, more=()):
    table, columns = made()
    return effect_curves([predict, *more], table, columns[name], tuple(columns.values()), is_class=is_class, seed=1)


def test_the_effect_of_a_number_is_its_own_though_another_goes_with_it():
    (one,) = curve(lambda t: 3.0 * t.numeric[:, 0] ** 2 - 2.0 * t.numeric[:, 1], "x")
    values = np.array([point.value for point in one.points])
    effects = np.array([point.effect for point in one.points])
    assert np.allclose(effects, 3.0 * values**2 - 1.0, atol=0.1)  # the mean of 3x² is 1
    assert all(point.low <= point.effect <= point.high for point in one.points)


def test_a_column_that_is_not_used_has_no_effect():
    (one,) = curve(lambda t: 5.0 * t.numeric[:, 0], "z")
    assert one.size == 0.0
    assert {(point.low, point.high) for point in one.points} == {(0.0, 0.0)}


def test_levels_are_ordered_by_how_alike_their_rows_are_and_have_their_effects():
    bonus = np.array([0.0, 1.0, 5.0])
    (one,) = curve(lambda t: bonus[t.codes[:, 0]], "size")
    order = [int(point.value) for point in one.points]
    assert order in ([0, 1, 2], [2, 1, 0])
    effects = {int(point.value): point.effect for point in one.points}
    assert np.isclose(effects[2] - effects[0], 5.0)
    assert np.isclose(effects[1] - effects[0], 1.0)
    assert sum(point.rows for point in one.points) == 1500


def test_classes_have_a_curve_of_probabilities_and_one_of_logits():
    probability, logit = curve(lambda t: 1 / (1 + np.exp(-4.0 * t.numeric[:, 0])), "x", is_class=True)
    assert (probability.scale, logit.scale) == ("probability", "logit")
    ends = [logit.points[at].effect - 4.0 * logit.points[at].value for at in (0, -1)]
    assert abs(ends[0] - ends[1]) < 1e-3
    assert -0.6 < probability.points[0].effect < -0.3


def test_every_class_of_several_has_curves():
    found = curve(lambda t: np.column_stack([np.full(t.n_rows, 0.2)] * 5), "x", is_class=True)
    assert [(one.scale, one.place) for one in found][:6] == [
        ("probability", 0), ("probability", 1), ("probability", 2), ("probability", 3), ("probability", 4),
        ("logit", 0),
    ]  # fmt: skip


def test_curves_of_single_rows_cross_where_columns_interact():
    (one,) = curve(lambda t: t.numeric[:, 0] * np.sign(t.numeric[:, 1]), "x")
    slopes = one.single[:, -1] - one.single[:, 0]
    assert (slopes > 1).any()
    assert (slopes < -1).any()
    assert np.allclose(one.single.mean(axis=1), 0.0)


def test_models_that_differ_widen_the_interval():
    def steep(factor):
        return lambda t: factor * t.numeric[:, 0]

    (alone,) = curve(steep(2.0), "x")
    (several,) = curve(steep(1.0), "x", more=[steep(2.0), steep(3.0)])
    assert several.models == 3
    assert np.isclose(several.points[-1].effect, alone.points[-1].effect)
    assert several.points[-1].high - several.points[-1].low > 3 * (alone.points[-1].high - alone.points[-1].low)


def test_a_column_of_one_value_is_refused():
    table, _columns = made()
    flat = FeatureColumn(name="x", form="number", values=np.zeros(table.n_rows), source="x")
    with pytest.raises(DataError, match="single value"):
        effect_curves([lambda t: t.numeric[:, 0]], table, flat, is_class=False)
