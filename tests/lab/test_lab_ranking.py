"""Several files at once: ranked by score, told apart only where the rows do so for all pairs together."""

import numpy as np
import pandas as pd
import pytest

from assay.compare.comparison import Terms, compare_files
from assay.compare.ranking import rank_files
from assay.core.errors import AssayError

PRICE = Terms(target="price")


def prices(errors, n=400, seed=0):
    """(files whose predictions miss by so much, the truth)"""
    rng = np.random.default_rng(seed)
    price = rng.normal(size=n)
    files = [pd.DataFrame({"price": price + error * rng.normal(size=n)}) for error in errors]
    return files, pd.DataFrame({"price": price})


def test_the_best_score_stands_first_whatever_the_order_of_the_files():
    files, truth = prices([1.0, 0.2, 3.0])
    found = rank_files(files, truth, PRICE)
    assert [round(place.score.value, 1) for place in found.places] == [0.2, 1.0, 3.0]
    assert [place.letters for place in found.places] == ["a", "b", "c"]
    assert all(pair.difference.value > 0 and pair.differs for pair in found.pairs)


def test_every_two_are_compared_as_two_alone_and_corrected_by_holm():
    files, truth = prices([1.0, 1.05, 1.2])
    found = rank_files(files, truth, PRICE)
    alone = compare_files(files[2], files[0], truth, PRICE)
    pair = next(pair for pair in found.pairs if pair.difference.value == pytest.approx(alone.difference.value))
    assert pair.p == alone.two_sided_p
    least = min(found.pairs, key=lambda pair: pair.p)
    assert least.holm == pytest.approx(3 * least.p)


def test_files_not_told_apart_share_a_letter():
    files, truth = prices([1.0, 1.0, 1.0, 3.0])
    found = rank_files(files, truth, PRICE)
    assert [place.letters for place in found.places] == ["a", "a", "a", "b"]


def test_the_same_predictions_thrice_are_one_place():
    files, truth = prices([1.0])
    found = rank_files(files * 3, truth, PRICE)
    assert {place.letters for place in found.places} == {"a"}
    assert len({place.name for place in found.places}) == 3


@pytest.mark.slow
def test_equally_good_files_are_told_apart_in_few_tables():
    wrong = 0
    for seed in range(40):
        files, truth = prices([1.0] * 4, n=250, seed=seed)
        wrong += any(pair.differs for pair in rank_files(files, truth, PRICE).pairs)
    assert wrong <= 5  # 5 % of 40 and two standard errors


def test_what_two_files_are_refused_for_more_are_too():
    files, truth = prices([1.0, 1.0])
    with pytest.raises(AssayError, match="5 rows"):
        rank_files([*files, files[0].head(5)], truth, PRICE)
    with pytest.raises(AssayError, match="2 files of predictions cannot be ranked"):
        rank_files(files, truth, PRICE)


def test_a_file_that_says_the_same_of_all_rows_is_said_and_weights_count():
    files, truth = prices([1.0, 1.0])
    flat = pd.DataFrame({"price": np.zeros(400)})
    found = rank_files([*files, flat], truth.assign(w=np.arange(400) % 3 + 1.0), Terms(target="price", weights="w"))
    assert any("every row the same prediction" in note for note in found.notes)
    assert sum("weighted" in note for note in found.notes) == 1
