"""Copies that differ in a number, a stamp, noise or spelling stay together; what chance repeats does not."""

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from each import each

N = 300
CODE = "data/near-repeated-rows"


def measured(n, rng):
    """Three measured columns, a category, and a coin for a target."""
    frame = pd.DataFrame(rng.normal(size=(n, 3)).round(6), columns=["a", "b", "c"])
    return frame.assign(kind=rng.choice(["red", "green", "blue"], n), y=rng.choice(["yes", "no"], n))


def times(frame, k):
    return pd.concat([frame] * k, ignore_index=True)


def lists(rng, n):
    """Three words of six, in another order each time."""
    words = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
    chosen = [rng.choice(words, 3, replace=False) for _ in range(N)]
    return [";".join(rng.permutation(chosen[i % N])) for i in range(n)]


def letters(rng, n):
    """A sentence a row, with other blanks and capitals each time."""
    texts = [f"order {a} of {b} pieces for {c}" for a, b, c in rng.integers(0, 9_000, (N, 3))]

    def again(text):
        spaced = text.replace(" ", " " * rng.integers(1, 4))
        return "".join(mark.upper() if rng.random() < 0.3 else mark for mark in spaced)

    return [again(texts[i % N]) for i in range(n)]


def jittered(frame, rng, width):
    moved = {name: frame[name] + rng.normal(size=len(frame)) * width for name in "abc"}
    return frame.assign(**moved)


SHAPES = {
    "a shuffled counter": (4, lambda f, n, rng: f.assign(z=rng.permutation(n))),
    "a counter as the rows go": (3, lambda f, n, rng: f.assign(z=np.arange(n) * 2 + rng.integers(0, 2, n))),
    "a stamp": (2, lambda f, n, rng: f.assign(t=1.6e9 + rng.exponential(50, n).cumsum())),
    "a date": (5, lambda f, n, rng: f.assign(t=pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.random(n) * 365, "D"))),
    "noise": (2, lambda f, n, rng: f.assign(e=rng.normal(size=n))),
    "a counter, a stamp and noise": (
        10, lambda f, n, rng: f.assign(z=rng.permutation(n), t=rng.random(n) * 1e6, e=rng.normal(size=n)),
    ),
    "where they were found": (3, lambda f, n, rng: f.assign(source=rng.choice(list("ABCDE"), n), z=rng.permutation(n))),
    "the order of lists": (4, lambda f, n, rng: f.assign(tags=lists(rng, n))),
    "blanks and capitals": (4, lambda f, n, rng: f.assign(note=letters(rng, n))),
    "last digits": (3, lambda f, n, rng: jittered(f, rng, 1e-8)),
    "digits and a counter": (4, lambda f, n, rng: jittered(f, rng, 1e-5).assign(z=rng.permutation(n))),
    "all but one column": (2, lambda f, n, rng: f[["a", "y"]].assign(z=rng.permutation(n))),
}  # fmt: skip


def copied(shape, seed=0, base=measured):
    """(frame in any order, number of the row each one is a copy of)"""
    rng = np.random.default_rng(seed)
    k, differing = SHAPES[shape]
    frame = differing(times(base(N, rng), k), k * N, rng).assign(row=np.arange(k * N) % N)
    frame = frame if "as the rows go" in shape else frame.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    return frame.drop(columns="row"), frame["row"].to_numpy()


def asked(frame, **options):
    return prepare(read_table(frame), TaskOptions(target="y", **options))


def told(result):
    return [notice for notice in result.task.notices if notice.code == CODE]


