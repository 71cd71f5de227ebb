"""The step row_text: a row written as a person would read it, and read by whatever reads texts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.block.columns import TextBlock
from assay.core.clock import Budget
from assay.core.contract import Step, Table
from assay.core.errors import DataError
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.features import registry
from assay.features.row_text import FittedRowAsText, RowAsText
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from assay.testing.encoders import through_disk
from assay.testing.tables import tiny_table


def frame(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({
        "price": np.round(rng.uniform(1, 99, n), 2), "shop": rng.choice(["north", "south"], n),
        "opened": pd.date_range("2024-02-28", periods=n).astype(str),
        "note": [f"{rng.choice(['the order is late', 'all is well'])} number {k}" for k in range(n)],
        "y": rng.choice(["a", "b"], n),
    })  # fmt: skip
    table.loc[1, ["price", "shop"]] = None
    return table


def lines(step: RowAsText, table: Table, schema: Schema, row: int) -> list[str]:
    made = step.knowing(schema).fit(table, None, seeds=Seeds(0)).transform(table)
    return str(made.text[row, -1]).split("\n")


def read(tmp_path: Path) -> tuple[Table, Schema]:
    frame().to_csv(tmp_path / "shops.csv", index=False)
    made = prepare(read_table(tmp_path / "shops.csv"), TaskOptions(target="y", kinds={"note": "text"}))
    return made.table, made.task.schema


def test_cells_are_written_as_they_were_given_texts_last(tmp_path: Path) -> None:
    table, schema = read(tmp_path)
    given = frame().iloc[0]
    assert lines(RowAsText(), table, schema, 0) == [
        f"price: {given.price:g}", f"shop: {given.shop}", "opened: 2024-02-28", f"note: {given.note}",
    ]  # fmt: skip


def test_what_is_missing_is_left_out(tmp_path: Path) -> None:
    table, schema = read(tmp_path)
    assert [line.split(":")[0] for line in lines(RowAsText(), table, schema, 1)] == ["opened", "note"]


def test_columns_are_written_in_the_order_they_are_named(tmp_path: Path) -> None:
    table, schema = read(tmp_path)
    found = lines(RowAsText(columns=("shop", "price")), table, schema, 0)
    assert [line.split(":")[0] for line in found] == ["shop", "price"]
    with pytest.raises(DataError, match="shopp"):
        lines(RowAsText(columns=("shopp",)), table, schema, 0)


def test_numbers_stored_on_another_scale_and_ordered_levels_are_written_as_given() -> None:
    table = tiny_table(0, 6)
    name = table.numeric_names[0]
    known = Column(name=name, kind="ordinal", reason="", levels=("none", "one", "two", "three"))
    other = Column(name=table.numeric_names[1], kind="numeric", reason="", shift=1e9, scale=10.0)
    made = RowAsText(columns=(name, other.name)).knowing(Schema(columns=(known, other)))
    numbers = np.zeros_like(table.numeric)
    numbers[0, 0] = 2.0
    table = table.with_cells(numeric=numbers)
    text = str(made.fit(table, None, seeds=Seeds(0)).transform(table).text[0, -1])
    assert text == f"{name}: two\n{other.name}: 1e+09"


def test_the_fitted_step_keeps_the_labels_on_disk(tmp_path: Path) -> None:
    table, schema = read(tmp_path)
    own = RowAsText(keep=True).knowing(schema).fit(table, None, seeds=Seeds(0))
    again = RowAsText.restore(through_disk(own.state()))
    assert isinstance(again, FittedRowAsText)
    assert again.transform(table).text.tolist() == own.transform(table).text.tolist()


def test_a_linear_model_of_words_reads_the_row_without_any_text_model(tmp_path: Path) -> None:
    table, schema = read(tmp_path)
    for step in (Step.of("row_text"), Step.of("tfidf", min_df=1)):
        own = registry.build(step)
        own = own.knowing(schema) if isinstance(own, RowAsText) else own
        table = own.fit(table, None, seeds=Seeds(0)).transform(table)
    assert table.sparse is not None
    assert table.sparse.labels == ("row as text",)
    assert table.sparse.n_columns > 60


@pytest.mark.slow
@pytest.mark.usefixtures("alone")
def test_a_whole_fit_tells_workers_and_models_the_labels(tmp_path: Path) -> None:
    """Labels are no part of the rows that workers read, and a model carries them."""
    from samples.text_models import static_folder

    pytest.importorskip("tokenizers")
    pytest.importorskip("safetensors")
    folder = static_folder(tmp_path / "tiny")
    frame(120).to_csv(tmp_path / "shops.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=9), out=str(tmp_path / "x.lab"), families=frozenset({"linear"}),
        text_models=(str(folder),), text_store="off",
    )  # fmt: skip
    fit(
        tmp_path / "shops.csv",
        TaskOptions(target="y", kinds={"note": "text"}),
        settings,
        context=RunContext(inline=True),
    )
    lab = Lab.open(tmp_path / "x.lab")
    number = next(k for k, one in lab.state.entries.items() if one.experiment.entry == "linear_row")
    model = lab.predictor(number)
    states = [state for state in model._bundle.states.values() if state.name == "row_text"]
    assert [sorted(labels) for labels in states[0].meta["labels"] if labels] == [["north", "south"]]  # type: ignore[union-attr]
    assert len(model.predict_proba(frame(5).drop(columns="y"))) == 5


def test_a_column_of_the_users_is_never_taken_for_the_row(tmp_path: Path) -> None:
    texts = TextBlock(np.array([["late"], ["great"]], dtype=object), ("row as text",))
    with pytest.raises(DataError, match='a column "row as text"'):
        RowAsText().fit(Table.of(text=texts), None, seeds=Seeds(0))
