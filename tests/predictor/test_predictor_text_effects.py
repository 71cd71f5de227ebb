"""Words and passages that moved a prediction, by leaving them out."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.predictor.text_effects import MOST_PIECES, row_texts, words_left_out
from assay.search.settings import FitSettings

FILLERS = ["the", "call", "was", "about", "a", "roof", "and", "some", "tiles", "we", "spoke", "of"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A lab of notes whose class hangs on one of two words."""
    folder, rng = tmp_path_factory.mktemp("notes"), np.random.default_rng(0)
    y = rng.integers(0, 2, 240)
    notes = [
        " ".join([*rng.choice(FILLERS, 8), "signed" if one else "refused", *rng.choice(FILLERS, 4)]) + ".\nThanks, bye"
        for one in y
    ]
    frame = pd.DataFrame({"note": notes, "minutes": rng.integers(1, 60, 240), "won": np.where(y, "yes", "no")})
    frame.to_csv(folder / "calls.csv", index=False)
    fit(
        str(folder / "calls.csv"), TaskOptions(target="won"),
        FitSettings(budget=Budget(experiments=3), out=str(folder / "calls.lab"), families=frozenset({"linear"})),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip
    return folder / "calls.lab"


def test_the_word_that_decides_moves_most_and_so_does_its_passage(lab):
    model = Predictor.load(lab / "model")
    note = "we spoke of some tiles and he signed.\nThanks, bye"
    found = row_texts(model, model.encoded(pd.DataFrame({"note": [note], "minutes": [12]})))
    assert found.label == "yes"
    first = found.words[0]
    assert note[first.start : first.end] == "signed"
    assert first.effect > 0.1
    assert note[found.passages[0].start : found.passages[0].end].strip().endswith("he signed.")
    without = model.predict_proba(pd.DataFrame({"note": [note.replace("signed", " ")], "minutes": [12]}))[0, 1]
    assert first.effect == pytest.approx(found.predicted - without, abs=1e-6)


def test_of_a_long_text_several_words_are_left_out_at_once(lab):
    model = Predictor.load(lab / "model")
    note = " ".join(["tiles"] * (3 * MOST_PIECES) + ["refused"])
    found = row_texts(model, model.encoded(pd.DataFrame({"note": [note], "minutes": [12]})))
    assert len(found.words) <= MOST_PIECES
    assert found.passages == ()


@pytest.mark.parametrize(("text", "pieces"), [
    ("हिन्दी भाषा", ["हिन्दी", "भाषा"]), ("so good 😀😀!", ["so", "good", "😀😀!"]), ("don't", ["don't"]),
    ("u\u0308b", ["u\u0308b"]), ("日本 ok", ["日", "本", "ok"]), ("... ()", []),
    ("خدمة رائعة، رقم 7", ["خدمة", "رائعة", "رقم", "7"]), ("很好。", ["很", "好"]),
])  # fmt: skip
def test_pieces_are_words_with_their_marks_and_signs(text, pieces):
    assert [text[start:end] for start, end in words_left_out(text)] == pieces


def test_the_class_named_is_the_one_that_is_answered(lab):
    model = Predictor.load(lab / "model")
    row = pd.DataFrame({"note": ["we spoke of some tiles"], "minutes": [12]})
    p = float(model.predict_proba(row)[0, 1])
    low = Predictor(replace(model._bundle, passport=replace(model.passport, threshold=p - 0.01)))
    assert row_texts(low, low.encoded(row)).label == low.predict(row)[0] == "yes"


@pytest.mark.parametrize("note", ["", "   ", "日本語のメモ", "\x00ab\x07"])
def test_any_text_is_answered(lab, note):
    model = Predictor.load(lab / "model")
    found = row_texts(model, model.encoded(pd.DataFrame({"note": [note], "minutes": [12]})))
    assert 0.0 <= found.predicted <= 1.0


def test_the_command_prints_words_in_context_of_the_labs_rows_and_of_others(lab, tmp_path, capsys):
    assert main(["explain", str(lab), "--row", "3"]) == 0
    said = capsys.readouterr().out
    assert "[signed]" in said or "[refused]" in said
    assert "from which" in said
    new = tmp_path / "new.csv"
    pd.DataFrame({"note": ["he refused the roof"], "minutes": [3]}).to_csv(new, index=False)
    assert main(["explain", str(lab), "--rows", str(new), "--row", "1", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["row"]["label"] == "yes"  # as the columns beside it, also where the row is given the other class
    assert body["row"]["effects"][0]["text"] == "refused"
    assert body["row"]["effects"][0]["effect"] < 0


@pytest.mark.parametrize(("words", "message"), [
    (["--row", "999"], "There is no row 999"), (["--rows", "new.csv"], "add --row 1"), (["--row", "0"], "row"),
])  # fmt: skip
def test_rows_that_are_not_there_are_refused(lab, words, message, capsys):
    assert main(["explain", str(lab), *words]) != 0
    assert message in "".join(capsys.readouterr())


@pytest.mark.slow
def test_the_words_of_names_are_left_out_too(tmp_path, capsys):
    rng = np.random.default_rng(0)
    parts = [["Senior", "Junior", "Lead", "Deputy", "Assistant"], ["Engineer", "Clerk", "Planner", "Manager", "Nurse"]]
    parts.append(["Water", "Roads", "Parks", "Schools", "Finance", "Library"])
    chosen = [rng.integers(0, len(part), 500) for part in parts]
    names = [" ".join(part[k] for part, k in zip(parts, row, strict=True)) for row in zip(*chosen, strict=True)]
    wage = 30 + 10 * (chosen[1] == 0) + rng.normal(0, 1, 500)
    pd.DataFrame({"title": names, "years": rng.integers(1, 30, 500), "wage": wage}).to_csv(
        tmp_path / "a.csv", index=False
    )
    fit(
        str(tmp_path / "a.csv"), TaskOptions(target="wage"),
        FitSettings(budget=Budget(experiments=4), out=str(tmp_path / "a.lab"), families=frozenset({"linear"})),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip
    new = tmp_path / "new.csv"
    pd.DataFrame({"title": ["Chief Engineer Bridges"], "years": [9]}).to_csv(new, index=False)
    assert main(["explain", str(tmp_path / "a.lab"), "--rows", str(new), "--row", "1", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["row"]["effects"][0]
    assert (first["column"], first["text"]) == ("title", "Engineer")
    assert first["effect"] > 3
