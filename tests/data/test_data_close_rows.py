"""Copies of which no cell is equal: in another unit, rounded, measured again, in other words; and tables of none."""

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from each import each

N = 240
CODE = "data/near-repeated-rows"
NUMBERS = ["a", "b", "c", "d", "e"]


def noise(rng, n=N):
    """Five measured columns and a coin for a target."""
    frame = pd.DataFrame(rng.normal(size=(n, len(NUMBERS))).round(3), columns=NUMBERS)
    return frame.assign(y=rng.choice(["yes", "no"], n))


def joined(parts, rng):
    """The copies in any order, with the number of the row that each is of."""
    whole = pd.concat([part.assign(row=np.arange(len(part))) for part in parts], ignore_index=True)
    whole = whole.iloc[rng.permutation(len(whole))].reset_index(drop=True)
    return whole.drop(columns="row"), whole["row"].to_numpy()


def times(frame, factor):
    return frame.assign(**{name: (frame[name] * factor).round(3) for name in NUMBERS})


def one_factor(rng):
    frame = noise(rng)
    return [frame.assign(unit="chf"), times(frame, 1.08).assign(unit="eur"), times(frame, 0.85).assign(unit="gbp")]


def one_factor_and_no_name_of_it(rng):
    frame = noise(rng)
    return [frame, times(frame, 1.08), times(frame, 130)]


def amounts(rng):
    frame = noise(rng)
    frame[NUMBERS] = np.exp(frame[NUMBERS]).round(2)
    return [frame, times(frame, 1.08), times(frame, 0.85)]


def a_factor_of_each_column(rng):
    frame, factors = noise(rng), [3.28, 2.2, 1.8, 0.62, 33.8]
    other = frame.assign(**{name: (frame[name] * f).round(3) for name, f in zip(NUMBERS, factors, strict=True)})
    return [frame.assign(system="si"), other.assign(system="us")]


def rounded(rng):
    frame = noise(rng)
    return [frame, frame.round(1)]


def measured_again(rng):
    frame = noise(rng)
    return [frame.assign(**{n: frame[n] + rng.normal(size=N) * 0.03 for n in NUMBERS}) for _ in range(4)]


def of_a_number(rng):
    target = rng.normal(size=N)
    return [part.assign(y=target) for part in measured_again(rng)]


def other_words(rng):
    words = np.array([f"word{k}" for k in range(500)])
    texts = [rng.choice(words, 14, replace=False) for _ in range(N)]

    def again(text):
        return np.where(np.isin(np.arange(14), rng.choice(14, 6, replace=False)), rng.choice(words, 14), text)

    y = rng.choice(["yes", "no"], N)
    first = pd.DataFrame({"note": [" ".join(text) for text in texts], "y": y})
    return [first, *(first.assign(note=[" ".join(again(text)) for text in texts]) for _ in range(3))]


def other_spellings(rng):
    shades, colours = ["dark", "light", "pale", "deep", "warm"], ["red", "green", "blue", "grey", "brown", "pink"]
    names = np.array([f"{shade} {colour}" for shade in shades for colour in colours])
    frame = pd.DataFrame(rng.choice(names, (N, 5)), columns=NUMBERS).assign(y=rng.choice(["yes", "no"], N))

    def again(part):
        ways = (str.title, lambda t: t.replace(" ", "-"), lambda t: t.replace(" ", "_"), lambda t: f"{t}.")
        return part.assign(**{name: [ways[rng.integers(4)](cell) for cell in part[name]] for name in NUMBERS})

    return [frame, again(frame), again(frame), again(frame)]


ALL_TOLD = [
    one_factor, one_factor_and_no_name_of_it, amounts, a_factor_of_each_column, rounded, measured_again, of_a_number,
    other_words, other_spellings,
]  # fmt: skip


def told(result):
    return [notice.message for notice in result.task.notices if notice.code == CODE]


@each("copies", ALL_TOLD)
def test_copies_without_an_equal_cell_stay_in_one_fold_and_that_is_said(copies):
    rng = np.random.default_rng(0)
    frame, row = joined(copies(rng), rng)
    result = prepare(read_table(frame), TaskOptions(target="y"))
    (message,) = told(result)
    assert "are copies of others but for" in message
    folds = result.split.numbers[:, 0]
    together = pd.Series(folds).groupby(row).nunique() == 1
    assert together.mean() > 0.97


@each("seed", range(4))
def test_noise_without_copies_is_none(seed):
    assert not told(prepare(read_table(noise(np.random.default_rng(seed), 900)), TaskOptions(target="y")))


def of_a_law(rng, n=800):
    """A smooth law of five columns without noise: near rows have near targets."""
    frame = pd.DataFrame(rng.random((n, 5)).round(4), columns=NUMBERS)
    return frame.assign(y=10 * np.sin(3 * frame["a"]) + 5 * frame["b"] ** 2 + frame["c"])


def of_groups(rng, n=800):
    """Kinds far from each other, each with its own answer."""
    kind = rng.integers(0, 12, n)
    centre = rng.normal(size=(12, 5)) * 6
    frame = pd.DataFrame((centre[kind] + rng.normal(size=(n, 5))).round(3), columns=NUMBERS)
    return frame.assign(y=np.where(kind % 2, "yes", "no"))


def of_two_dimensions(rng, n=800):
    """Five columns that follow from two."""
    two = rng.random((n, 2))
    frame = pd.DataFrame(np.cos(two @ rng.normal(size=(2, 5)) * 3).round(4), columns=NUMBERS)
    return frame.assign(y=np.where((two[:, 0] > 0.5) ^ (rng.random(n) < 0.05), "yes", "no"))


def walk(rng, n=800):
    """Sensors that move slowly, and a state that lasts."""
    frame = pd.DataFrame(rng.normal(size=(n, 5)).cumsum(axis=0).round(3), columns=NUMBERS)
    state = rng.normal(size=n).cumsum()
    return frame.assign(y=np.where(state > np.median(state), "yes", "no"))


def templates(rng, n=800):
    notes = [f"order {a} of {b} pieces for {c} in the town of {d}" for a, b, c, d in rng.integers(0, 3_000, (n, 4))]
    return pd.DataFrame({"note": notes, "y": rng.choice(["yes", "no"], n)})


@each("table", [of_a_law, of_groups, of_two_dimensions, walk, templates])
@each("seed", range(3))
def test_ordinary_rows_that_lie_near_each_other_are_no_copies(table, seed):
    assert not told(prepare(read_table(table(np.random.default_rng(seed))), TaskOptions(target="y")))


def test_rows_of_a_validation_file_that_nearly_stand_among_those_learned_from_are_said(tmp_path):
    rng = np.random.default_rng(3)
    frame = noise(rng)
    again = frame.assign(**{name: (frame[name] + rng.normal(size=N) * 0.004).round(2) for name in NUMBERS})
    again.to_csv(tmp_path / "valid.csv", index=False)
    both = pd.concat([frame.assign(part="train"), again.assign(part="valid")], ignore_index=True)
    result = prepare(read_table(both), TaskOptions(target="y", valid="part"))
    (said,) = [notice.message for notice in result.task.notices if notice.code == "data/valid-overlap"]
    assert 'scored rows are copies of rows of other folds of "part" but for noise in numbers' in said
    assert int(said.split()[0]) == pytest.approx(N, abs=5)
