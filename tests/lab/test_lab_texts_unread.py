"""Texts that what ships does not read are told first of all behind its figure, and are nowhere drawn as a zero."""

import numpy as np
import pandas as pd
import pytest

from assay.cli.line_layout import LineLayout
from assay.cli.summary_lines import summary_lines
from assay.lab.lab import Lab

WORDS = ("late", "early", "refund", "thanks", "broken", "fast", "slow", "great", "poor", "order")


@pytest.fixture
def notes(here):
    """A shop.csv with a text that tells nothing."""
    rng = np.random.default_rng(0)
    age = rng.normal(40, 9, 200).round(1)
    frame = pd.DataFrame({"age": age, "note": [" ".join(rng.choice(WORDS, 8)) for _ in age]})
    frame["bought"] = np.where(rng.random(200) < 1 / (1 + np.exp(-(age - 40) / 5)), "yes", "no")
    frame.to_csv("shop.csv", index=False)


def shown(summary):
    lines = summary_lines(LineLayout(columns=100), summary)
    return ["".join(span.text for span in one) for one in lines]


def test_a_text_that_what_ships_does_not_read_is_told_behind_the_figure_and_drawn_nowhere(notes, run):
    summary = run(experiments=2, families=frozenset({"tree"}), without=frozenset(), kinds={"note": "text"})
    lines = shown(summary)
    at = next(i for i, line in enumerate(lines) if line.startswith("  expect"))
    assert lines[at + 1].startswith("  unread   what ships reads no words of note")
    lab = Lab.open("shop.lab")
    assert "note" not in {name for name, *_ in lab.state.end.columns}
    assert "note" not in summary.learned
    assert "age" in {name for name, *_ in lab.state.end.columns}
    lab.close()


def test_a_text_that_it_reads_is_not_told_of(notes, run):
    summary = run(experiments=2, families=frozenset({"linear"}), without=frozenset(), kinds={"note": "text"})
    assert not [line for line in shown(summary) if "unread" in line]
