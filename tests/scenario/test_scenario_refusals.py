"""The command line refuses in one sentence: exit code 2, no traceback, nothing half-written."""

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main

FIT = ["fit", "shop.csv", "-t", "bought", "--experiments", "3", "--jobs", "1", "-q"]


def shop(n=120):
    rng = np.random.default_rng(0)
    age, city = rng.normal(40, 9, n).round(1), rng.choice(["Köln", "Bonn"], n)
    return pd.DataFrame({"age": age, "city": city, "bought": np.where(age + rng.normal(0, 5, n) > 40, "yes", "no")})


@pytest.fixture
def place(here):
    shop().to_csv("shop.csv", index=False)
    return here


@pytest.fixture
def said(capsys):
    """said(arguments, code): what the command line wrote to (stdout, stderr)."""

    def run(arguments, code):
        capsys.readouterr()
        assert main(arguments) == code
        out = capsys.readouterr()
        assert "Traceback" not in out.out + out.err
        return out.out, out.err

    return run


WRONG = {
    "a missing file": (["fit", "gone.csv", "-t", "y"], "gone.csv"),
    "no such column": (["fit", "shop.csv", "-t", "bougth"], "bought"),
    "no target": (["fit", "shop.csv"], "--target"),
    "an unknown metric": ([*FIT, "--metric", "rocauk"], "roc_auc"),
    "a metric of another problem": ([*FIT, "--metric", "rmse"], "binary"),
    "an unknown family": ([*FIT, "--without", "lightgmb"], "lightgbm"),
    "an unknown column to drop": ([*FIT, "--drop", "agee"], "age"),
    "no time": (["fit", "shop.csv", "-t", "bought", "--time-limit", "0s"], "--time-limit"),
    "no experiments": (["fit", "shop.csv", "-t", "bought", "--experiments", "0"], "--experiments"),
    "a folder without a name": ([*FIT, "--out", "."], "--out"),
    "a place that cannot be written": ([*FIT, "--out", "/proc/shop"], "/proc/shop"),
    "a file where a folder should be": ([*FIT, "--out", "shop.csv/lab"], "shop.csv"),
    "a lab that is not there": (["leaderboard", "shopp"], "shopp"),
    "a model that is not there": (["predict", "shopp", "shop.csv"], "shopp"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_command_that_cannot_be_meant_says_so_and_changes_nothing(place, said, case):
    arguments, words = WRONG[case]
    before = sorted(os.listdir())
    out, err = said(arguments, 2)
    assert words in err
    assert out == ""
    assert err.count("error") >= 1
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("case", ["no such column", "an unknown metric", "a place that cannot be written"])
def test_with_json_the_refusal_is_a_document(place, said, case):
    out, _ = said([*WRONG[case][0], "--json"], 2)
    body = json.loads(out)
    assert (body["schema"], body["exit"]) == ("error/1", 2)
    assert WRONG[case][1] in json.dumps(body, ensure_ascii=False)


@pytest.fixture
def lab(place, said):
    """shop.lab, fitted."""
    said(FIT, 0)
    return place


@pytest.mark.slow
def test_new_rows_without_a_column_are_refused_by_its_name(lab, said):
    shop().drop(columns=["age", "bought"]).to_csv("new.csv", index=False)
    out, err = said(["predict", "shop", "new.csv", "--out", "answers.csv"], 2)
    assert "age" in err
    assert out == ""
    assert not Path("answers.csv").exists()


def test_new_rows_with_more_columns_unseen_levels_and_new_gaps_are_answered(lab, said):
    new = shop().drop(columns="bought").head(6).assign(more=1)
    new.loc[0, "city"], new.loc[1, "city"], new.loc[2, "age"] = "Paris", None, None
    new.to_csv("new.csv", index=False)
    out, _ = said(["predict", "shop", "new.csv", "--proba"], 0)
    table = pd.read_csv(pd.io.common.StringIO(out))
    assert len(table) == 6
    assert np.allclose(table.filter(like="p_").sum(axis=1), 1.0, atol=1e-3)


@pytest.mark.parametrize("text", ["", "age,city\n", "age,city\n1,a,b,c,d\n"])
def test_a_file_without_rows_to_answer_is_no_fault(lab, capsys, text):
    Path("new.csv").write_text(text)
    assert main(["predict", "shop", "new.csv"]) in (0, 2)
    assert "Traceback" not in capsys.readouterr().err


def test_a_lab_of_a_newer_version_is_refused_by_every_command_and_left_alone(lab, said):
    connection = sqlite3.connect("shop.lab/ledger.sqlite")
    connection.execute("pragma user_version = 999")
    connection.commit()
    connection.close()
    before = Path("shop.lab/ledger.sqlite").read_bytes()
    for arguments in (["leaderboard", "shop"], ["status", "shop"], [*FIT[:4], "--experiments", "9", "-q"]):
        _, err = said(arguments, 2)
        assert "newer" in err
    assert Path("shop.lab/ledger.sqlite").read_bytes() == before


def test_a_model_of_a_newer_version_is_refused(lab, said):
    manifest = Path("shop.lab/model/manifest.json")
    body = json.loads(manifest.read_text())
    key = next(name for name in body if "version" in name or name == "format")
    manifest.write_text(json.dumps({**body, key: 999}))
    shop().drop(columns="bought").to_csv("new.csv", index=False)
    out, err = said(["predict", "shop", "new.csv"], 2)
    assert out == ""
    assert err.startswith("error")


def test_a_lab_without_its_rows_says_so_and_gets_them_back_by_the_same_fit(lab, said):
    shutil.rmtree("shop.lab/data")
    _, err = said(["leaderboard", "shop"], 2)
    assert "shop.lab" in err
    said(FIT, 0)
    said(["leaderboard", "shop"], 0)


@pytest.mark.slow
def test_labs_next_to_one_that_cannot_be_read_are_still_listed(lab, said):
    shutil.copytree("shop.lab", "broken.lab")
    for name in ("ledger.sqlite-wal", "ledger.sqlite-shm"):
        Path("broken.lab", name).unlink(missing_ok=True)
    Path("broken.lab/ledger.sqlite").write_bytes(b"not a database, whatever its name says" * 100)
    out, err = said(["labs"], 0)
    assert "shop" in out
    assert "broken.lab cannot be read" in err
    out, _ = said([], 0)
    assert "shop" in out


# -- no space ------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path_factory):
    """small_disk(kib): a file system of so many KiB; skips where none can be mounted."""
    mounted = []

    def mount(kib):
        folder = tmp_path_factory.mktemp("disk")
        command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("kib", [16, 64, 160, 320])
def test_a_full_disk_is_said_and_what_is_left_is_no_model(place, said, small_disk, kib):
    disk = small_disk(kib)
    _, err = said([*FIT, "--out", str(disk / "shop")], 2)
    assert any(words in err for words in ("space", "full", "cannot be written"))
    assert not (disk / "shop.lab" / "model").exists()
    assert not (disk / "shop.lab" / "brief.md").exists()


def test_after_a_full_disk_the_lab_goes_on_when_there_is_space_again(place, said, small_disk):
    disk = small_disk(320)
    said([*FIT, "--out", str(disk / "shop")], 2)
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    said([*FIT, "--out", str(disk / "shop")], 0)
    assert (disk / "shop" / "model" / "manifest.json").exists()


def test_answers_that_find_no_space_leave_no_half_file(lab, said, small_disk):
    pd.concat([shop().drop(columns="bought")] * 200).to_csv("new.csv", index=False)
    disk = small_disk(16)
    _, err = said(["predict", "shop", "new.csv", "--out", str(disk / "answers.csv")], 2)
    assert "space" in err or "cannot be written" in err
    assert not list(disk.iterdir())
