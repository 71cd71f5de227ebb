"""Every registered feature step keeps the contract, as it comes and with other settings."""

import numpy as np
import pytest

from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.features import registry
from assay.testing.encoders import check_encoder
from assay.testing.tables import only, tiny_table, tiny_target
from each import USUAL_STEPS, each, with_usual

OURS = [name for name, step in registry if not step.traits.runs_code]


@pytest.mark.parametrize("name", with_usual(OURS, USUAL_STEPS))
def test_every_registered_step_keeps_the_contract(name: str) -> None:
    check_encoder(name)


@each("name", OURS)
def test_a_step_that_makes_terms_says_so(name: str) -> None:
    table, seeds = tiny_table(), Seeds(0)
    step = registry.build(Step.of(name))
    made = step.fit_transform(
        table, tiny_target("binary", table), inner=np.arange(table.n_rows) % 3, seeds=seeds
    )[1] if step.traits.needs_target else step.fit(table, None, seeds=seeds).transform(table)  # fmt: skip
    if made.sparse is not None and (table.sparse is None or made.sparse.n_columns != table.sparse.n_columns):
        assert step.traits.makes_terms


@pytest.mark.parametrize(
    "step",
    [
        Step.of("dates", cyclic=True, parts=["month", "days"]),
        Step.of("impute", indicators=False, strategy="mean"),
        Step.of("scale", robust=True, soft=True, clip=3.0),
        Step.of("one_hot", max_levels=3, min_rows=1),
        Step.of("target_mean", above=0, m=1.0, keep=False),
        Step.of("counts", above=0),
        Step.of("hashing", above=0, buckets=5, keep=True),
        Step.of("pairs", top=2, m=3.0),
        Step.of("arithmetic", top=3, kinds=["ratio"]),
        Step.of("splines", knots=3),
        Step.of("arithmetic", top=4, screen="pairs", kinds=["product", "difference"]),
        Step.of("impute", strategy="most_frequent"),
        Step.of("impute", strategy="constant", value=-1.0),
        Step.of("impute_neighbours", k=2, max_rows=20, indicators=False),
        Step.of("impute_chain", rounds=2, ridge=0.1),
        Step.of("scale", min_max=True),
        Step.of("unskew", kinds=["yeo_johnson"]),
        Step.of("quantile", to="uniform", knots=5),
        Step.of("outliers", rule="robust_z", action="missing", count=True),
        Step.of("outliers", rule="winsorise", share=0.1),
        Step.of("isolation", trees=5),
        Step.of("bins", kind="width"),
        Step.of("bins", kind="kmeans", n_bins=4),
        Step.of("missingness", min_rows=1, top=3),
        Step.of("row_statistics", kinds=["zeros", "sd"]),
        Step.of("clusters", k=3),
        Step.of("projection", kind="svd", components=2),
        Step.of("neighbour_means", k=3, max_rows=50),
        Step.of("tfidf", analyzer="char_wb", ngrams=[2, 3], min_df=1, sublinear=False, max_features=40),
        Step.of("text_svd", analyzer="char_wb", ngrams=[3, 4], components=4, min_df=1),
        Step.of("text_svd", columns=["note"], components=3, min_df=1, keep=True),
        Step.of("text_topics", columns=["note"], topics=3, groups=0, min_df=1),
        Step.of("text_topics", topics=0, groups=4, min_df=1),
        Step.of("leave_out", columns=["age", "city", "joined", "note", "cabin"]),
        Step.of("text_style", columns=["note"], max_rows=10),
        Step.of("text_turns", columns=["note"]),
        Step.of("speaker_texts", columns=["note"], keep=False),
        Step.of("leave_out", blocks=["numbers", "categories"]),
        Step.of("only", columns=["fare", "city"], blocks=["text"]),
        Step.of("combine", pairs=[["age", "fare"], ["fare", "parcels"]], operations=["ratio", "difference", "sum"]),
    ],
    ids=lambda step: step.name,
)
@pytest.mark.slow
def test_a_step_with_other_settings_keeps_the_contract(step: Step) -> None:
    check_encoder(step)


@pytest.mark.slow
@each("name", [name for name, step in registry if not step.traits.needs_target])
def test_every_step_takes_a_cell_of_a_megabyte(name: str) -> None:
    table = only(tiny_table(0, 40), "text", "numeric")
    long = table.text.copy()
    long[3, 0] = "the order is late \U0001f600 " * 50_000
    table = table.with_cells(text=long)
    out = registry.build(Step.of(name)).fit(table, None, seeds=Seeds(0)).transform(table)
    assert out.n_rows == 40
    assert not np.isinf(out.numeric).any()
