"""Tables of dirty titles that steps for names are tried on: what they promise of their levels and pieces."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from title_tables import TABLES, drawn, known


@pytest.mark.parametrize("name", TABLES)
def test_pieces_of_titles_say_what_levels_cannot(name: str) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    frame = drawn(name, seed=100)
    y = frame[TABLES[name].target].to_numpy(float)
    order = np.random.default_rng(0).permutation(len(frame))
    train, test = order[: len(order) // 2], order[len(order) // 2 :]
    levels = pd.Series(y[train]).groupby(frame.title.to_numpy()[train]).mean()
    by_level = frame.title.iloc[test].map(levels).fillna(y[train].mean()).to_numpy()
    texts = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit(frame.title.iloc[train])
    model = Ridge(1.0).fit(texts.transform(frame.title.iloc[train]), y[train])
    by_piece = model.predict(texts.transform(frame.title.iloc[test]))
    error = {way: np.mean((p - y[test]) ** 2) for way, p in (("level", by_level), ("piece", by_piece))}
    assert 0.15 * len(frame) < frame.title.nunique() < 0.5 * len(frame)
    assert error["piece"] < 0.8 * error["level"]


def test_a_seed_draws_the_same_table_again_and_another_seed_another(tmp_path: Path) -> None:
    table = known("cars", seed=3, folder=tmp_path)
    pd.testing.assert_frame_equal(table.frame(), drawn("cars", seed=3), check_dtype=False)
    assert not table.frame().title.equals(drawn("cars", seed=4).title)
