"""A lab that asks another question says in what they differ, and only in what both have."""

import pytest

from assay.core.errors import LabError


def test_a_difference_is_told_though_one_side_of_it_is_zero(run):
    run(seed=0, experiments=1)
    with pytest.raises(LabError, match="seed 0 → 5") as told:
        run(seed=5)
    assert "--seed 5" in told.value.do[0]  # the new lab asks what was asked


def test_classes_are_no_difference_where_one_question_has_none(run):
    run(experiments=1)
    with pytest.raises(LabError, match="problem binary → regression") as told:
        run(target="age", problem="regression")
    assert "classes" not in told.value.message


def test_the_advice_is_a_command_that_works_from_here(run, here):
    (here / "data").mkdir()
    (here / "data" / "shop.csv").write_bytes((here / "shop.csv").read_bytes())
    run("data/shop.csv", out="labs/shop", experiments=1)
    with pytest.raises(LabError) as told:
        run("data/shop.csv", out="labs/shop", drop=("city",))
    advised = told.value.do[0].removesuffix("  (a new lab)")
    assert advised == "assay fit data/shop.csv --target bought --drop city --out labs/shop-2"  # no metric unasked
