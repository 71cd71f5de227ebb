"""The brief as blocks in a fixed order, rendered by markdown and HTML."""

import json
import shlex
from dataclasses import dataclass
from pathlib import PurePath

from assay.core.figure import number_text
from assay.core.views import Brief
from assay.core.word_views import RowView, WordsView
from assay.report import brief_text as text
from assay.report import long_run_text as long_run
from assay.report import process_text as cost
from assay.report import quality_text as quality
from assay.report.event_text import with_stop
from assay.report.figure_text import difference_text
from assay.report.label_text import labels_wordings
from assay.report.limits_text import limits
from assay.report.long_run_text import Grid
from assay.report.phrases import count_text, name_list, seconds_text
from assay.report.study_text import study_paragraphs
from assay.report.time_blocks import blocks_sentence
from assay.report.unfinished_text import unfinished_wordings
from assay.report.usage_text import importance_caption, usage_sentences
from assay.report.word_text import rows_note, words_lead

FORMS = {
    "half fold bag, half refit": "half from the models of the folds, half from models fitted again on all rows",
    "refit": "fitted again on all rows",
    "fold bag": "the models of the folds",
}
"""Kinds of fits in a model, in plain words."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table: header and rows of ready cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to type."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot by name ("progress", "importance") with its caption."""

    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class WordTable:
    """What words do on average."""

    words: WordsView


@dataclass(frozen=True, slots=True)
class RowText:
    """One row by its words; target: the column predicted."""

    row: RowView
    target: str


