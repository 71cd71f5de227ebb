"""A lab with functions of a person is killed while these run, and goes on as if nothing had been."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.lab.lab import Lab
from assay.ledger.sqlite_ledger import SqliteLedger

SLOW_STEP = """
import numpy as np

def fit(X, y, columns, seed):
    total = 0.0
    for i in range({rounds}):
        total += i % 7
    return {{"mean": float(np.mean(X["x"])), "total": total}}

def transform(state, X):
    return (X["x"] - state["mean"]) * X["z"]
"""
WITHOUT = "catboost,xgboost,realmlp,svm,extra_trees"


def assay(*words, folder, wait=True):
    command = [sys.executable, "-m", "assay", *map(str, words)]
    environment = {**os.environ, "ASSAY_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    if not wait:
        return process
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out


def begun(folder, name):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300), "z": rng.normal(size=300), "c": rng.choice(["a", "b"], 300)})
    frame["y"] = np.where(frame["x"] * frame["z"] + 0.5 * rng.normal(size=300) > 0, "yes", "no")
    frame.to_csv(folder / "rows.csv", index=False)
    assay("fit", "rows.csv", "--target", "y", "--experiments", 2, "--out", name, "--without", WITHOUT, folder=folder)
    for rounds in (300_000, 400_000):
        (folder / f"slow{rounds}.py").write_text(SLOW_STEP.format(rounds=rounds))
        assay("add", name, f"slow{rounds}.py", folder=folder)


def asked_by_hand(lab: Path) -> int:
    ledger = SqliteLedger.open(lab, create=False, write=False)
    try:
        records = ledger.records()
    finally:
        ledger.close()
    return sum(r.kind == "asked" and r.body["value"]["by"] == "human" for r in records)


def results(lab: Path):
    opened = Lab.open(lab)
    found = [
        (one.what, opened.entry(one.number).result.score, opened.entry(one.number).verdict.rule)
        for one in opened.experiments if not one.is_blend
    ]  # fmt: skip
    assert [one.what for check in opened.audit().checks for one in check.differ] == []
    opened.close()
    return found


@pytest.mark.slow
def test_killed_while_functions_run_it_ends_as_an_undisturbed_one(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    begun(whole, "rows.lab")
    shutil.copytree(whole, killed)
    assay("research", "rows", "--experiments", 6, folder=whole)
    kills = 0
    for moment in (0.05, 0.6):
        process = assay("research", "rows", "--experiments", 6, folder=killed, wait=False)
        end = time.monotonic() + 60
        while process.poll() is None and not asked_by_hand(killed / "rows.lab") and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(moment)  # into the functions' fits
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()
    assert kills
    assay("research", "rows", "--experiments", 6, folder=killed)
    assert results(killed / "rows.lab") == results(whole / "rows.lab")
    assert left_behind() == []


def left_behind():
    """Servers of sandboxes whose caller is gone, after a moment to notice it."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        found = [p for p in Path("/proc").glob("[0-9]*") if is_orphan(p)]
        if not found:
            return []
        time.sleep(0.1)
    return found


def is_orphan(process: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes()
        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return False
    return b"assay.sandbox" in words and parent == 1
