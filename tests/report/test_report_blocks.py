"""Scores in order of time, and what they say of the next stretch."""

from dataclasses import replace

import pytest

from assay.cli.line_layout import LineLayout
from assay.cli.summary_lines import summary_lines
from assay.core.time_stretches import Blocks
from assay.report.brief_text import sureness
from assay.report.figure_text import promise_words, short_origin
from assay.report.time_blocks import blocks_sentence, blocks_wordings
from assay.views.lab_repr import summary_rows
from samples import sample_views

SCORES = (0.791, 0.806, 0.842, 0.775, 0.81)


def shown(**changes):
    blocks = Blocks(scores=SCORES, rows=(90,) * 5, **{"apart": 0.97, "size": 2.4, **changes})
    value = sample_views.summary()
    expect = replace(value.expect, low=0.76, high=0.85, ahead=90)
    return replace(value, expect=expect, blocks=blocks)


@pytest.mark.parametrize(
    ("law", "word"),
    [({}, "they differ far more than their rows explain"), ({"size": 1.2}, "they differ more than their rows explain"),
     ({"apart": 0.6, "size": 0.8}, "5 are too few to tell"), ({"apart": 0.2, "size": 0.3}, "no more than their rows")],
)  # fmt: skip
def test_scores_are_shown_in_order_of_time_and_whether_they_differ(law, word):
    full, short = blocks_wordings(shown(**law))
    assert full.startswith("0.791, 0.806, 0.842, 0.775, 0.810 in order of time; ")
    assert word in full
    assert len(short) < len(full)
    assert word in blocks_sentence(shown(**law))


def test_the_summary_has_a_line_of_them_and_says_what_is_promised():
    text = "\n".join("".join(span.text for span in line) for line in summary_lines(LineLayout(columns=120), shown()))
    assert "  blocks   0.791, 0.806, 0.842, 0.775, 0.810 in order of time" in text
    assert "on the next 90 rows" in text
    assert "over all blocks; optimism of choosing" in text


def test_other_rows_have_none():
    assert blocks_wordings(sample_views.summary()) == ()
    assert blocks_sentence(sample_views.summary()) == ""


def test_a_promise_of_later_rows_says_of_how_many():
    expect = shown().expect
    assert promise_words(expect).startswith("on the next 90 rows, corrected for choosing")
    assert short_origin(expect) == "on the next 90 rows, corrected"


@pytest.mark.parametrize(("optimism", "told"), [(0.004, "0.004"), (0.0002, "under 0.001")])
def test_every_face_tells_the_optimism_of_all_blocks_and_no_difference_to_the_next_stretch(optimism, told):
    value = shown()
    value = replace(
        value, search=sample_views.figure(0.8087), expect=replace(value.expect, value=0.74), optimism=optimism
    )
    screen = "\n".join("".join(span.text for span in line) for line in summary_lines(LineLayout(columns=120), value))
    assert f"optimism of choosing {told}" in screen
    assert f"optimism {told}" in sureness(value)
    assert f"optimism of choosing {told}" in dict(summary_rows(value))["search"]
