"""The plots: their geometry, and how it is drawn."""

import xml.etree.ElementTree as ElementTree

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.core.event import Dot
from assay.core.usage import ColumnLoss, Usage
from assay.report.calibration_plot import calibration
from assay.report.importance_plot import importance
from assay.report.plot import Drawing, FilledArea, Label, Mark, Point, Stroke, ticks
from assay.report.progress_plot import BOTTOM, TOP, progress
from assay.report.svg import picture, svg
from samples import sample_views

score = st.one_of(st.none(), st.floats(-5, 5, allow_nan=False))
dots = st.lists(st.tuples(score, st.booleans()), min_size=1, max_size=40).map(
    lambda items: tuple(
        Dot(number=n, score=s, status="failed" if s is None else "kept" if kept else "dropped")
        for n, (s, kept) in enumerate(items, start=1)
    )
)


def points(drawing: Drawing) -> list[Point]:
    found: list[Point] = []
    for item in drawing.items:
        if isinstance(item, Stroke | FilledArea):
            found += item.points
        else:
            found.append((item.x, item.y))
    return found


def labels(drawing: Drawing) -> list[str]:
    return [item.text for item in drawing.items if isinstance(item, Label)]


@given(dots=dots, higher=st.booleans(), sigma=st.one_of(st.none(), st.floats(1e-6, 10)))
def test_whatever_was_scored_stays_inside_the_picture(dots: tuple[Dot, ...], higher: bool, sigma: float | None) -> None:
    summary = sample_views.summary(higher_is_better=higher, sigma=sigma, expect=None)
    drawing = progress(sample_views.brief(summary=summary, dots=dots, kept=(), records=()))
    for x, y in points(drawing):
        assert -1 <= x <= drawing.width + 1
        assert -1 <= y <= drawing.height + 1
        assert np.isfinite([x, y]).all()


def test_each_scored_experiment_and_each_failure_is_drawn_once() -> None:
    drawing = progress(sample_views.brief())
    marks = [item for item in drawing.items if isinstance(item, Mark)]
    ticks_on_the_edge = [item for item in drawing.items if isinstance(item, Stroke) and item.role == "tried"]
    tried = sum(mark.shape == "open" for mark in marks) + len(ticks_on_the_edge)
    assert tried == len(sample_views.SCORES) - len(sample_views.KEPT)
    assert sum(mark.shape == "cross" for mark in marks) == len(sample_views.FAILED)


def test_what_was_kept_has_the_shape_of_its_proposer_and_its_number() -> None:
    drawing = progress(sample_views.brief())
    shapes = {item.shape for item in drawing.items if isinstance(item, Mark) and item.role not in ("tried", "ink")}
    assert shapes == {"disc", "square", "ring"}
    assert {"#3", "#9", "#17", "#31"} <= set(labels(drawing))


def test_a_better_score_stands_higher_when_higher_is_better_and_lower_when_not() -> None:
    for higher in (True, False):
        pair = (Dot(number=1, score=0.5, status="kept"), Dot(number=2, score=0.6 if higher else 0.4, status="kept"))
        summary = sample_views.summary(higher_is_better=higher, expect=None, baseline_number=1)
        drawing = progress(sample_views.brief(summary=summary, dots=pair, kept=(), records=()))
        first, second = [item for item in drawing.items if isinstance(item, Mark)][:2]
        assert (second.y < first.y) is higher
        assert TOP <= second.y <= BOTTOM


def test_the_margin_shows_the_promised_figure_and_is_empty_without_one() -> None:
    assert sample_views.figure(0.8081, corrected=True).text in labels(progress(sample_views.brief()))
    bare = sample_views.brief(summary=sample_views.summary(expect=None))
    assert "expect on new rows" not in labels(progress(bare))


def test_importance_shows_twelve_columns_at_most_and_greys_what_includes_zero() -> None:
    columns = tuple(ColumnLoss(name=f"c{i}", loss=0.02 - i * 0.001, low=0.01 - i * 0.001, high=0.03) for i in range(20))
    drawing = importance(sample_views.brief(usage=Usage(columns=columns)))
    marks = [item for item in drawing.items if isinstance(item, Mark)]
    assert len(marks) == 12
    assert [mark.role for mark in marks].count("tried") == 2


def test_svg_is_well_formed_and_carries_its_caption() -> None:
    for drawing in (progress(sample_views.brief()), importance(sample_views.brief())):
        root = ElementTree.fromstring(svg(drawing))
        assert root.attrib["aria-label"] == drawing.alt


def test_the_picture_is_a_file_of_its_own_with_its_size_and_colours() -> None:
    drawing = progress(sample_views.brief())
    root = ElementTree.fromstring(picture(drawing))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.attrib["width"], root.attrib["height"]) == ("720", "360")
    style, ground, *items = list(root)
    assert ground.attrib["class"] == "ground"
    assert len(items) == len(list(ElementTree.fromstring(svg(drawing))))
    for word in {name for item in items for name in item.attrib["class"].split()} | {"ground"}:
        assert f".{word}" in str(style.text)


@given(low=st.floats(-1e3, 1e3), span=st.floats(1e-3, 1e6), at_most=st.integers(2, 10))
def test_ticks_are_few_evenly_spaced_and_inside(low: float, span: float, at_most: int) -> None:
    found = ticks(low, low + span, at_most=at_most)
    assert len(found) <= at_most + 1
    assert all(low - span * 1e-6 <= value <= low + span * (1 + 1e-6) for value in found)
    steps = np.diff(found)
    assert len(steps) == 0 or np.allclose(steps, steps[0], rtol=1e-3)


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=40), min_size=1, max_size=15, unique=True))
def test_importance_is_as_wide_as_its_names_need_and_says_nothing_twice(names: list[str]) -> None:
    columns = tuple(ColumnLoss(name=name, loss=0.1, low=0.05, high=0.2) for name in names)
    drawing = importance(sample_views.brief(usage=Usage(columns=columns)))
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points(drawing))
    assert drawing.width <= 640
    assert drawing.alt not in labels(drawing)


def test_predicted_and_observed_keep_their_names_apart_from_the_scale() -> None:
    drawing = calibration(sample_views.brief())
    shown = [item for item in drawing.items if isinstance(item, Label)]
    (observed,) = [item for item in shown if item.text == "observed"]
    assert all(abs(item.y - observed.y) >= 10 for item in shown if item is not observed)
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points(drawing))
