"""Rows whose texts differ from others' by a few words stay in one fold, where they are copies."""

import numpy as np
import pandas as pd
import pytest

from assay.data.fingerprint import column_hashes
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared, prepare
from assay.data.read import read_table
from assay.data.row_identity import row_identity

CODE = "data/near-repeated-rows"
RNG = np.random.default_rng(0)
WORDS = ["".join(RNG.choice(list("abcdefghijklmnopqrstuvwxyz"), RNG.integers(3, 9))) for _ in range(600)]


def templates(n: int = 1_200, kinds: int = 40, seed: int = 0) -> pd.DataFrame:
    """Letters of some kinds, a word of their own in each; the kind decides, which a model may learn by heart."""
    rng = np.random.default_rng(seed)
    letters = [rng.choice(WORDS, 12, replace=False) for _ in range(kinds)]
    label = rng.permutation(np.arange(kinds) % 2)
    kind = rng.integers(0, kinds, n)
    notes = [" ".join(np.insert(letters[k], rng.integers(0, 13), rng.choice(WORDS))) for k in kind]
    return pd.DataFrame({"note": notes, "kind": kind, "y": np.where(label[kind] > 0, "yes", "no")})


def asked(frame: pd.DataFrame) -> Prepared:
    return prepare(read_table(frame), TaskOptions(target="y"))


def told(result: Prepared) -> list[str]:
    return [notice.message for notice in result.task.notices if notice.code == CODE]


def beside(frame: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return frame.assign(amount=rng.gamma(2, 9, len(frame)).round(2), shop=rng.choice(list("abc"), len(frame)))


@pytest.mark.parametrize("others", [lambda frame: frame, beside], ids=["alone", "beside a table"])
def test_letters_of_one_kind_stay_in_one_fold_and_that_is_said(others) -> None:
    frame = others(templates())
    result = asked(frame.drop(columns="kind"))
    folds = pd.DataFrame(result.split.numbers).groupby(frame["kind"]).nunique()
    assert (folds == 1).all(axis=None)
    (message,) = told(result)
    assert "a few words of note" in message
    assert "40 rows differ; they are kept in one fold" in message


def test_letters_in_which_one_word_decides_are_no_copies() -> None:
    frame = templates()
    rng = np.random.default_rng(2)
    frame["y"] = rng.choice(["yes", "no"], len(frame))
    frame["note"] += np.where(frame["y"] == "yes", " granted", " refused")
    assert not told(asked(frame.drop(columns="kind")))


def test_texts_of_a_person_each_are_no_copies() -> None:
    rng = np.random.default_rng(3)
    notes = [" ".join(rng.choice(WORDS[:80], 30)) for _ in range(1_500)]
    assert not told(asked(pd.DataFrame({"note": notes, "y": rng.choice(["yes", "no"], 1_500)})))


def test_a_vault_takes_letters_of_one_kind_for_one_unit_in_any_order() -> None:
    frame = templates().drop(columns="kind")
    hashes = {"note": column_hashes(frame["note"])}
    target = asked(frame).target
    rule = row_identity(frame, TaskOptions(target="y"), target, hashes=hashes)
    units = rule.contents(frame, hashes)
    assert len(np.unique(units)) == 40
    turned = frame[::-1].reset_index(drop=True)
    assert np.array_equal(rule.contents(turned, {"note": hashes["note"][::-1]})[::-1], units)


def test_letters_sent_again_stay_in_one_fold_where_equal_ones_are_a_habit() -> None:
    rng = np.random.default_rng(4)
    frame = templates(n=3_000, kinds=1_500).drop_duplicates("kind")
    again = frame[:80].assign(note=frame["note"][:80] + " regards")
    short = pd.DataFrame({"note": rng.choice(["fine", "no answer", "call me", "later", "ok", "yes"], 240)})
    short = short.assign(kind=-1 - np.arange(240), y=rng.choice(["yes", "no"], 240))
    frame = pd.concat([frame, again, short], ignore_index=True)
    result = asked(frame.drop(columns="kind"))
    folds = pd.DataFrame(result.split.numbers).groupby(frame["kind"]).nunique()
    assert (folds == 1).all(axis=None)
    (message,) = told(result)
    assert "but a few words of note" in message
