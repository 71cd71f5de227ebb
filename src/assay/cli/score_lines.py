"""Scores of a model on labelled rows, as lines and as a document."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.cli.json_documents import document
from assay.cli.line_layout import Line, LineLayout, Span, labelled, line
from assay.cli.terminal_table import TableColumn, table
from assay.core.figure import Figure, number_text
from assay.report.figure_text import promise_words
from assay.report.phrases import bracketed, count_text, p_text, plural

if TYPE_CHECKING:
    from assay.core.array import Json, JsonObject
    from assay.predictor.class_scores import ClassScore
    from assay.predictor.row_scores import PromiseCheck, ScoreReport
    from assay.predictor.slices import Slice
    from assay.views.score_context import Marked, Placement

LABEL = 12
MOST_CLASSES = 8
"""Most classes for which the confusion is shown; --json has all."""

KNOWN = "nothing is said of the promise: the model's lab knows rows among these"


def score_lines(layout: LineLayout, found: "Marked", *, place: str) -> list[Line]:
    """The score, the promised one, and whether it holds; other metrics, classes and slices below."""
    scored = found.scored
    higher = "higher" if scored.higher_is_better[0] else "lower"
    own = scored.figures[0]
    head = f"   {scored.target}, {own.title}, {higher} is better, {plural(scored.rows, 'row')} of {scored.name}"
    lines = [line(Span(place, "number"), head), *labelled(layout, "score", _said(own), size=LABEL)]
    if scored.promised is not None:
        text = f"{_said(scored.promised)}, {promise_words(scored.promised)}"
        lines += labelled(layout, "promised", text, size=LABEL)
    if scored.ahead is not None:
        said = f"{_said(scored.ahead)}, on the first {count_text(scored.ahead.rows)} of these rows in order of time"
        lines += labelled(layout, "next", said, size=LABEL)
    if scored.promised is not None:
        so = KNOWN if scored.kept is None else kept_text(scored.kept)
        lines += labelled(layout, "so", so, size=LABEL)
    for other in scored.figures[1:]:
        lines += labelled(layout, other.title, _said(other), size=max(LABEL, len(other.title) + 2))
    if found.placement is not None:
        lines += labelled(layout, "among", placement_text(found.placement, higher), size=LABEL)
    for note in (*scored.notes, *scored.known):
        lines += labelled(layout, "note", note, size=LABEL, role="warn")
    return [*lines, *_class_lines(layout, scored), *_slice_lines(layout, scored.slices, own.decimals)]


def _said(figure: Figure) -> str:
    return f"{figure.text}{bracketed(figure.interval_text or figure.method)}"


def kept_text(kept: "PromiseCheck") -> str:
    """Whether the promise holds, in a sentence."""
    if kept.holds is None:
        return "too few rows to tell whether the promise holds"
    if kept.inside:
        return "the promise holds: the score lies in its interval"
    side = "better" if kept.gain > 0 else "worse"
    if not kept.differs:
        return f"the promise may hold: the score is {side} than its interval, not told apart from it on so few rows"
    if kept.gain > 0:
        return "better than promised, beyond chance: these rows may be easier"
    return "the promise does not hold: worse than promised, beyond chance; rows like these were not learned from"


def placement_text(found: "Placement", higher: str) -> str:
    """ "rank 12 of 340 in teams.csv (9 to 20 as the interval reaches) beside …: better than 96 % (94 to 97 %)" """
    reach = share = ""
    if found.best is not None and found.worst is not None:
        reach = f" ({count_text(found.best)} to {count_text(found.worst)} as the interval reaches)"
    if found.beaten_low is not None and found.beaten_high is not None:
        share = f" ({100 * found.beaten_low:.0f} to {100 * found.beaten_high:.0f} %)"
    return (
        f"rank {count_text(found.rank)}{reach} beside {plural(found.teams, 'score')} of {found.name}: better "
        f"than {100 * found.beaten:.0f} %{share}, {higher} being better"
    )


def _class_lines(layout: LineLayout, scored: "ScoreReport") -> list[Line]:
    if not scored.classes:
        return []
    lines = [line(), *table(layout, [
        TableColumn("class", [one.label for one in scored.classes], right=False, stretch=True, least=8),
        TableColumn("rows", [count_text(one.rows) for one in scored.classes]),
        TableColumn("said", [count_text(one.predicted) for one in scored.classes]),
        TableColumn("recall", [_percent(one.recall) for one in scored.classes]),
        TableColumn("95 %", [_range(one.recall_interval) for one in scored.classes], gives=2),
        TableColumn("precision", [_percent(one.precision) for one in scored.classes]),
        TableColumn("95 %", [_range(one.precision_interval) for one in scored.classes], gives=1),
    ], indent=2)]  # fmt: skip
    if len(scored.labels) > MOST_CLASSES:
        return lines
    columns = [
        TableColumn(f"said {label}", [count_text(row[at]) for row in scored.confusion], gives=len(scored.labels) - at)
        for at, label in enumerate(scored.labels)
    ]
    return [*lines, line(), *table(layout, [
        TableColumn("true", list(scored.labels), right=False, stretch=True, least=8), *columns,
    ], indent=2)]  # fmt: skip


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _range(ends: tuple[float, float] | None) -> str:
    return "–" if ends is None else f"{100 * ends[0]:.0f} to {100 * ends[1]:.0f}"


def _slice_lines(layout: LineLayout, slices: "Sequence[Slice]", most: int) -> list[Line]:
    """most: digits supported by the score of all rows; a part of the rows supports no more."""
    lines: list[Line] = []
    for column in dict.fromkeys(one.column for one in slices):
        own = [one for one in slices if one.column == column]
        own = [_earned(one, most) for one in own]
        figures = [one.figure for one in own]
        lines += [line(), *table(layout, [
            TableColumn(column, [one.label for one in own], right=False, stretch=True, least=10),
            TableColumn("rows", [count_text(one.rows) for one in own]),
            TableColumn("score", ["–" if figure is None else figure.text for figure in figures]),
            TableColumn("95 %", [_interval(figure) for figure in figures], right=False, gives=1),
            TableColumn("over rest", [_gain(one) for one in own]),
            TableColumn("Holm", [p_text(one.p) for one in own]),
        ], indent=2)]  # fmt: skip
        lines += [line(f"  {one.label}: {one.why}") for one in own if one.why]
    return lines


def _earned(one: "Slice", most: int) -> "Slice":
    """A figure with no more digits than its interval, or that of all rows, supports."""
    figure = one.figure
    if figure is None or figure.decimals <= most:
        return one
    return replace(one, figure=replace(figure, digits=most))


def _interval(figure: Figure | None) -> str:
    return "–" if figure is None else figure.interval_text.removeprefix("95 % ") or "–"


def _gain(one: "Slice") -> str:
    return "–" if one.gain is None or one.figure is None else number_text(one.gain, one.figure.decimals, signed=True)


def score_document(found: "Marked") -> "JsonObject":
    """score/1; figures[0] is by the model's own metric, gains are positive where better."""
    scored, kept, placement = found.scored, found.scored.kept, found.placement
    slices: list[Json] = [
        {"column": one.column, "value": one.label, "rows": one.rows, "why": one.why or None, "gain": one.gain,
         "sigma": one.sigma, "holm": one.p, "score": None if one.figure is None else one.figure.as_json()}
        for one in scored.slices
    ]  # fmt: skip
    body: JsonObject = {
        "file": scored.name, "target": scored.target, "rows": scored.rows, "rows_given": scored.given,
        "metric": scored.figures[0].metric, "higher_is_better": scored.higher_is_better[0],
        "score": scored.figures[0].as_json(),
        "others": [{"higher_is_better": up, "score": one.as_json()}
                   for one, up in zip(scored.figures[1:], scored.higher_is_better[1:], strict=True)],
        "expect": None if scored.promised is None else scored.promised.as_json(),
        "promise": None if kept is None else {
            "holds": kept.holds, "inside": kept.inside, "gain": kept.gain, "low": kept.low, "high": kept.high,
            "told_apart": kept.differs, "verdict": kept_text(kept),
            "of": None if scored.ahead is None else scored.ahead.as_json(),
        },
        "classes": [_class_json(one) for one in scored.classes], "labels": list(scored.labels),
        "confusion": [list(row) for row in scored.confusion], "slices": slices,
        "leaderboard": None if placement is None else {
            "file": placement.name, "teams": placement.teams, "rank": placement.rank, "rank_best": placement.best,
            "rank_worst": placement.worst, "beaten": placement.beaten, "beaten_low": placement.beaten_low,
            "beaten_high": placement.beaten_high,
        },
        "notes": [*scored.notes, *scored.known],
    }  # fmt: skip
    return document("score", None, body)


def _class_json(one: "ClassScore") -> "JsonObject":
    recall, precision = one.recall_interval or (None, None), one.precision_interval or (None, None)
    return {
        "class": one.label, "rows": one.rows, "predicted": one.predicted, "right": one.right, "recall": one.recall,
        "recall_low": recall[0], "recall_high": recall[1], "precision": one.precision,
        "precision_low": precision[0], "precision_high": precision[1],
    }  # fmt: skip
