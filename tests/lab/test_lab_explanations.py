"""What explain says of a lab: by its stored predictions, with rows numbered as in its file."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.cli.effect_lines import effect_lines
from assay.cli.explain_lines import LabErrors, error_lines_of, errors_body
from assay.cli.line_layout import LineLayout, plain
from assay.cli.main import main
from assay.cli.study_command import note_body
from assay.core.clock import Budget
from assay.core.errors import UsageError
from assay.core.study import StudyFact, StudyNote
from assay.data.options import TaskOptions
from assay.explain.label_noise import LabelNoise, SuspectLabel
from assay.lab.file_rows import file_rows
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.lab_explanations import lab_columns, lab_effect, lab_slices, lab_suspects
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A lab of 300 rows whose file has 40 more without a target, in between."""
    folder = tmp_path_factory.mktemp("explained")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"weight": rng.normal(size=340).round(4), "city": rng.choice(["Bern", "Oslo", "Riga"], 340)})
    late = np.where(1.5 * table["weight"] + (table["city"] == "Oslo") + rng.normal(size=340) > 0.5, "yes", "no")
    table["late"] = pd.Series(late).mask(np.isin(np.arange(340), rng.permutation(340)[:40]))
    table.to_csv(folder / "post.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=3), out=str(folder / "post.lab"), families=frozenset({"linear", "lightgbm"})
    )
    fit(str(folder / "post.csv"), TaskOptions(target="late"), settings,
        context=RunContext(inline=True, write_brief=False))  # fmt: skip
    return folder


@pytest.fixture
def lab(folder):
    lab = Lab.open(folder / "post.lab")
    yield lab
    lab.close()


def test_rows_of_a_lab_are_those_of_its_file(folder, lab):
    table = pd.read_csv(folder / "post.csv")
    rows = file_rows(lab)
    assert rows is not None
    assert rows.tolist() == np.flatnonzero(table["late"].notna()).tolist()
    assert np.allclose(lab.folder.table.column("weight"), table["weight"][rows], atol=1e-5)


def test_a_lab_with_one_law_has_nothing_to_correct_and_no_wrong_labels(lab):
    assert not any(one.correctable for one in lab_slices(lab))
    found = lab_suspects(lab)
    assert found is not None
    assert len(found[1]) == 2, "one of each family"
    assert found[0].rows == ()


def test_the_effect_of_a_column_is_that_of_the_model_that_ships(lab):
    probability, logit = lab_effect(lab, "weight")
    effects = [point.effect for point in probability.points]
    assert effects[0] < -0.1
    assert effects[-1] > 0.1
    assert logit.scale == "logit"
    with pytest.raises(UsageError, match="wieght"):
        lab_effect(lab, "wieght")


def test_the_command_shows_an_effect_and_where_the_lab_fails(folder, capsys):
    assert main(["explain", str(folder / "post.lab"), "--effect", "city", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert {point["value"] for point in body["effect"]["curves"][0]["points"]} == {"Bern", "Oslo", "Riga"}
    assert main(["explain", str(folder / "post.lab")]) == 0
    out = capsys.readouterr().out
    assert "Where it fails" in out
    assert "Rows that look mislabelled:" in out


def test_suspects_are_numbered_as_in_the_file_and_said_with_what_was_expected(lab):
    noise = LabelNoise(
        share=0.05, low=0.03, high=0.07, p=1e-5, rows=(SuspectLabel(row=4, given=0, expected=1, chance=0.97),)
    )
    errors = LabErrors(task=lab.task, slices=(), noise=noise, models=(2, 3), rows=np.arange(300) * 2)
    lines = "\n".join(plain(one) for one in error_lines_of(LineLayout(100), errors))
    assert "no slice of the rows is visibly worse" in lines
    assert "5.0 % of the labels look wrong (3.0 to 7.0)" in lines
    assert "row 9        no, expected yes   97 % sure" in lines
    assert errors_body(errors)["labels"]["rows"] == [{"row": 9, "given": "no", "expected": "yes", "chance": 0.97}]


def test_a_column_that_the_model_does_not_read_is_said_to_have_no_effect(lab):
    """A chart of zeros looked like a measurement."""
    column = next(one for one in lab_columns(lab) if one.name == "weight")
    read = lab_effect(lab, "weight")
    still = tuple(
        replace(one, points=tuple(replace(at, effect=0.0, low=0.0, high=0.0) for at in one.points)) for one in read
    )
    model = Predictor.load(lab.path / "model")
    lines = [plain(one) for one in effect_lines(LineLayout(200), still, column, model)]
    assert lines == ["weight has no effect: whatever stands in it, the model that ships answers these rows alike"]
    assert len(effect_lines(LineLayout(200), read, column, model)) > 3


def test_a_study_says_which_rows_of_the_file_its_facts_are_about():
    fact = StudyFact(code="label_noise", says="", rows=(4, 0))
    note = StudyNote(number=1, kind="label_noise", question="", facts=(fact,))
    (known,) = note_body(note, np.arange(300) * 2)["facts"]
    assert (known["rows"], known["rows_in_file"]) == ([4, 0], [9, 1])
    (unknown,) = note_body(note, None)["facts"]
    assert unknown["rows_in_file"] is None