PageItem = Paragraph | TableBlock | Code | Picture | WordTable | RowText


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[PageItem, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A brief as blocks: the first page for any reader, then the details. `stamp` is right of the title."""

    title: str
    stamp: str
    lead: str
    sections: tuple[Section, ...]
    details: tuple[Section, ...]


def page(brief: Brief) -> Page:
    """The blocks of a brief: a first page for any reader, then how the search went and what it rests on.

    Empty sections are left out, and the order never changes; a lab without a score begins with the failures.
    """
    summary = brief.summary
    sections = [
        Section("How good it is", _good(brief)),
        Section("What drives it", _drives(brief)),
        Section("Words that move it", _words(brief)),
        Section("Where it errs", _errs(brief)),
        Section("Predicted and observed", _calibrated(brief)),
        Section("What to do next", _next(brief)),
    ]
    details = [
        Section("How the search went", (Picture("progress", text.caption(brief)),) if brief.dots else ()),
        Section("How sure", _paragraphs(text.provenance(summary), text.sureness(summary), blocks_sentence(summary))),
        Section("Limits", _limits(brief)),
        Section("What was asked for", _asked_for(brief)),
        Section("What studies found", _paragraphs(*study_paragraphs(brief.studies))),
        Section("What worked", _worked(brief)),
        Section("What did not", _vain(brief)),
        *_long_run(brief),
        Section("Columns that matter", _columns(brief)),
        Section("Odd in the data", _odd(brief)),
        Section("How to use it", _use(brief)),
        Section("Repeat it", _paragraphs(_repeat(brief))),
        Section("Methods", _paragraphs(text.methods(brief))),
    ]
    if text.best_known(summary) is None:
        details.sort(key=lambda section: section.title != "What did not")
        sections = [details[0]]
        details = details[1:]
    return Page(
        title=f"{summary.task.target} in {summary.task.source}",
        stamp=f"{brief.date} · {summary.lab} · assay {brief.assay_version}",
        lead=text.headline(summary),
        sections=tuple(section for section in sections if section.blocks),
        details=tuple(section for section in details if section.blocks),
    )


def _paragraphs(*texts: str) -> tuple[PageItem, ...]:
    return tuple(Paragraph(item) for item in texts if item)


def _worked(brief: Brief) -> tuple[PageItem, ...]:
    if not brief.kept:
        return ()
    vault = brief.summary.vault
    words = {} if vault is None else {change.number: change.word for change in vault.findings}
    if brief.long is not None:
        return _table(long_run.keeps_table(brief.long, words))
    rows = tuple(
        (f"#{number}", what, difference_text(gain), words.get(number, "kept"), by, seconds_text(seconds))
        for number, what, gain, by, seconds in brief.kept
    )
    return (TableBlock(("", "what", "gain", "verdict", "by", "took"), rows),)


def _limits(brief: Brief) -> tuple[PageItem, ...]:
    return () if brief.long is None else _paragraphs(*limits(brief.summary, brief.long))


def _table(grid: Grid | None) -> tuple[PageItem, ...]:
    return () if grid is None else (TableBlock(*grid),)


def _vain(brief: Brief) -> tuple[PageItem, ...]:
    said = _paragraphs(text.vain_sentence(brief), text.failures_sentence(brief.records))
    return said if brief.long is None else (*said, *_table(long_run.vain_table(brief.long)))


def _long_run(brief: Brief) -> tuple[Section, ...]:
    """The parts that a long run adds."""
    long = brief.long
    if long is None:
        return ()
    process = long.process
    return (
        Section("Studies", _paragraphs(*long_run.study_sentences(long.studies))),
        Section("From the first to the best", _table(long_run.path_table(long))),
        Section("Who proposed", _table(long_run.league_table(long.proposers, "proposer"))),
        Section("Moves", _table(long_run.league_table(long.moves, "move"))),
        Section("Cost", _paragraphs(cost.cost_sentence(process), cost.outcomes_sentence(process.outcomes))),
        Section(
            "How the gain came",
            _paragraphs(
                *cost.gains_sentences(process), cost.survived_sentence(process), cost.looks_sentence(process),
                cost.diversity_sentence(process.diversity),
            ),
        ),
    )  # fmt: skip


def _asked_for(brief: Brief) -> tuple[PageItem, ...]:
    """What a person said to the search, and what came of it."""
    if not brief.hints:
        return ()
    if brief.long is not None:
        return _table(long_run.hints_table(brief.long, brief.hints))
    rows = tuple(
        (
            hint.id, f"{hint.kind} {hint.what}", count_text(hint.tries), count_text(hint.kept),
            f"{number_text(hint.gained, 1, signed=True)} σ" if hint.kept else "–", count_text(hint.void),
            hint.ended or "holds",
        )
        for hint in brief.hints
    )  # fmt: skip
    return (TableBlock(("", "hint", "tries", "kept", "gained", "void", ""), rows),)


def _columns(brief: Brief) -> tuple[PageItem, ...]:
    return _paragraphs(*usage_sentences(brief.usage, brief.summary.metric_title))


def _good(brief: Brief) -> tuple[PageItem, ...]:
    beside = [
        f"{with_stop(one.message)} {with_stop(one.do)}" for one in brief.summary.warnings if one.code in text.BESIDE
    ]
    return _paragraphs(
        text.expected_sentence(brief.summary), *beside, text.compared_sentence(brief.summary)
    )  # fmt: skip


def _drives(brief: Brief) -> tuple[PageItem, ...]:
    return (Picture("importance", importance_caption(brief.usage)),) if brief.usage.columns else ()


def _words(brief: Brief) -> tuple[PageItem, ...]:
    words = brief.usage.words
    if words is None:
        return ()
    target = brief.summary.task.target
    averages = (Paragraph(words_lead(words, target)), WordTable(words)) if words.words else ()
    rows = tuple(RowText(row, target) for row in words.rows)
    return (*averages, *rows, *_paragraphs(rows_note(brief, words) if rows else ""))


def _errs(brief: Brief) -> tuple[PageItem, ...]:
    if brief.quality is None:
        return ()
    table = quality.confusion_table(brief.quality)
    grid = () if table is None else (TableBlock(*table),)
    return (*_paragraphs(*quality.error_sentences(brief.quality, brief.summary)), *grid)


def _calibrated(brief: Brief) -> tuple[PageItem, ...]:
    if brief.quality is None:
        return ()
    return (Picture("calibration", quality.calibration_caption(brief.quality, brief.summary)),)


def _odd(brief: Brief) -> tuple[PageItem, ...]:
    notices = (*brief.summary.task.notices, *(n for n in brief.summary.warnings if n.code not in text.BESIDE))
    seen = dict.fromkeys(f"{with_stop(n.message)} {with_stop(n.do)}".strip() for n in notices)
    return tuple(Paragraph(item) for item in seen)


def _next(brief: Brief) -> tuple[PageItem, ...]:
    left = unfinished_wordings(brief.summary.unfinished, brief.summary.stopped_by)[:1]
    not_done = _paragraphs(*(f"Not done: {words}." for words in left))
    use = (Code((_predict_command(brief),)),) if brief.summary.model is not None else ()
    return (*use, *not_done, *_paragraphs(text.more_sentence(brief.summary)), *_go_on(brief))


def _predict_command(brief: Brief) -> str:
    """The command, run beside the lab, as a brief may be sent to someone else."""
    return f"assay predict {shlex.quote(PurePath(brief.summary.lab_path).name)} new.csv"


def _go_on(brief: Brief) -> tuple[PageItem, ...]:
    summary = brief.summary
    if summary.stopped_by in ("until", "goal"):
        lab = shlex.quote(PurePath(summary.lab_path).name)
        ended = _ended_words(summary.stopped_by)
        return _paragraphs(f"The search ended by {ended}: `assay research {lab}` goes on with it.")
    if summary.stopped_by in ("time", "experiments", "interrupt"):
        return _paragraphs(
            f"The search ended by {_ended_words(summary.stopped_by)}, with proposals left: "
            "the same command with a longer limit continues this lab."
        )
    if summary.stopped_by == "patience":
        return _paragraphs("The search ended early, as nothing more was gained: a longer limit continues this lab.")
    if summary.stopped_by == "pool":
        return _paragraphs("All that was planned has been tried; more rows or more columns are what is left to try.")
    return ()


def _ended_words(stopped_by: str) -> str:
    words = {
        "time": "its time limit", "experiments": "its number of experiments", "interrupt": "hand",
        "until": "the end of its session", "goal": "reaching its goal",
    }  # fmt: skip
    return words[stopped_by]


def _use(brief: Brief) -> tuple[PageItem, ...]:
    summary = brief.summary
    if summary.model is None:
        return ()
    members = name_list(tuple(f"#{m.number} {m.what} ({m.weight:.2f})" for m in summary.model.members), 8)
    lab = PurePath(summary.lab_path).name
    return (
        Code((_predict_command(brief),)),
        Code(
            ("from assay import load", f"load({_quoted(f'{lab}/{PurePath(summary.model.path).name}')}).predict(frame)")
        ),
        Paragraph(f"Made of {members}: {FORMS.get(summary.model.form, summary.model.form)}."),
        *(Paragraph(f"Rows are labelled {wording}.") for wording in labels_wordings(summary)[:1]),
    )


def _quoted(name: str) -> str:
    """A text as a Python literal."""
    return json.dumps(name, ensure_ascii=False)


def _repeat(brief: Brief) -> str:
    summary = brief.summary
    parts = [
        f"data {summary.task.data_hash[:6]}…", f"seed {brief.seed}", f"python {brief.python_version}",
        f"{brief.cores} core{'' if brief.cores == 1 else 's'}" if brief.cores else "",
        seconds_text(summary.elapsed_seconds), f"ledger {brief.head}" if brief.head else "",
    ]  # fmt: skip
    return " · ".join(part for part in parts if part)
