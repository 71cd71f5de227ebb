"""Comparison of several files, as a table by score and as a document."""

from typing import TYPE_CHECKING

from assay.cli.json_documents import document, fields_of
from assay.cli.line_layout import Line, LineLayout, Span, labelled, line
from assay.cli.terminal_table import TableColumn, table
from assay.core.figure import number_text
from assay.report.phrases import count_text, p_text, plural

if TYPE_CHECKING:
    from assay.compare.ranking import Ranked, RankedPair
    from assay.core.array import Json, JsonObject

LABEL = 12


def ranking_lines(layout: LineLayout, found: "Ranked") -> list[Line]:
    """The files by score, the distance of each to the best, and which differences are not significant."""
    direction = "higher" if found.higher_is_better else "lower"
    head = f"   {found.metric_title}, {direction} is better, {count_text(found.rows)} rows of {found.truth}"
    behind = [None, *(found.pair(0, at) for at in range(1, len(found.places)))]
    lines = [line(Span(found.target, "number"), head)]
    lines += table(layout, [
        TableColumn("", [place.name for place in found.places], right=False, stretch=True, least=14),
        TableColumn("score", [place.score.text for place in found.places]),
        TableColumn("95 %", [_interval(place.score.interval_text) for place in found.places], right=False, gives=1),
        TableColumn("behind", ["–" if pair is None else _behind(pair) for pair in behind]),
        TableColumn("95 %", ["–" if pair is None else _reach(pair) for pair in behind], right=False, gives=2),
        TableColumn("Holm", ["–" if pair is None else p_text(pair.holm) for pair in behind]),
        TableColumn("apart", [place.letters for place in found.places], right=False),
    ], indent=2)  # fmt: skip
    lines += labelled(layout, "so", ranking_text(found), size=LABEL)
    lines += labelled(layout, "apart", "files that share a letter are not told apart", size=LABEL)
    lines += labelled(layout, "method", _method(found), size=LABEL)
    for note in (*found.notes, *_CAUTION):
        lines += labelled(layout, "note", note, size=LABEL)
    return lines


_CAUTION = ("the best score of several, chosen by these rows, is a little too good: quote it from other rows",)


def ranking_text(found: "Ranked") -> str:
    """The best file, and the others that may be as good."""
    best, others = found.places[0].name, range(1, len(found.places))
    if not any(pair.differs for pair in found.pairs):
        return "no two are told apart on these rows"
    tied = [found.places[at].name for at in others if not found.pair(0, at).differs]
    beaten = [found.places[at].name for at in others if found.pair(0, at).differs]
    if not tied:
        return f"{best} is better than every other on rows like these"
    if not beaten:
        return f"{best} has the best score and is told apart from none; others are from one another"
    return f"{best} has the best score, not told apart from {', '.join(tied)}; better than {', '.join(beaten)}"


def _method(found: "Ranked") -> str:
    """ "each with each, p two-sided and corrected for 6 pairs by Holm; paired t interval over 500 rows" """
    ways = dict.fromkeys(pair.difference.method for pair in found.pairs if pair.difference.method)
    how = f"each with each, p two-sided and corrected for {plural(len(found.pairs), 'pair')} by Holm"
    return "; ".join([how, *ways])


def _interval(text: str) -> str:
    return text.removeprefix("95 % ") or "–"


def _behind(pair: "RankedPair") -> str:
    return number_text(pair.difference.value, pair.difference.decimals)


def _reach(pair: "RankedPair") -> str:
    return _interval(pair.difference.interval_text)


def ranking_document(found: "Ranked") -> "JsonObject":
    """ranking/1; files[] by score, pairs[] of every two: what a gains over b, two_sided_p, holm for all pairs."""
    names = [place.name for place in found.places]
    files: list[Json] = [fields_of(place, "name", "score", "letters") for place in found.places]
    pairs: list[Json] = [
        {"a": names[pair.a], "b": names[pair.b], "difference": pair.difference.as_json(), "df": pair.difference.df,
         "units": pair.difference.n_units, "two_sided_p": pair.p, "holm": pair.holm, "told_apart": pair.differs,
         "method": pair.difference.method}
        for pair in found.pairs
    ]  # fmt: skip
    body: JsonObject = {
        **fields_of(found, "truth", "target", "metric", "higher_is_better", "rows"), "files": files, "pairs": pairs,
        "verdict": ranking_text(found), "notes": list(found.notes),
    }  # fmt: skip
    return document("ranking", None, body)
