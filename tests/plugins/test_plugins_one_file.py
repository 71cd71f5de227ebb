"""A fit uses what one file of another package registers: of each kind of thing that can be added."""

import json
import re

import pytest

PROGRAM = """
import json
import numpy as np, pandas as pd
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

rng = np.random.default_rng(0)
frame = pd.DataFrame(rng.normal(size=(240, 4)), columns=list("abcd"))
frame["y"] = {target}
settings = FitSettings(budget=Budget(experiments={experiments}), families=frozenset({families}), out="found.lab",
                       **{settings})
context = RunContext(inline=True, write_brief=False)
summary = fit(frame, TaskOptions(target="y", metric={metric!r}, problem={problem!r}), settings, context=context)
lab = Lab.open("found.lab")
recipes = {{number: entry.experiment.recipe.as_json() for number, entry in lab.state.entries.items()}}
moves = [entry.experiment.move for entry in lab.state.entries.values()]
order = [entry.experiment.entry for entry in lab.state.entries.values() if entry.experiment.entry]
lab.close()
frame.head(20).to_csv("rows.csv", index=False)
members = [member.number for member in summary.model.members]
failed = [entry.result.failure.message for entry in lab.state.entries.values() if entry.result and entry.result.failure]
print(json.dumps({{"failed": failed, "members": members, "recipes": recipes, "order": order, "moves": moves,
                  "score": summary.expect.value, "metric": summary.task.metric, "adaptive": summary.expect.adaptive}}))
"""
ANSWERS = """
import pandas as pd
from assay.predictor.predictor import Predictor
print(Predictor.load("found.lab/model").predict(pd.read_csv("rows.csv").drop(columns="y")).tolist())
"""
MIDDLE = 'np.abs(frame[["a", "b", "c", "d"]]).mean(axis=1) * 10'
ABSENT = """
from assay.core.errors import BundleError
from assay.predictor.predictor import Predictor
try:
    Predictor.load("found.lab/model")
except BundleError as error:
    print(error)
"""


def found_by(run, *, target, experiments, families, metric=None, problem=None, inline=True, **settings):
    text = PROGRAM.replace("inline=True", f"inline={inline}").format(
        target=target, experiments=experiments, families=families, metric=metric, problem=problem, settings=settings
    )  # fmt: skip
    return json.loads(run(text).splitlines()[-1])


def members(found):
    """Recipes of the models that ship."""
    return [found["recipes"][str(number)] for number in found["members"]]


@pytest.mark.slow
def test_a_family_of_one_file_is_tried_where_it_says_ships_and_answers(install, bare, first_block):
    run = install("assay.models", first_block("add-model.md"))
    found = found_by(
        run, target='np.where(frame["a"] + frame["b"] > 0, "yes", "no")', experiments=3, families=["bayes", "linear"],
        researchers=("portfolio",),
    )  # fmt: skip
    assert found["order"] == ["constant", "linear", "bayes"], "before linear_fe, as its place says"
    alone = found_by(run, target='np.where(frame["a"] > 0, "yes", "no")', experiments=2, families=["bayes"], force=True)
    assert [recipe["model"]["name"] for recipe in members(alone)] == ["bayes"]
    assert set(json.loads(run(ANSWERS).replace("'", '"'))) == {"yes", "no"}
    assert "needs the model 'bayes', which is not installed" in bare(ABSENT)


@pytest.mark.slow
def test_a_step_of_one_file_offers_an_idea_that_is_proposed_ships_and_answers(install, bare, first_block):
    run = install("assay.encoders", first_block("add-step.md"))
    found = found_by(
        run, target=MIDDLE, experiments=6, families=["linear"], researchers=("portfolio", "features"), preset="best"
    )  # fmt: skip
    with_step = [recipe for recipe in members(found) if any(step["name"] == "oddness" for step in recipe["steps"])]
    assert with_step, "the target is what the step makes"
    assert len(json.loads(run(ANSWERS))) == 20
    assert "needs the step 'oddness', which is not installed" in bare(ABSENT)


METRIC = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from assay.metrics import register

@register("share_within_one")
@dataclass(frozen=True)
class ShareWithinOne:
    name = "share_within_one"
    title = "share within 1"
    higher_is_better = True
    needs = "value"
    forms = frozenset({"value"})
    loss = "absolute"
    by_fold = False
    bounds = (0.0, 1.0)

    def score(self, y, prediction, *, weight=None):
        return float(np.average(np.abs(y - prediction) <= 1, weights=weight))

    def influence(self, y, prediction, *, weight=None):
        return None
"""


@pytest.mark.slow
def test_a_metric_of_one_file_is_what_a_search_is_scored_by(install):
    run = install("assay.metrics", METRIC)
    found = found_by(
        run, target='frame["a"] + 0.1 * frame["b"]', experiments=2, families=["linear"], metric="share-within-one",
        researchers=("portfolio",),
    )  # fmt: skip
    assert 0.9 < found["score"] <= 1
    assert len(json.loads(run(ANSWERS))) == 20


SAID = """
import contextlib, io, json, sys
from assay.cli.main import main

