"""Folds and validation rows of one's own: they alone are scored, they are no feature, and a lab knows them."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError, LabError, SplitError, UsageError
from assay.core.split import NEVER
from assay.data.options import TaskOptions
from assay.estimator.estimator import AutoClassifier
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings


def shop(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 9, n).round(3), rng.choice(["Köln", "Bonn", "Ulm"], n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 6 - (city == "Ulm")))
    return pd.DataFrame({"age": age, "city": city, "bought": np.where(bought, "yes", "no")})


def with_folds(values: object, n: int = 150) -> pd.DataFrame:
    return shop(n, 0).assign(part=np.resize(np.asarray(values, dtype=object), n))


def numbers_of(path: str = "shop.lab") -> tuple[np.ndarray, Lab]:
    lab = Lab.open(path)
    return np.asarray(lab.folder.split.numbers), lab


@pytest.mark.parametrize("values", [[0, 1, 2], ["a", "b", "c"], [2.0, 5.0, 9.0]])
def test_a_column_deals_the_folds_as_it_says_and_is_no_feature(run, values) -> None:
    table = with_folds(values)
    run(table, valid="part", experiments=2)
    numbers, lab = numbers_of()
    assert np.array_equal(numbers[:, 0], np.resize([0, 1, 2], 150))
    assert (lab.task.split_kind, lab.task.n_folds) == ("given", 3)
    assert "part" not in {column.name for column in lab.task.schema.features}
    assert lab.audit().ok
    lab.close()
    Predictor.load("shop.lab").predict(table.drop(columns=["part", "bought"]))


@pytest.mark.parametrize("values", [["train", "train", "valid"], ["Training", "Training", "june"],
                                    [False, False, True], [-1, -1, 0]])  # fmt: skip
def test_two_values_are_a_holdout_of_the_one_that_is_not_learned_from(run, values) -> None:
    run(with_folds(values), valid="part", experiments=2)
    numbers, lab = numbers_of()
    assert np.array_equal(numbers[:, 0], np.resize([NEVER, NEVER, 0], 150))
    assert lab.task.split_kind == "holdout"
    assert lab.expected.rows == 50
    lab.close()


def test_minus_one_is_learned_from_and_never_scored(run) -> None:
    run(with_folds([-1, 0, 1]), valid="part", experiments=2)
    numbers, lab = numbers_of()
    assert np.array_equal(numbers[:, 0], np.resize([NEVER, 0, 1], 150))
    lab.close()


def test_rows_of_another_file_are_all_that_is_scored(run) -> None:
    shop(60, 5)[["bought", "age", "city"]].to_csv("june.csv", index=False)  # columns in another order
    shop(150, 0).to_csv("past.csv", index=False)
    run("past.csv", valid="june.csv", experiments=2)
    numbers, lab = numbers_of()
    assert np.array_equal(numbers[:, 0], np.repeat([NEVER, 0], [150, 60]))
    assert lab.task.n_columns == 3
    assert lab.audit().ok
    lab.close()


def test_the_same_files_continue_a_lab_and_other_validation_rows_are_another_question(run) -> None:
    shop(60, 5).to_csv("june.csv", index=False)
    first = run(valid="june.csv", source=shop(150, 0), experiments=2)
    assert run(valid="june.csv", source=shop(150, 0), experiments=2).experiments == first.experiments
    shop(60, 6).to_csv("june.csv", index=False)
    with pytest.raises(LabError):
        run(valid="june.csv", source=shop(150, 0), experiments=2)


def test_other_folds_over_the_same_rows_are_another_question(run) -> None:
    run(with_folds([0, 1, 2]), valid="part", experiments=1)
    with pytest.raises(LabError):
        run(with_folds([0, 1, 2, 3]), valid="part", experiments=1)


def test_equal_rows_in_two_parts_are_said(run) -> None:
    past = shop(150, 0)
    pd.concat([shop(50, 5), past.head(10)]).to_csv("june.csv", index=False)
    run(past, valid="june.csv", experiments=1)
    _, lab = numbers_of()
    said = [notice for notice in lab.task.notices if notice.code == "data/valid-overlap"]
    assert [notice.message.split()[0] for notice in said] == ["10"]
    lab.close()


@pytest.mark.parametrize(("values", "error", "said"), [
    ([0], SplitError, "holds one value"),
    (["train", "a", "b"], SplitError, "which rows are to be scored"),
    ([0, 1, None], DataError, "is empty in 50 rows, first row 3"),
    (list(range(150)), SplitError, "too many for folds"),
])  # fmt: skip
def test_a_column_that_deals_no_folds_is_refused(run, values, error, said) -> None:
    with pytest.raises(error, match=said):
        run(with_folds(values), valid="part", experiments=1)


def test_a_fold_without_a_class_is_refused_by_name(run) -> None:
    table = shop(150, 0)
    with pytest.raises(SplitError, match='class "yes"'):
        run(table.assign(part=np.where(table["bought"] == "yes", 1, np.arange(150) % 2)), valid="part", experiments=1)


def test_groups_in_several_folds_are_refused(run) -> None:
    table = with_folds([0, 1, 2]).assign(customer=np.arange(150) // 2)
    with pytest.raises(SplitError, match="groups lie in more than one fold"):
        run(table, valid="part", group="customer", experiments=1)


def test_validation_rows_with_other_columns_are_refused(run) -> None:
    shop(60, 5).drop(columns="city").to_csv("june.csv", index=False)
    with pytest.raises(DataError, match=r'june.csv lacks the column "city"'):
        run(valid="june.csv", source=shop(150, 0), experiments=1)
    shop(60, 5).assign(more=1).to_csv("june.csv", index=False)
    with pytest.raises(DataError, match=r'lacks the column "more" of june.csv'):
        run(valid="june.csv", source=shop(150, 0), experiments=1)


def test_rows_that_something_else_would_deal_are_refused(run) -> None:
    with pytest.raises(UsageError, match="--valid"):
        run(with_folds([0, 1, 2]), valid="part", experiments=1, order_by="age")


def test_a_vault_beside_own_folds_is_refused(here) -> None:
    settings = FitSettings(out="shop", vault=0.2)
    with pytest.raises(UsageError, match="--vault would deal them again"):
        fit(with_folds([0, 1, 2]), TaskOptions(target="bought", valid="part"), settings)


def test_what_is_neither_a_column_nor_a_file_is_refused_with_near_names(run) -> None:
    with pytest.raises(UsageError, match="no such column, and there is no such file") as caught:
        run(with_folds([0, 1, 2]), valid="parts", experiments=1)
    assert caught.value.nearest == ("part",)


def test_an_estimator_takes_a_column_of_folds() -> None:
    table = with_folds([0, 1, 2])
    model = AutoClassifier(valid="part", families="linear", time_limit=1).fit(
        table.drop(columns="bought"), table["bought"]
    )
    assert (model.lab_.task.split_kind, model.lab_.task.n_folds) == ("given", 3)


@pytest.mark.slow
def test_only_the_families_that_are_named_are_tried(run) -> None:
    run(shop(150, 0), families=frozenset({"linear", "tree"}), without=frozenset(), experiments=6)
    lab = Lab.open("shop.lab")
    tried = {experiment.recipe.model.name for experiment in lab.experiments if experiment.by != "ensemble"}
    lab.close()
    assert {"linear"} <= tried <= {"linear", "tree", "constant"}


@pytest.mark.parametrize(("families", "without", "said"), [
    ({"lightgbn"}, set(), "--families lightgbn"), ({"linear"}, {"linear"}, "leave no model family"),
])  # fmt: skip
def test_families_that_leave_none_or_are_none_are_refused(run, families, without, said) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        run(shop(150, 0), families=frozenset(families), without=frozenset(without), experiments=1)
    assert caught.value.do == ("--families lightgbm" if "lightgbn" in families else "leave one of them out",)