@each("shape", SHAPES)
def test_copies_that_differ_stay_in_one_fold_and_that_is_said(shape):
    frame, row = copied(shape)
    result = asked(frame)
    folds = result.split.numbers[np.argsort(row, kind="stable")].reshape(N, len(frame) // N, -1)
    assert (folds == folds[:, :1]).all()
    (notice,) = told(result)
    assert f"{len(frame):,} rows repeat others" in notice.message
    assert notice.do == "--raw near-repeated-rows"
    assert len(np.unique(result.groups)) == N


def test_the_columns_in_which_copies_differ_are_named():
    frame, _ = copied("a counter, a stamp and noise")
    assert "but z, t and e: 300 rows differ" in told(asked(frame))[0].message


def test_copies_may_be_refused():
    frame, _ = copied("a shuffled counter")
    refused = asked(frame, raw=("near-repeated-rows",))
    assert not told(refused)
    assert refused.groups is None
    assert asked(frame, raw=("repeated-rows",)).groups is None


def test_copies_of_some_rows_with_numbers_for_a_target_are_found():
    rng = np.random.default_rng(1)
    frame = measured(1_000, rng).assign(y=rng.normal(size=1_000))
    frame = pd.concat([frame, frame[:60]], ignore_index=True).assign(z=rng.permutation(1_060))
    result = asked(frame)
    assert np.array_equal(result.split.numbers[:60], result.split.numbers[1_000:])
    assert "120 rows repeat others" in told(result)[0].message


@pytest.mark.slow
def test_of_many_rows_a_share_is_looked_at_and_all_copies_are_kept_together():
    rng = np.random.default_rng(2)
    frame = times(measured(24_000, rng), 2).assign(e=rng.normal(size=48_000))
    result = asked(frame)
    assert np.array_equal(result.split.numbers[:24_000], result.split.numbers[24_000:])


# -- what is none --------------------------------------------------------------------------------------------------


def by_design(rng):
    """Each combination of five settings, two of which decide."""
    settings = np.stack(np.meshgrid(*[np.arange(4)] * 5), axis=-1).reshape(-1, 5)
    frame = pd.DataFrame(settings, columns=list("abcde")).astype(str)
    return frame.assign(y=np.where(frame.a > frame.b, "yes", "no"))


def addresses(rng, n=3_000):
    """Codes and names of places, of which one follows from the other, and a measure."""
    place = rng.integers(0, 400, n)
    frame = pd.DataFrame({"zip": place + 10_000, "city": [f"c{p // 4}" for p in place]})
    frame = frame.assign(state=[f"s{p // 40}" for p in place], sex=rng.choice(["f", "m"], n))
    return frame.assign(age=rng.integers(18, 90, n), y=rng.choice(["yes", "no"], n))


def people_of_few_answers(rng, n=4_000):
    frame = pd.DataFrame({f"q{j}": rng.integers(1, 4, n) for j in range(6)})
    return frame.assign(score=rng.normal(size=n), y=np.where(frame.q0 + frame.q1 > 4, "yes", "no"))


def rare_class(rng, n=4_000):
    frame = pd.DataFrame({f"q{j}": rng.integers(1, 4, n) for j in range(5)})
    return frame.assign(score=rng.normal(size=n).round(3), y=np.where(rng.random(n) < 0.004, "yes", "no"))


def prices(rng, n=2_000):
    price = rng.choice([9.99, 19.99, 29.99, 49.95, 99.0], n)
    return pd.DataFrame({"price": price, "weight": rng.gamma(2, 1, n).round(2), "y": price * 2 + rng.normal(size=n)})


def distances(rng, n=3_000):
    """A law without noise on rounded numbers, beside a column that plays no part."""
    frame = pd.DataFrame({"x": rng.integers(0, 60, n), "v": rng.integers(0, 60, n), "e": rng.normal(size=n)})
    return frame.assign(y=frame.x * 2.0 + frame.v)


def series(rng, n=2_000):
    frame = pd.DataFrame({"day": np.arange(n) % 365, "shop": rng.choice(list("abcd"), n)})
    return frame.assign(t=rng.normal(10, 5, n).round(1), y=rng.poisson(3, n).astype(float))


@each("table", [by_design, addresses, people_of_few_answers, rare_class, prices, distances, series])
@each("seed", range(3))
def test_rows_that_chance_or_a_design_makes_alike_are_no_copies(table, seed):
    assert not told(asked(table(np.random.default_rng(seed))))


def test_visits_of_one_patient_are_none_but_are_spoken_of_where_the_target_is_the_patients():
    rng = np.random.default_rng(3)
    who = pd.DataFrame({"height": rng.normal(170, 9, N).round(1), "birth": rng.integers(1930, 2005, N)})
    who["iron"] = rng.random(N).round(4)
    ill = rng.random(N) < 0.5
    frame = times(who.assign(y=np.where(ill, "yes", "no"), ill=ill), 4)
    frame = frame.assign(pulse=frame.ill * 3.0 + rng.normal(70, 5, 4 * N), fever=frame.ill + rng.normal(37, 1, 4 * N))
    result = asked(frame.drop(columns="ill"))
    (notice,) = told(result)
    assert "1,200 rows agree with others in their target and in all features but pulse and fever" in notice.message
    assert "--group" in notice.do
    assert result.groups is None
