"""What a brief says of words, which are left out of rows that a fit has not seen and recorded by places alone."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.audit.audit import audit
from assay.cli.main import main
from assay.core.clock import Budget
from assay.core.codec import to_json
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

FILLERS = ["the", "call", "was", "about", "a", "roof", "and", "some", "tiles", "we", "spoke", "of", "Müller<b>"]


def fitted(folder, frame, target, name="calls"):
    frame.to_csv(folder / f"{name}.csv", index=False)
    fit(
        str(folder / f"{name}.csv"), TaskOptions(target=target),
        FitSettings(budget=Budget(experiments=4), out=str(folder / f"{name}.lab"), families=frozenset({"linear"})),
        context=RunContext(inline=True),
    )  # fmt: skip
    return folder / f"{name}.lab"


def notes(rng, words):
    return [" ".join([*rng.choice(FILLERS, 8), word, *rng.choice(FILLERS, 4)]) for word in words]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 240)
    told = np.where(rng.random(240) < 0.85, y, 1 - y)
    words = np.where(told, rng.choice(["Signed", "agreed"], 240), rng.choice(["refused", "declined"], 240))
    frame = pd.DataFrame({"note": notes(rng, words), "won": np.where(y, "yes", "no")})
    return fitted(tmp_path_factory.mktemp("words"), frame, "won")


def opened(place):
    lab = Lab.open(place)
    try:
        return lab.brief().usage.words, lab.state.end.words
    finally:
        lab.close()


def test_the_words_that_decide_are_named_with_the_class_they_speak_for(lab):
    words, _ = opened(lab)
    assert {one.word for one in words.words if one.label == "yes"} >= {"signed", "agreed"}
    assert {one.word for one in words.words if one.label == "no"} >= {"refused", "declined"}
    assert all(one.effect > 0 and one.points > 0 for one in words.words)
    for one in words.words[:2]:
        assert one.low > 0
        assert one.word in one.excerpt.text.lower()
        assert [run.text.lower() for run in one.excerpt.runs if run.effect is not None] == [one.word]


def test_rows_are_shown_that_were_called_right_and_wrong(lab):
    words, _ = opened(lab)
    assert [row.said == row.truth for row in words.rows] == [True, False, False]
    assert {(row.truth, row.said) for row in words.rows} == {("yes", "yes"), ("no", "yes"), ("yes", "no")}
    table = pd.read_csv(lab.parent / "calls.csv")
    for row in words.rows:
        assert table.won[row.number - 1] == row.truth
        assert "".join(one.text for one in row.excerpts) == table.note[row.number - 1]


def test_the_ledger_has_places_and_no_words(lab):
    _, recorded = opened(lab)
    body = json.dumps(to_json(recorded))
    assert recorded.words
    assert not any(word in body for word in ("igned", "agreed", "refused", "tiles"))


def test_the_brief_quotes_escaped_and_without_quotes_only_on_request(lab, tmp_path, capsys):
    page, text = (lab / "brief.html").read_text(), (lab / "brief.md").read_text()
    assert "<mark" in page
    assert "Müller&lt;b&gt;" in page
    assert "Müller<b>" not in page
    assert "Müller\\<b\\>" in text
    assert main(["report", str(lab), "--no-quotes", "--out", str(tmp_path)]) == 0
    page, text = (tmp_path / "brief.html").read_text(), (tmp_path / "brief.md").read_text()
    assert "signed" in page
    assert "signed" in text
    assert "Müller" not in page + text
    assert "<mark" not in page
    capsys.readouterr()


def test_a_brief_without_quotes_does_not_take_the_place_of_the_labs_own(lab, capsys):
    before = (lab / "brief.md").read_bytes()
    assert main(["report", str(lab), "--no-quotes"]) == 2
    assert "--no-quotes --out" in capsys.readouterr().err
    assert main(["report", str(lab), "--no-quotes", "--out", str(lab)]) == 2
    assert "--no-quotes --out" in capsys.readouterr().err
    assert (lab / "brief.md").read_bytes() == before


def test_a_lab_with_words_is_audited_clean(lab):
    opened = Lab.open(lab)
    try:
        done = audit(opened)
        assert done.ok, [check for check in done.checks if not check.ok]
    finally:
        opened.close()


@pytest.mark.slow
def test_of_numbers_words_add_and_of_many_classes_each_has_its_own(tmp_path):
    rng = np.random.default_rng(1)
    kinds = np.array(["leak", "noise", "crack", "smell"])
    k = rng.integers(0, 4, 240)
    text = notes(rng, kinds[k])
    found, _ = opened(fitted(tmp_path, pd.DataFrame({"note": text, "kind": np.char.upper(kinds)[k]}), "kind", "kinds"))
    assert {(one.label, one.word) for one in found.words} >= {(kind.upper(), kind) for kind in kinds}
    value = np.array([10.0, 20.0, 30.0, 40.0])[k] + rng.normal(0, 1, 240)
    found, _ = opened(fitted(tmp_path, pd.DataFrame({"note": text, "cost": value}), "cost", "costs"))
    moved = {one.word: one.effect for one in found.words}
    assert moved["smell"] > 3
    assert moved["leak"] < -3
    assert all(row.chance is None for row in found.rows)


@pytest.mark.slow
def test_a_table_without_texts_has_no_words(tmp_path):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)})
    frame["y"] = frame.a > frame.b
    assert opened(fitted(tmp_path, frame, "y", "numbers")) == (None, None)


@pytest.mark.slow
def test_scripts_without_spaces_have_words_of_two_characters_that_do_not_overlap(tmp_path):
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 200)
    fillers = ["昨天买的", "包装是蓝色", "给妈妈买的", "第二次下单", "放在厨房用"]
    text = ["，".join([*rng.choice(fillers, 2), "味道很好" if one else "质量太差", rng.choice(fillers)]) for one in y]
    found, _ = opened(fitted(tmp_path, pd.DataFrame({"评论": text, "结果": np.where(y, "好", "坏")}), "结果", "zh"))
    said = [one.word for one in found.words]
    assert any(len(word) == 2 and word in "味道很好" for word in said)
    for k, word in enumerate(said):
        others = [other for other in said[:k] if "味道很好".find(other) >= 0]
        assert not ("味道很好".find(word) >= 0 and any(set(word) & set(other) for other in others))


def test_explain_says_the_words_beside_the_columns_and_which_lab_it_is_of(lab, capsys):
    assert main(["explain", str(lab)]) == 0
    said = capsys.readouterr().out
    assert "for yes: " in said
    assert "signed +" in said
    assert "for no: " in said
    assert main(["explain", str(lab), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["lab"] == "calls.lab"
    assert {one["word"] for one in body["words"]} >= {"signed", "refused"}
    assert main(["explain", str(lab), "--row", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lab"] == "calls.lab"
