"""Files as people have them go all the way from bytes to a task, or are refused in words."""

import random
import warnings

import numpy as np
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table

HEADER = "age,income,city,visits,churn"
DICE = random.Random(0)
ROWS = [
    (DICE.randint(18, 80), round(DICE.uniform(1e4, 9e4), 2), DICE.choice(["Köln", "Lyon", "Łódź"]), DICE.randint(0, 9),
     DICE.randint(0, 1))
    for _ in range(200)
]  # fmt: skip


def text(rows=ROWS, header=HEADER, mark=","):
    return "\n".join([header.replace(",", mark), *(mark.join(map(str, row)) for row in rows)]) + "\n"


def changed(column, change, **layout):
    """The table with each cell of one column (by position) changed by a function of cell and row number."""
    rows = [tuple(change(cell, i) if j == column else cell for j, cell in enumerate(row)) for i, row in enumerate(ROWS)]
    return text(rows, **layout)


def added(name, cell):
    return text([(*row, cell(row, i)) for i, row in enumerate(ROWS)], header=f"{HEADER},{name}")


def task_of(tmp_path, content, target="churn", **options):
    path = tmp_path / "dirty.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return prepare(read_table(path), TaskOptions(target=target, **options))


def dollars(cell, _):
    return f'"${cell:,.2f}"'


def euros(cell, row):
    number = f"{cell:,.2f}".replace(",", " ").replace(".", ",")
    return f"({number})" if row % 9 == 0 else f"{number} €"


def mixed_dates(_, row):
    day, month = row % 28 + 1, row % 12 + 1
    return (f"2023-{month:02}-{day:02}", f"{day:02}.{month:02}.2023", f"Jun {day:02} 2023")[row % 3]


FITS = {
    "dollars with thousands": (changed(1, dollars), {"income": "numeric"}, ()),
    "euros, spaces and brackets": (changed(1, euros, mark=";"), {"income": "numeric"}, ()),
    "decimal commas": (changed(1, lambda c, _: str(c).replace(".", ","), mark=";"), {"income": "numeric"}, ()),
    "three date formats in one column": (changed(0, mixed_dates), {"age": "datetime"}, ()),
    "missing codes": (
        changed(1, lambda c, i: ("N/A", "?", "inf", "#DIV/0!", c, c, c)[i % 7]),
        {"income": "numeric"},
        ("data/cells",),
    ),
    "words among numbers": (
        changed(1, lambda c, i: "about 30k" if i % 10 == 0 else c),
        {"income": "numeric"},
        ("data/cells",),
    ),
    "a leaked copy": (added("copy", lambda row, i: row[4]), {"copy": "dropped"}, ("leak/equals-target",)),
    "a leak by missingness": (
        added("left", lambda row, i: f"2024-01-{i % 28 + 1:02}" if row[4] else ""),
        {"left": "dropped"},
        ("leak/filled-with-target",),
    ),
    "a customer number": (
        added("customer_id", lambda row, i: f"CU-{i * 7919 % 99991:05}"),
        {"customer_id": "identifier"},
        (),
    ),
    "a row counter": (added("row", lambda row, i: i + 1), {"row": "identifier"}, ()),
    "an empty column": (added("notes", lambda row, i: ""), {"notes": "constant"}, ()),
    "emails": (added("email", lambda row, i: f"user{i}@example.org"), {"email": "identifier"}, ()),
    "formulas": (
        added("note", lambda row, i: "=cmd|' /C calc'!A0" if i % 2 else "+SUM(A1:A9)"),
        {"note": "category"},
        (),
    ),
    "huge integers": (added("account", lambda row, i: 10**18 + i * 7919 % 99991), {"account": "numeric"}, ()),
    "integers beyond 64 bits": (added("big", lambda row, i: 10**25 + i), {"age": "numeric"}, ()),
    "missing targets": (changed(4, lambda c, i: "" if i % 6 == 0 else c), {"age": "numeric"}, ("data/missing-target",)),
    "untidy labels": (
        changed(4, lambda c, i: ("NO", "no", "N", "No ")[i % 4] if c else ("Y", "yes", "YES")[i % 3]),
        {},
        ("data/label-spelling",),
    ),
    "a class of one row": (changed(4, lambda c, i: "alien" if i == 7 else f"class {c}"), {}, ("data/rare-class",)),
    "twelve rows": (text(ROWS[:12]), {}, ("data/few-rows",)),
    "files pasted together": (
        text() + text(ROWS[:60]),
        {"age": "numeric"},
        ("data/repeated-header", "data/repeated-rows"),
    ),
    "ragged rows": (text() + "1,2,3\n1,2,3,4,5,6\n", {"age": "numeric"}, ("data/bad-lines",)),
    "two columns of one name": (
        text(header="age,age,city,visits,churn"),
        {"age.2": "numeric"},
        ("data/duplicate-column",),
    ),
    "no column names": (text(header=",income, ,visits,churn"), {"column 3": "category"}, ("data/empty-name",)),
    "a report": (
        "Customer report\n\n" + text() + "Total,,,,\n",
        {"age": "numeric"},
        ("data/title-lines", "data/total-line"),
    ),
    "latin-1": (
        text([(r[0], r[1], r[2].replace("Łódź", "Nîmes"), *r[3:]) for r in ROWS]).encode("latin-1"),
        {"city": "category"},
        (),
    ),
}


@pytest.mark.parametrize("case", FITS)
def test_a_dirty_file_becomes_a_task_and_what_was_done_is_said(tmp_path, case):
    content, kinds, expected = FITS[case]
    result = task_of(tmp_path, content)
    assert {name: result.task.schema[name].kind for name in kinds} == kinds
    assert set(expected) <= {notice.code for notice in result.task.notices}
    assert len(np.unique(result.target.values)) == result.target.n_classes
    assert result.table.n_rows == result.task.n_rows


def test_numbers_in_disguise_keep_their_values(tmp_path):
    plain = task_of(tmp_path, text()).table.numeric[:, 1]
    dressed = task_of(tmp_path, changed(1, dollars)).table.numeric[:, 1]
    abroad = np.abs(task_of(tmp_path, changed(1, euros, mark=";")).table.numeric[:, 1])
    np.testing.assert_array_equal(plain, dressed)
    np.testing.assert_array_equal(plain, abroad)


def test_a_target_in_disguise_is_a_number_too(tmp_path):
    result = task_of(tmp_path, changed(1, dollars), target="income")
    assert result.task.problem.name == "regression"
    assert result.target.values.tolist() == [row[1] for row in ROWS]


def test_infinite_targets_are_left_out(tmp_path):
    content = changed(1, lambda cell, i: ("inf", "-inf", "NaN")[i % 3] if i < 9 else cell)
    result = task_of(tmp_path, content, target="income")
    assert result.task.n_rows == 191
    assert {"data/infinite-target", "data/missing-target"} <= {notice.code for notice in result.task.notices}


def test_a_wide_table_is_prepared(tmp_path):
    wide = [[*np.random.default_rng(i).normal(size=600).round(3).tolist(), i % 2] for i in range(60)]
    result = task_of(tmp_path, text(wide, header=",".join([*(f"f{j}" for j in range(600)), "churn"])))
    assert result.table.numeric.shape == (60, 600)
