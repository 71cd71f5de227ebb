"""Columns that a model does not read are not named among those that matter to it."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.clock import Budget, Deadline
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.data.options import TaskOptions
from assay.explain.unread_columns import unread_columns
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

SEEDS = Seeds(0)


def table(n=6_000):
    rng = np.random.default_rng(0)
    numbers = NumericBlock(rng.normal(size=(n, 4)).astype(np.float32), ("a", "b", "c", "rare"))
    return Table.of(numeric=numbers, codes=CodeBlock(rng.integers(0, 3, (n, 1)).astype(np.int32), ("code",), (3,)))


def test_what_changes_no_answer_is_not_read():
    rows = table()

    def answers(part):
        hit = part.column("rare") > 3.0  # a few rows in a thousand
        return part.column("a") + 0.0 * part.column("b") + (part.column("code") == 1) + 0.01 * hit

    def unread(predict, names, deadline=Deadline()):
        return unread_columns(predict, rows, names, seeds=SEEDS, deadline=deadline)

    def alike(part):
        return np.zeros(part.n_rows)

    assert unread(answers, ("a", "b", "c", "rare", "code")) == ("b", "c")
    assert unread(alike, rows.names) == rows.names
    assert unread(alike, ()) == ()
    assert unread(answers, rows.names, Deadline.after(-1.0)) == (), "nothing is said that was not looked at"


@pytest.fixture(scope="module")
def formula_lab(tmp_path_factory):
    """A lab of formulas alone, on two columns of a law and six of noise."""
    folder, rng = tmp_path_factory.mktemp("formula"), np.random.default_rng(0)
    frame = pd.DataFrame({f"x{j}": rng.normal(size=300).round(3) for j in range(8)})
    frame.assign(y=(frame.x0 * frame.x1 + 0.5 * rng.normal(size=300)).round(3)).to_csv(folder / "t.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=2), out=str(folder / "t.lab"), preset="interpretable",
        families=frozenset({"formula"}),
    )  # fmt: skip
    fit(str(folder / "t.csv"), TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    return folder / "t.lab"


def test_explain_names_the_columns_of_the_formula_that_ships_alone(formula_lab, capsys):
    assert main(["explain", str(formula_lab), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    words = " ".join(" ".join(member["lines"]) for member in body["members"])
    read = {f"x{j}" for j in range(8) if f"x{j}" in words}
    assert {"x0", "x1"} <= read
    assert len(read) < 8
    assert {one["column"] for one in body["columns"]} == read
    assert set(body["unread"]) == {f"x{j}" for j in range(8)} - read
    assert main(["explain", str(formula_lab), "--width", "200"]) == 0
    said = capsys.readouterr().out
    assert f"not read by the model that ships: {', '.join(body['unread'])}" in said


def test_a_row_is_moved_by_the_columns_that_are_read(formula_lab, capsys):
    assert main(["explain", str(formula_lab), "--json"]) == 0
    unread = json.loads(capsys.readouterr().out)["unread"]
    assert main(["explain", str(formula_lab), "--row", "3"]) == 0
    said = capsys.readouterr().out
    assert not [name for name in unread if f" {name} " in said]
    assert f"{len(unread)} others" in said
