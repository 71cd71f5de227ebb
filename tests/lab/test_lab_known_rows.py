"""`score` and `explain` know the vault's rows by what they hold: refused before it is opened, counted afterwards."""

import json
import shutil
import threading
import warnings

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.core.errors import DataWarning, LabError
from assay.data.options import TaskOptions
from assay.lab.file_rows import file_rows
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import certify_lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings
from lab.sessions_by_hand import After


def visits(n, seed):
    """Two measures, a city, and an outcome that follows one of them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 9, n).round(2), "dose": rng.normal(size=n).round(3)})
    outcome = np.where(frame["age"] + rng.normal(0, 12, n) > 40, "ill", "well")
    return frame.assign(city=rng.choice(["Bern", "Oslo", "Riga"], n), outcome=outcome)


def begun(folder, frame=None):
    """A lab of a file, its vault still sealed; returns (its path, the vault's rows, those that were searched)."""
    table = visits(420, 0) if frame is None else frame
    table.to_csv(folder / "visits.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=9), out=str(folder / "visits.lab"), vault=0.25, families=frozenset({"linear"})
    )
    stop = threading.Event()
    context = RunContext(inline=True, write_brief=False, interrupt=stop, listener=After({1: stop.set}))
    fit(str(folder / "visits.csv"), TaskOptions(target="outcome"), settings, context=context)
    seen = file_rows(Lab.open(folder / "visits.lab"))
    return folder / "visits.lab", table.drop(index=seen), table.loc[seen]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    return begun(tmp_path_factory.mktemp("sealed"))


def refused(model, rows, **more):
    with pytest.raises(LabError) as error:
        model.scored(rows, **more)
    return error.value


def test_a_damaged_file_of_a_vaults_rows_is_an_error_that_names_it(sealed, tmp_path):
    path, aside, _ = sealed
    copied = shutil.copytree(path, tmp_path / "visits.lab")
    for content in (b"no array", b""):
        (copied / "sealed" / "rows.npy").write_bytes(content)
        with pytest.raises(LabError, match=r"rows\.npy is damaged"):
            Predictor.load(copied).scored(aside)


def test_rows_of_a_sealed_vault_are_refused_with_what_opens_it(sealed, capsys, tmp_path):
    path, aside, _ = sealed
    error = refused(Predictor.load(path), aside)
    assert f"{len(aside)} of {len(aside)} rows are set aside in the vault of visits.lab" in error.message
    assert error.do[0].startswith(f"assay certify {path}")
    aside.to_csv(tmp_path / "aside.csv", index=False)
    assert main(["score", str(path), str(tmp_path / "aside.csv"), "--width", "300"]) != 0
    assert "assay certify" in capsys.readouterr().err
    assert main(["explain", str(path), "--rows", str(tmp_path / "aside.csv"), "--row", "3", "--width", "300"]) != 0
    assert "1 of 1 row is set aside in the vault" in capsys.readouterr().err
    own, number = str(path.with_name("visits.csv")), str(int(aside.index[3]) + 1)
    for file in ((), ("--rows", own)):
        assert main(["explain", str(path), *file, "--row", number, "--width", "300"]) != 0
        said = capsys.readouterr().err
        assert f"Row {number} of visits.csv is set aside in the vault" in said
        assert "assay certify visits" in said


def reordered(aside, tmp_path):
    return aside.sample(frac=1.0, random_state=1)[["outcome", "city", "dose", "age"]]


def widened(aside, tmp_path):
    return aside.assign(age=aside["age"].astype("float32"), clinic=3, note="x")


def from_parquet(aside, tmp_path):
    aside.to_parquet(tmp_path / "aside.parquet")
    return pd.read_parquet(tmp_path / "aside.parquet")


def among_others(aside, tmp_path):
    return pd.concat([visits(4_000, 9), aside])


@pytest.mark.parametrize("told_apart", [reordered, widened, from_parquet, among_others])
def test_they_are_known_however_they_are_laid_out(sealed, told_apart, tmp_path):
    path, aside, _ = sealed
    assert f"{len(aside)} of " in refused(Predictor.load(path), told_apart(aside, tmp_path)).message


def test_of_every_model_of_the_lab_and_one_by_one(sealed):
    path, aside, _ = sealed
    lab = Lab.open(path)
    for model in (lab.predictor(), lab.predictor(1), Predictor.load(path / "model")):
        refused(model, aside)
        refused(model, aside.iloc[[3]])


def test_other_rows_and_those_of_the_search_are_scored(sealed):
    path, _, seen = sealed
    model = Predictor.load(path)
    assert model.scored(visits(500, 5)).known == ()
    (note,) = model.scored(seen).known
    assert f"{len(seen)} of {len(seen)} rows equal, target and all, rows that the model learned from" in note
    with pytest.warns(DataWarning, match="learned from"):
        model.score(seen)


def test_new_rows_of_few_cells_that_equal_some_of_the_vault_by_chance_are_scored(tmp_path):
    rng = np.random.default_rng(2)
    names = ["q1", "q2", "q3", "q4", "q5", "q6"]

    def answers(n):
        frame = pd.DataFrame(rng.integers(0, 3, (n, len(names))), columns=names).astype(str)
        return frame.assign(outcome=np.where((frame["q1"] == "0") ^ (rng.random(n) < 0.3), "ill", "well"))

    path, aside, _ = begun(tmp_path, answers(1_500))
    model = Predictor.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.score(answers(600))
    refused(model, aside)


def test_rows_that_what_ships_learned_after_the_opening_are_counted(tmp_path):
    path, aside, seen = begun(tmp_path)
    certify_lab(path, context=RunContext(inline=True))
    lab, whole = Lab.open(path), pd.concat([seen, aside])
    assert "retrained on all 420 rows" in lab.state.certified.shipped
    assert lab.predictor().passport.rows == lab.state.certified.learned_rows == 420
    assert lab.audit().ok
    for rows in (aside, whole):
        (note,) = lab.predictor().scored(rows).known
        assert note.startswith(f"{len(rows)} of {len(rows)} rows equal, target and all, rows that the model learned")
    refused(lab.predictor(1), aside)  # it was not certified


def test_rows_that_were_opened_for_a_model_that_never_learned_them_are_said_to_be(tmp_path, capsys):
    path, aside, _ = begun(tmp_path)
    certify_lab(path, context=RunContext(inline=True))
    model = Predictor.load(path / "certified")
    (note,) = model.scored(aside).known
    assert "the vault that was opened for this model" in note
    aside.to_csv(tmp_path / "aside.csv", index=False)
    assert main(["score", str(path), str(tmp_path / "aside.csv"), "--json"]) == 0
    assert "learned from" in json.loads(capsys.readouterr().out)["notes"][0]
