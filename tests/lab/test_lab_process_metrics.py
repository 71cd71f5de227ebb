"""Process metrics, leagues and removals, computed a second time from the raw records of a ledger."""

import json
import math
import sqlite3
from collections import defaultdict
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest

from assay.lab.lab import Lab

EXACT = {"rel": 1e-9, "abs": 1e-12}


@pytest.fixture(scope="module")
def long(long_lab):
    with closing(Lab.open(long_lab)) as lab:
        yield lab.brief().long


class Raw:
    """What the rows of the database say, read without any of the lab's own code."""

    def __init__(self, path):
        with closing(sqlite3.connect(path / "ledger.sqlite")) as db:
            rows = db.execute("select kind, experiment, body, artifact from record order by number").fetchall()
        self.asked, self.result, self.verdict, self.seconds, self.asked_at = {}, {}, {}, 0.0, {}
        self.end, self.hints = {}, []
        for kind, number, text, key in rows:
            found = text if key is None else next((path / "artifacts").rglob(f"{key}*")).read_text()
            body = json.loads(found)
            self.seconds = max(self.seconds, body.get("seconds_in") or 0.0)
            self.take(kind, number, body.get("value"))

    def take(self, kind, number, value):
        if kind in ("asked", "result", "verdict"):
            getattr(self, kind)[number] = value
        if kind == "asked":
            self.asked_at[number] = self.seconds
        if kind == "end":
            self.end = value
        if kind == "hint":
            self.hints.append(value)

    @property
    def proposals(self):
        return [number for number in sorted(self.asked) if self.asked[number].get("role", "proposal") == "proposal"]

    def is_kept(self, number):
        return bool(self.verdict.get(number, {}).get("kept")) and self.result[number]["failure"] is None

    def z(self, number, which):
        found = self.verdict.get(number, {}).get(which)
        return None if found is None else found["value"] / found["sigma"]


@pytest.fixture(scope="module")
def raw(long_lab):
    return Raw(long_lab)


def test_the_gain_curve_is_that_of_the_confirmations_on_record(raw, long):
    gains = [
        (place, raw.asked_at[number], max(raw.z(number, "confirm"), 0.0))
        for place, number in enumerate(raw.proposals, start=1)
        if raw.is_kept(number) and raw.z(number, "confirm") is not None
    ]
    assert gains, "the sample has a keep that was confirmed"
    total = math.fsum(gain for *_, gain in gains)
    for curve, axis, length in (
        (long.process.by_experiment, 0, len(raw.proposals)), (long.process.by_second, 1, raw.seconds),
    ):  # fmt: skip
        steps = [(gain[axis], gain[2]) for gain in gains] + [(length, 0.0)]
        height, area = 0.0, 0.0
        for (at, gain), (until, _) in pairwise(steps):  # by rectangles, not in closed form
            height += gain
            area += height * (until - at)
        assert curve.total == pytest.approx(total, **EXACT)
        assert curve.area == pytest.approx(area / (total * length), **EXACT)
        late = math.fsum(gain for at, gain in steps if at > length / 2) / total
        assert (curve.first, curve.last, curve.late) == pytest.approx((steps[0][0], steps[-2][0], late), **EXACT)
    assert long.process.since_last == len(raw.proposals) - gains[-1][0]


def test_outcomes_and_cost_are_sums_over_results(raw, long):
    ended = [raw.result[number] for number in raw.proposals]
    process = long.process
    assert process.outcomes.started == len(raw.proposals) >= 15
    assert process.outcomes.scored == sum(r["complete"] and r["failure"] is None for r in ended)
    assert sum(n for _, n in process.outcomes.failed) == sum(r["failure"] is not None for r in ended)
    every = raw.result.values()
    assert process.cost.cpu_seconds == pytest.approx(math.fsum(r["cpu_seconds"] for r in every), **EXACT)
    lost = math.fsum(r["wall_seconds"] for r in every if r["failure"] is not None)
    assert process.cost.crashed == pytest.approx(lost / math.fsum(r["wall_seconds"] for r in every), **EXACT)
    assert process.cost.busy == pytest.approx(raw.end["utilisation"], **EXACT)
    assert process.cost.wall_seconds == pytest.approx(raw.seconds, **EXACT)


def settings(recipe):
    seen, out = defaultdict(int), {}
    for part in [*recipe["steps"], recipe["model"]]:
        seen[part["name"]] += 1
        tail = "" if seen[part["name"]] == 1 else f" ({seen[part['name']]})"
        out |= {f"{part['name']}{tail}.{name}": value for name, value in part["params"].items()}
    return out


def distance_squared(one, other, spans):
    """By the definition in core.process_measures, recipe against recipe, without any matrix."""
    is_number = lambda value: isinstance(value, int | float) and not isinstance(value, bool)  # noqa: E731
    words, numbers = [], []
    for recipe in (one, other):
        names, own = defaultdict(int), settings(recipe)
        held = {("family", recipe["model"]["name"]), ("transform", recipe["transform"])}
        held |= {("weighting", recipe.get("weighting", "none"))} | ({("on",)} if recipe.get("on") else set())
        for step in recipe["steps"]:
            names[step["name"]] += 1
            held.add(("step", step["name"], names[step["name"]]))
        held |= {("setting", name, json.dumps(value)) for name, value in own.items() if not is_number(value)}
        words.append(held)
        numbers.append({name: value for name, value in own.items() if is_number(value)})
    apart = 0.5 * len(words[0] ^ words[1])
    for name in numbers[0].keys() | numbers[1].keys():
        low, high = spans[name]
        places = [(held[name] - low) / (high - low) if name in held and high > low else 0.0 for held in numbers]
        apart += (places[0] - places[1]) ** 2
    return apart


