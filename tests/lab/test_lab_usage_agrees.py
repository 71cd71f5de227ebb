"""Every number that the brief, explain, the line learned and JSON print of what a model uses is that of one source."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.core.usage import learned_line
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from assay.views.usage import usage

pytestmark = pytest.mark.slow

SPOKEN = ("finance agreed to it", "send me the contract", "we have a supplier", "call again next year")
NUMBER = r"[+−]?[\d,]+(?:\.\d+)?"


def orders(n=500):
    """Calls in the order of their date, won more and more often; two lines speak for it, two against."""
    rng = np.random.default_rng(0)
    said = rng.random((n, 4)) < 0.35
    age, when = rng.normal(40, 10, n).round(1), np.sort(rng.integers(0, 500, n))
    odds = said @ np.array([2.2, 1.6, -1.9, -1.4]) + (age - 40) / 10 + (when - 250) / 120
    texts = [
        ". ".join(rng.permutation([*(line for line, there in zip(SPOKEN, has, strict=True) if there), "good morning"]))
        for has in said
    ]
    return pd.DataFrame({
        "called": pd.Timestamp("2023-01-01") + pd.to_timedelta(when, unit="D"), "age": age, "note": texts,
        "luck": rng.normal(size=n).round(2),
        "outcome": np.where(rng.random(n) < 1 / (1 + np.exp(-odds)), "won", "lost"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    orders().to_csv(folder / "orders.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=7), out=str(folder / "orders.lab"), families=frozenset({"linear", "lightgbm"})
    )
    task = TaskOptions(target="outcome", kinds={"note": "text"})
    fit(str(folder / "orders.csv"), task, settings, context=RunContext(inline=True))
    opened = Lab.open(folder / "orders.lab")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def used(lab):
    return usage(lab)


@pytest.fixture
def said(lab, capsys):
    """What a command prints of the lab: as text, or with --json as a document."""

    def said(command, *options):
        capsys.readouterr()
        assert main([command, str(lab.path), *options, *(() if "--json" in options else ("--width", "220"))]) == 0
        out = capsys.readouterr().out
        return json.loads(out) if "--json" in options else out

    return said


def agrees(printed, value):
    """Whether what is printed is that value, to its own digits."""
    text = printed.replace("−", "-").replace(",", "").replace("+", "")
    places = len(text.partition(".")[2])
    digits = len(text.strip("-0.").replace(".", ""))
    least = 0.5 * 10.0**-places if places else 0.5 * 10.0 ** max(0, len(text.strip("-")) - max(digits, 1))
    return abs(float(text) - value) <= least * (1 + 1e-6) + 1e-12


def test_the_table_has_what_is_asked_of(used, lab):
    assert len(lab.state.model.blend.numbers) > 1
    assert used.by_time == ("called",)
    assert {one.name for one in used.columns} | {*used.unread} == {"age", "note", "luck"}
    assert used.words is not None
    assert used.words.told_by == used.told_by
    assert {one.label for one in used.words.words} == {"won", "lost"}


def test_losses_of_columns_are_one_everywhere(lab, used, said):
    exact = {one.name: (one.loss, one.low, one.high) for one in used.columns}
    for body in (said("explain", "--json"), said("report", "--json")["uses"]):
        assert {one["column"]: (one["loss"], one["low"], one["high"]) for one in body["columns"]} == exact
        assert (body["unread"], body["by_time"]) == (list(used.unread), list(used.by_time))
        assert body["told_by"] == list(used.told_by)
    printed = dict(re.findall(rf"^  (\w+) +({NUMBER}   {NUMBER} to {NUMBER})$", said("explain"), re.M))
    assert list(printed) == list(exact)
    for name, text in printed.items():
        assert all(agrees(one, value) for one, value in zip(re.findall(NUMBER, text), exact[name], strict=True))
    brief = (lab.path / "brief.md").read_text()
    sentence = re.search(r"^Shuffling a column costs so much [^:]*: (.*)\.$", brief, re.M)[1]
    shown = re.findall(rf"(\w+) ({NUMBER})(?: \({NUMBER} to {NUMBER}\))?(?:, |$)", sentence)
    assert [name for name, _ in shown] == list(exact)
    assert all(agrees(text, exact[name][0]) for name, text in shown)
    assert lab.brief().usage == used


def test_the_line_learned_is_that_of_the_brief_its_plot_and_the_summary(lab, used, said):
    learned = learned_line(used.columns)
    assert lab.summary().learned == learned
    assert f"\n{learned}.\n" in (lab.path / "brief.md").read_text()
    page = html.unescape((lab.path / "brief.html").read_text())
    assert f'aria-label="{learned}."' in page
    assert "called" not in learned


def test_what_is_not_read_or_is_drift_has_a_figure_nowhere(lab, used, said):
    for name in (*used.unread, *used.by_time):
        assert not re.search(rf"^ +{name} +{NUMBER}", said("explain"), re.M)
        assert f"{name} " not in re.search(r"^Shuffling a column.*$", (lab.path / "brief.md").read_text(), re.M)[0]
    both = said("explain") + (lab.path / "brief.md").read_text()
    assert len(re.findall(r"othing is said of called", both)) == 2


def test_words_speak_for_the_same_class_by_as_much_everywhere(lab, used, said):
    exact = {(one.label, one.word): one.points for one in used.words.words}
    body = said("explain", "--json")
    assert {(one["label"], one["word"]): one["points"] for one in body["words"]} == exact
    text, brief = said("explain"), (lab.path / "brief.md").read_text()
    shown = [
        ((label, *re.fullmatch(rf"(.+) ({NUMBER})", part).groups()))
        for label in ("won", "lost")
        for part in re.search(rf"^    for {label}: (.*)$", text, re.M)[1].split(", ")
    ]
    table = re.findall(rf"^\| (won|lost) \| (.+?) \| ({NUMBER}) \|", brief, re.M)
    assert sorted(shown) == sorted(table)
    assert {(label, word) for label, word, _ in shown} == set(exact)
    assert all(agrees(moved, exact[label, word]) and moved[0] == "+" for label, word, moved in shown)
    assert {word for label, word in exact if label == "won"} & {"finance", "agreed", "contract"}
    assert {word for label, word in exact if label == "lost"} & {"supplier", "again", "year", "next"}


def test_a_row_is_moved_as_its_document_says_and_to_one_side(said):
    row = said("explain", "--row", "300", "--json")["row"]
    columns, text = row["columns"], said("explain", "--row", "300")
    moved = {one["column"]: one["moved"] for one in columns["values"]}
    ends = columns["probability"]
    assert sum(moved.values()) == pytest.approx(100 * (ends["answer"] - ends["base"]), abs=1e-6)
    assert row["predicted"] == pytest.approx(ends["answer"], abs=1e-6)
    shown = re.findall(rf"^    (\w+) +({NUMBER})   for (won|lost) ", text, re.M)
    assert {name for name, *_ in shown} == {name for name, value in moved.items() if value}
    other = {"won": "lost", "lost": "won"}[str(row["label"])]
    for name, figure, side in shown:
        assert agrees(figure, moved[name])
        assert side == (row["label"] if moved[name] > 0 else other)
    words = {one["text"]: 100 * one["effect"] for one in row["effects"] if not one["passage"]}
    pieces = re.findall(rf"^    for (won|lost) ({NUMBER}) .*\[(.*?)\]", text, re.M)
    assert pieces
    for side, figure, word in pieces:
        at = [value for piece, value in words.items() if piece == word]
        assert any(agrees(figure, abs(value)) and side == (row["label"] if value > 0 else other) for value in at)


def test_words_of_a_row_and_of_the_whole_speak_for_one_side(used, said):
    """ "finance" speaks for a win in the list of words, so it does in a row."""
    whole = {one.word: one.label for one in used.words.words if one.word in ("finance", "supplier")}
    assert whole
    for word, label in whole.items():
        number = int(np.flatnonzero(orders()["note"].str.contains(word))[0]) + 1
        text = said("explain", "--row", str(number))
        found = re.search(rf"^    for (won|lost) {NUMBER} .*\[{word}\]", text, re.M | re.I)
        assert found is None or found[1] == label


def test_an_effect_is_printed_as_its_document_says(said):
    curves = said("explain", "--effect", "age", "--json")["effect"]["curves"]
    (curve,) = [one for one in curves if one["scale"] == "probability"]
    lines = re.findall(rf"┤[ ━]* +({NUMBER})  {NUMBER} to {NUMBER}$", said("explain", "--effect", "age"), re.M)
    assert len(lines) == len(curve["points"])
    assert all(agrees(text, 100 * point["effect"]) for text, point in zip(lines, curve["points"], strict=True))
