"""SHAP values of whole models, by the columns of the person's table: they add up, and are those of the definition."""

import json
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.clock import Budget
from assay.core.errors import UsageError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.data.options import TaskOptions
from assay.explain.shap import ShapSampling, _answer, background_of, shap_values
from assay.explain.shap_mixtures import NONE, SEVERAL, Mixer, inputs_of, sources
from assay.explain.shap_sampling import sampled_values
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.pipeline.joined_rows import stacked
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings

TARGETS = ("late", "grade", "price")


def orders(n=220):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "weight": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n).round(3)),
        "city": rng.choice(["Bern", "Oslo", "Riga"], n), "hours": rng.gamma(2.0, 2.0, n).round(2),
    })  # fmt: skip
    signal = frame["weight"].fillna(0) + (frame["city"] == "Oslo") * frame["hours"] / 4 + 0.4 * rng.normal(size=n)
    return frame.assign(
        late=np.where(signal > 0.5, "yes", "no"), grade=np.digitize(signal, [0.0, 1.0]).astype(str), price=10 + signal
    )


@pytest.fixture(scope="module", params=TARGETS)
def lab(request, tmp_path_factory):
    """A lab of two experiments; boosted trees and a linear model."""
    folder = tmp_path_factory.mktemp("shap")
    options = TaskOptions(target=request.param, drop=tuple(t for t in TARGETS if t != request.param))
    settings = FitSettings(budget=Budget(experiments=2), out=str(folder / "o.lab"),
                           families=frozenset({"lightgbm", "linear"}))  # fmt: skip
    fit(orders(), options, settings, context=RunContext(inline=True, write_brief=False))
    return folder / "o.lab"


@pytest.fixture(scope="module")
def model(lab):
    return Predictor.load(lab)


@pytest.fixture(scope="module")
def table(lab):
    return TaskFolder(lab).table


def by_definition(model, table, background):
    """(n, d, k) the mean over all orders of the players of what each adds to the model's own answer."""
    mixer = Mixer(stacked(table, background), inputs_of(table))
    n, m, d = table.n_rows, background.n_rows, len(mixer.inputs)
    own, other = np.repeat(np.arange(n), m), n + np.tile(np.arange(m), n)

    def worth(moved):
        is_own = np.tile(np.isin(np.arange(d), list(moved)), (n * m, 1))
        return _answer(model, mixer.mixed(own, other, is_own)).reshape(n, m, -1).mean(axis=1)

    orders = list(permutations(range(d)))
    return sum(
        np.stack([worth(order[: order.index(j) + 1]) - worth(order[: order.index(j)]) for j in range(d)], axis=1)
        for order in orders
    ) / len(orders)


def test_few_rows_have_the_values_of_the_definition(model, table):
    rows, background = table.take(np.arange(3)), table.take(np.arange(100, 112))
    found = shap_values(model, rows, background, sampling=ShapSampling(pairs=12 * 10))
    want = by_definition(model, rows, background)
    np.testing.assert_allclose(found.values, want, atol=1e-9 + 5 * found.errors.max() + 1e-3 * np.abs(want).max())
    np.testing.assert_allclose(found.base, _answer(model, background).mean(axis=0), atol=1e-9)


@pytest.mark.parametrize("pairs", [None, 0, 1, 7])
def test_base_and_values_make_the_answer(model, table, pairs):
    found = shap_values(
        model,
        table.take(np.arange(40)),
        background_of(table, seeds=Seeds(1), rows=30),
        sampling=ShapSampling(pairs=pairs),
    )
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.answers, atol=1e-9)
    np.testing.assert_allclose(found.answers, _answer(model, table.take(np.arange(40))), atol=1e-9)


def test_each_member_is_explained_alone(model, table):
    for member in model.members:
        found = shap_values(model, table.take(np.arange(20)), table.take(np.arange(100, 130)), member=member.number)
        np.testing.assert_allclose(found.base + found.values.sum(axis=1), found.answers, atol=1e-9)
        assert found.values.any()


def test_a_number_that_is_no_member_is_refused(model, table):
    with pytest.raises(UsageError, match="#99 is no member"):
        shap_values(model, table, table, member=99)


def test_no_background_is_refused(model, table):
    with pytest.raises(UsageError, match="background of at least one row"):
        shap_values(model, table, table.take(np.arange(0)))