def test_diversity_is_that_of_the_recipes_on_record(raw, long):
    recipes = [raw.asked[number]["recipe"] for number in raw.proposals]
    spans = defaultdict(lambda: [math.inf, -math.inf])
    for recipe in recipes:
        for name, value in settings(recipe).items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                spans[name] = [min(spans[name][0], value), max(spans[name][1], value)]
    squared = np.array([[distance_squared(a, b, spans) for b in recipes] for a in recipes])
    n = len(recipes)
    to_centre = squared.mean(axis=1) - squared.mean() / 2  # of all points, without the points (Huygens)
    found = long.process.diversity
    assert found.spread == pytest.approx(float(np.sqrt(np.maximum(to_centre, 0)).mean()), rel=1e-9)
    centre = np.eye(n) - 1 / n
    eigenvalues = np.linalg.eigvalsh(-0.5 * centre @ squared @ centre)  # classical scaling
    assert found.dimension == pytest.approx(float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum()), rel=1e-9)
    kinds = {
        json.dumps([r["model"]["name"], sorted(s["name"] for s in r["steps"]), r["transform"], r.get("weighting")])
        for r in recipes
    }
    assert (found.of, found.mechanisms) == (n, len(kinds))
    near = 0
    for place, recipe in enumerate(recipes):
        near += any(differ_in_one(recipe, other) for other in recipes[:place])
    assert found.near == near


def test_the_directions_of_predictions_are_those_of_the_stored_arrays(raw, long, long_lab):
    first = [n for n in raw.proposals if raw.result[n]["complete"] and not raw.asked[n].get("partition")]
    files = [next((long_lab / "artifacts").rglob(f"{raw.result[n]['oof']}*")) for n in first]
    stored = np.nan_to_num(np.stack([np.load(file).astype(np.float64) for file in files]))
    eigenvalues = np.linalg.eigvalsh(np.cov(stored, rowvar=False))
    assert long.process.diversity.in_effect == pytest.approx(
        float(eigenvalues.sum() ** 2 / (eigenvalues**2).sum()), rel=1e-9
    )


def differ_in_one(one, other):
    """Whether two recipes are of one mechanism and differ in the value of one setting at most."""
    same = [
        [r["model"]["name"], sorted(s["name"] for s in r["steps"]), r["transform"], r.get("on")] for r in (one, other)
    ]
    a, b = settings(one), settings(other)
    return same[0] == same[1] and a.keys() == b.keys() and sum(a[name] != b[name] for name in a) <= 1


def test_the_league_of_proposers_counts_what_the_ledger_has(raw, long):
    rows = {row.name: row for row in long.proposers}
    by = defaultdict(list)
    for number in raw.proposals:
        by[raw.asked[number]["by"]].append(number)
    assert rows.keys() == by.keys()
    for name, numbers in by.items():
        row = rows[name]
        assert (row.tries, row.kept) == (len(numbers), sum(map(raw.is_kept, numbers)))
        cpu = math.fsum(raw.result[number]["cpu_seconds"] for number in numbers)
        assert row.cpu_seconds == pytest.approx(cpu, **EXACT)
        pairs = [
            (raw.asked[n]["predicted_sigma"], min(max(raw.z(n, "against"), -3.0), 3.0))
            for n in numbers
            if raw.asked[n]["predicted_sigma"] is not None and raw.z(n, "against") is not None
        ]
        assert (row.calibration is None) == (not pairs)
        if pairs:
            error = math.sqrt(math.fsum((a - b) ** 2 for a, b in pairs) / len(pairs))
            assert (row.calibration.n, row.calibration.error) == (len(pairs), pytest.approx(error, **EXACT))
    credit = math.fsum(row.credit for row in rows.values())
    kept = [n for n in raw.proposals if raw.is_kept(n)]
    whole = [raw.z(n, "confirm") if raw.z(n, "confirm") is not None else raw.z(n, "against") for n in kept]
    assert credit == pytest.approx(math.fsum(min(max(z, 0.0), 3.0) for z in whole if z is not None), **EXACT)


def test_gains_of_moves_are_differences_of_the_scores_on_record(raw, long):
    """The mean gain over parents of a metric that averages nothing else: from scores alone, signs turned."""
    sums = defaultdict(list)
    for number in raw.proposals:
        one, parents = raw.asked[number], raw.asked[number]["parents"]
        if one["move"] and parents and raw.result[number]["score"] is not None:
            sums[one["move"]].append(raw.result[parents[0]]["score"] - raw.result[number]["score"])  # an error: lower
    for row in long.moves:
        gains = sums[row.name]
        assert (0 if row.gain is None else row.gain.tries) == len(gains)
        assert row.gain is None or row.gain.value == pytest.approx(math.fsum(gains) / len(gains), rel=1e-6, abs=1e-9)


def test_a_keep_on_the_path_is_compared_with_the_recipe_without_it(raw, long):
    assert long.removals, "the champion of the sample has a set of columns that its parent lacks"
    champion = max(row.number for row in long.keeps)
    for one in long.removals:
        worth = raw.result[one.number]["score"] - raw.result[champion]["score"]
        assert one.worth.value == pytest.approx(worth, rel=1e-6)
        assert one.word == "needed"
        assert one.worth.low > 0
    assert long.process.survived == (1, 1)