said = {}
for words in (["show", "found.lab", "best"], ["audit", "found.lab"],
              ["fit", "rows.csv", "--target", "y", "--problem", "counts", "--dry-run"],
              ["fit", "rows.csv", "--target", "y", "--problem", "count"],
              ["fit", "rows.csv", "--target", "a", "--problem", "counts"]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        code = main(words)
    said[" ".join(words)] = [code, out.getvalue()]
print(json.dumps(said))
"""


@pytest.mark.slow
def test_a_problem_of_one_file_is_asked_by_its_name_and_named_by_its_lab_and_its_model(
    install, bare, first_block, tmp_path
):
    run = install("assay.problems", first_block("add-problem.md"))
    found = found_by(
        run, target='rng.poisson(np.exp(frame["a"]))', experiments=2, families=["linear"], problem="counts",
        researchers=("portfolio",),
    )  # fmt: skip
    assert found["metric"] == "mae", "its default"
    lab = tmp_path / "found.lab"
    assert json.loads((lab / "data" / "task.json").read_text())["problem"] == "counts"
    assert json.loads((lab / "model" / "manifest.json").read_text())["passport"]["problem"] == "counts"
    assert len(json.loads(run(ANSWERS))) == 20
    shown, audited, dry, near, other = json.loads(run(SAID)).values()
    assert shown[0] == audited[0] == dry[0] == 0
    assert re.search("y: numbers (→|->) counts, MAE", dry[1])
    assert near[0] == other[0] == 2
    assert "No problem is called 'count'" in near[1]
    assert "--problem counts" in near[1]
    assert "which is not counts" in other[1]
    assert "needs the problem 'counts', which is not installed" in bare(ABSENT)
    code, said = json.loads(bare(SAID))["show found.lab best"]
    assert code == 2
    assert "The problem 'counts' is not installed" in said


def declaring(page, line):
    found = page.replace("ResearcherTraits()", line)
    assert found != page
    return found


def leaves_of(found):
    return [found["recipes"][number]["model"]["params"].get("leaves") for number in ("1", "2")]


@pytest.mark.slow
def test_a_researcher_of_one_file_with_a_fixed_pool_is_asked_at_its_place(install, first_block):
    text = declaring(first_block("add-researcher.md"), 'ResearcherTraits(pool="fixed", queue=5)')
    run = install("assay.researchers", text)
    found = found_by(run, target='frame["a"]', experiments=2, families=["lightgbm"])
    assert leaves_of(found) == [4, 8], "it comes before the portfolio"
    assert not found["adaptive"]


@pytest.mark.slow
def test_a_researcher_that_declares_no_pool_makes_its_lab_adaptive(install, first_block):
    run = install("assay.researchers", first_block("add-researcher.md"))
    found = found_by(run, target='frame["a"]', experiments=2, families=["lightgbm"], researchers=("leaves",))
    assert leaves_of(found) == [4, 8]
    assert found["adaptive"]


@pytest.mark.slow
def test_a_move_of_one_file_is_tried_on_what_was_kept(install, first_block):
    text = first_block("add-move.md").replace("prior=0.5", "prior=50.0")  # before the others of the catalogue
    run = install("assay.moves", text)
    asked = {"experiments": 12, "families": ["lightgbm"], "researchers": ("small", "moves")}
    found = found_by(run, target=MIDDLE, preset="best", **asked)
    at = found["moves"].index("slower")
    rates = [recipe["model"]["params"].get("learning_rate") for recipe in found["recipes"].values()]
    assert rates[at] in [rate / 2 for rate in rates if rate]
    assert found["adaptive"], "it builds on scores"


EXECUTOR = """
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from assay.core.atomic_files import atomic_file
from assay.core.job import TaskStore
from assay.execute import register
from assay.execute.local import LocalExecutor

def copied(one, other):
    with suppress(FileNotFoundError):  # deleted meanwhile: this job does not read it
        shutil.copy2(one, other)

def written(folder):
    return {file.name: file.stat().st_mtime_ns for file in (folder / "work").iterdir()}

@dataclass(frozen=True)
class OtherDisk:
    "Files travel there and back, as between machines."

    lab: TaskStore

    @contextmanager
    def opened(self, job):
        with self.lab.opened(job) as here, TemporaryDirectory() as disk:
            there = Path(disk) / "lab"
            there.mkdir()
            for room in ("data", "model", "work"):
                if (here / room).is_dir():
                    shutil.copytree(here / room, there / room, ignore=shutil.ignore_patterns(".*"),
                                    copy_function=copied)
            before = written(there)
            yield there
            for name, at in written(there).items():
                if before.get(name) != at:
                    with atomic_file(here / "work" / name) as temporary:
                        shutil.copy(there / "work" / name, temporary)

@register("elsewhere")
class Elsewhere:
    def __init__(self, options):
        self.inner = LocalExecutor.start(options)

    @property
    def workers(self):
        return self.inner.workers

    @classmethod
    def start(cls, options):
        return cls(options)

    def submit(self, job, *, deadline):
        with Path("kinds.txt").open("a") as file:
            print(job.kind, file=file)
        return self.inner.submit(replace(job, store=OtherDisk(job.store)), deadline=deadline)

    def hurry(self, deadline):
        self.inner.hurry(deadline)

    def close(self, *, now=False):
        self.inner.close(now=now)
"""


@pytest.mark.slow
def test_an_executor_of_one_file_runs_every_job_of_a_fit_on_another_disk(install, tmp_path):
    run = install("assay.executors", EXECUTOR)
    wanted = {"target": 'frame["a"] + frame["b"] ** 2', "experiments": 4, "families": ["linear", "lightgbm"]}
    found = found_by(run, **wanted, inline=False, executor="elsewhere", jobs=2)
    answers = run(ANSWERS)
    assert {"fold", "refit", "measure"} <= set((tmp_path / "kinds.txt").read_text().split())
    (tmp_path / "found.lab").rename(tmp_path / "elsewhere.lab")
    assert found == found_by(run, **wanted)
    assert answers == run(ANSWERS)