def test_the_command_tells_what_each_column_moved(lab, model, tmp_path, capsys):
    assert main(["explain", str(lab), "--row", "3"]) == 0
    said = capsys.readouterr().out
    assert "their mean" in said
    assert "this row" in said
    orders(5).to_csv(tmp_path / "new.csv", index=False)
    assert main(["explain", str(lab), "--file", str(tmp_path / "new.csv"), "--row", "2", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)["row"]["columns"]
    assert {one["column"] for one in body["values"]} == {"weight", "city", "hours"}
    total = body["base"] + sum(one["value"] for one in body["values"])
    assert total == pytest.approx(body["answer"], abs=1e-6)
    sizes = [abs(one["value"]) for one in body["values"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_model_without_a_lab_compares_a_row_with_those_of_its_file(lab, model, tmp_path, capsys):
    alone = str(model.save(tmp_path / "model"))
    orders(6).to_csv(tmp_path / "new.csv", index=False)
    assert main(["explain", alone, "--file", str(tmp_path / "new.csv"), "--row", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["row"]["columns"]["background_rows"] == 6
    orders(1).to_csv(tmp_path / "one.csv", index=False)
    assert main(["explain", alone, "--file", str(tmp_path / "one.csv"), "--row", "1"]) != 0
    assert "has one row" in capsys.readouterr().err


def numbers(X, codes=None):
    blocks = {"numeric": NumericBlock(X.astype(np.float32), tuple("abcde"[: X.shape[1]]))}
    if codes is not None:
        blocks["codes"] = CodeBlock(codes.astype(np.int32)[:, None], ("code",), (int(codes.max()) + 1,))
    return Table.of(**blocks)


def test_derived_columns_are_traced_to_the_inputs_they_read():
    rng = np.random.default_rng(0)
    mixer = Mixer(numbers(rng.normal(size=(300, 3)), rng.integers(0, 90, 300)), ("a", "b", "c", "code"))

    def derived(table):
        X, code = table.numeric, table.codes[:, 0]
        return [np.column_stack([X[:, 2], X[:, 0] * X[:, 1], np.ones(len(X)), code == 5, X[:, 1] > 9, code == 7])]

    (found,) = sources(mixer, derived, (np.arange(200), np.arange(200, 300)), Seeds(0))
    assert found.tolist() == [2, SEVERAL, NONE, 3, NONE, 3]


def test_one_pair_of_permutations_is_exact_where_two_columns_act_together_at_most():
    rng = np.random.default_rng(0)
    mixer = Mixer(numbers(rng.normal(size=(12, 4))), tuple("abcd"))

    def game(table, _):
        X = table.numeric.astype(float)
        return (X[:, 0] * X[:, 1] + X[:, 2] - X[:, 1] * X[:, 3])[:, None]

    rows = np.arange(4), np.arange(4, 12)
    few, many = (sampled_values(mixer, game, rows, pairs=8 * times, seeds=Seeds(times)) for times in (1, 25))
    np.testing.assert_allclose(few.values, many.values, atol=1e-9)
    assert np.isfinite(few.errors).all()
    np.testing.assert_allclose(many.errors, 0.0, atol=1e-9)


def test_errors_cover_the_truth_about_as_often_as_they_should():
    rng = np.random.default_rng(0)
    mixer = Mixer(numbers(rng.normal(size=(40, 5))), tuple("abcde"))

    def game(table, _):
        X = table.numeric.astype(float)
        return np.prod(1.0 + 0.5 * X, axis=1)[:, None]

    rows = np.arange(20), np.arange(20, 40)
    truth = sampled_values(mixer, game, rows, pairs=20 * 200, seeds=Seeds(1)).values
    found = sampled_values(mixer, game, rows, pairs=20 * 4, seeds=Seeds(2))
    inside = np.abs(found.values - truth) <= 2 * found.errors
    assert 0.8 < inside.mean() < 0.99


def test_two_threads_find_what_one_finds():
    rng = np.random.default_rng(0)
    mixer = Mixer(numbers(rng.normal(size=(2_000, 5))), tuple("abcde"))

    def game(table, _):
        return np.exp(table.numeric.astype(float)).prod(axis=1)[:, None]

    rows = np.arange(1_900), np.arange(1_900, 2_000)
    one, two = (sampled_values(mixer, game, rows, pairs=1, seeds=Seeds(1), threads=t) for t in (1, 2))
    np.testing.assert_array_equal(one.values, two.values)
