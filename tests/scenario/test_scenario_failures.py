"""A failed experiment is a result: models that raise, hang, die or answer nonsense harm nobody but themselves."""

import json
import re

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import json
import numpy as np, pandas as pd
from assay.core.clock import Budget
from assay.core.event import Scored
from assay.data.options import TaskOptions
from assay.lab.run_context import RunContext
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.search.settings import FitSettings
from assay.models import registry as models

rng = np.random.default_rng(0)
n = {n}
frame = pd.DataFrame({{"x": rng.normal(size=n), "z": rng.normal(size=n)}})
frame["y"] = np.where(frame.x + rng.normal(size=n) > 0, "yes", "no")
wanted = {families!r}
without = frozenset(name for name in models.names() if not name.startswith("t_") and name not in wanted)
who = ("portfolio", "repeats", "neighbours", "tpe")
settings = FitSettings(budget=Budget({budget}), out="lab.lab", without=without, jobs={jobs}, researchers=who)
summary = fit(frame, TaskOptions(target="y"), settings, context=RunContext(inline={inline}, write_brief=False))
lab = Lab.open("lab.lab")
tried = [
    [e.experiment.what, e.status, e.result and e.result.failure and [e.result.failure.kind, e.result.failure.message]]
    for e in lab.state.entries.values()
]
passed = [r.body["value"]["why"] for r in lab.ledger.records() if r.kind == "passed"]
answers = lab.predictor().predict(frame.head(3)).tolist()
print(json.dumps(dict(tried=tried, passed=passed, stopped_by=summary.stopped_by, seconds=summary.elapsed_seconds,
                      answers=answers, named=[w.message for w in summary.warnings],
                      unranked=[u.detail for u in lab.board().unranked])))
"""


def program(*, n=150, families=("constant", "linear"), budget="experiments=8", jobs=1, inline=False):
    return PROGRAM.format(n=n, families=families, budget=budget, jobs=jobs, inline=inline)


def outcome(script, models, **options):
    done = script(program(**options), models=models)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FAILS = {
    "raises": ("error", "variant 0 is no good"), "lacks": ("memory", "1 TB"), "nan": ("invalid", "no finite numbers"),
    "dies": ("crash", ""),
}  # fmt: skip
"""How models fail, and with which words."""


@pytest.mark.parametrize(("models", "inline"), [(("raises", "lacks", "nan"), True), (("dies",), False)])
def test_a_family_that_fails_twice_in_one_way_is_left_out_and_named(script, models, inline):
    said = outcome(script, " ".join(models), budget="seconds=300, experiments=12", inline=inline)
    assert set(said["answers"]) <= {"yes", "no"}
    kinds = []
    for model in models:
        kind, words = FAILS[model]
        failed = [(what, failure) for what, _, failure in said["tried"] if failure and what.startswith(f"t_{model}")]
        # One more may have been asked for before the second failure was known.
        assert [what for what, _ in failed] in ([f"t_{model} {n}" for n in range(most)] for most in (2, 3))
        assert {failure[0] for _, failure in failed} == {kind}
        assert all(words in re.sub(r"variant \d", "variant 0", failure[1]) for _, failure in failed)
        assert any(f"t_{model} failed on every try and was dropped" in message for message in said["named"])
        kinds += [kind] * len(failed)
    assert sorted(said["unranked"]) == sorted(kinds)


def test_a_full_disk_ends_the_search_and_spoils_no_recipe(script, here):
    (here / "disk-is-full").touch()
    stopped = script(program(families=("constant",), budget="experiments=3", inline=True), models="full")
    assert "StorageError" in stopped.stderr
    assert "cannot be written: No space left on device." in stopped.stderr
    (here / "disk-is-full").unlink()
    said = outcome(script, "full", families=("constant",), budget="experiments=3", inline=True)
    assert any(what.startswith("t_full") for what, _, _ in said["tried"])
    assert not [one for one in said["tried"] if one[1] == "failed"]


def test_a_fit_that_ignores_its_deadline_is_killed_and_the_search_ends_in_time(script):
    said = outcome(script, "hangs", budget="seconds=24, experiments=4")
    assert ["t_hangs 0", "failed"] in [one[:2] for one in said["tried"]]
    assert {failure[0] for _, _, failure in said["tried"] if failure} == {"time"}
    assert said["seconds"] < 24
    assert set(said["answers"]) <= {"yes", "no"}


def test_a_search_nobody_can_add_to_ends_though_someone_could_propose_for_ever(script):
    said = outcome(script, "later fine", n=1_050, families=("constant",), budget="experiments=30", inline=True)
    assert said["stopped_by"] in ("pool", "time")
    assert 2 <= sum(status == "failed" for _, status, _ in said["tried"]) <= 8


def test_what_failed_is_told_alike_with_one_worker_and_with_two(script):
    one, two = (program(budget="experiments=6", jobs=jobs) for jobs in (1, 2))
    again = "\nimport shutil\nlab.close()\nshutil.rmtree('lab.lab')\n"
    done = script("import assay\nassay.warm()\n" + one + again + two, models="last raises")
    assert done.returncode == 0, done.stderr
    stories = [json.loads(line)["tried"] for line in done.stdout.splitlines()]
    assert stories[0] == stories[1]
    assert any(failure and "row" in failure[1] for _, _, failure in stories[0])
