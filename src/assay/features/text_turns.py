"""The step text_turns: who says how much in transcripts, who asks, who is cut off, who begins and ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Bools, Floats
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, Step, StepCost, StepTraits, Table, Target
from assay.core.places import places_of
from assay.features import register
from assay.features.named_columns import check_names
from assay.features.row_sample import sampled_rows
from assay.features.speakers import LOOKED_AT, Speakers, SpokenTurn, found_speakers
from assay.features.stored_state import StoredFields, StoredStep
from assay.features.text_measures import text_measures

OF_TEXT = ("turns",)
OF_SPEAKER = ("turns", "words", "share", "words a turn", "longest turn", "short turns", "questions", "cut off",
              "begins", "ends")  # fmt: skip
_SHORT = 2
"""Words of a turn that counts as short, at most."""
_DASHES = ("-", "–", "—", "...", "…", "‥")
_ENDS = (".", "!", "?", "。", "！", "？", "؟", "।", "۔", "‽", "｡", "։", "።")
_CLOSING = "\"'”’»)]」』"
_PUNCTUATED = 0.5
"""Share of turns that end with an end mark from which on a turn without one is cut off, too."""


def is_cut_off(turn: SpokenTurn, *, punctuated: bool) -> bool:
    """Whether a turn ends with a dash or dots; where turns are punctuated, also one without an end mark."""
    said = turn.text.rstrip().rstrip(_CLOSING)
    return said.endswith(_DASHES) or (punctuated and not said.endswith(_ENDS))


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextTurns(StoredFields):
    """columns, labels: the speakers, with the transcripts they are in; punctuated: of these columns those whose turns
    end with end marks; names: of the new columns, in order.
    """

    stored_as: ClassVar[str] = "text_turns"
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    punctuated: tuple[str, ...]
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        names, values = self.all_figures(table)
        return table.with_numeric(values[:, places_of(self.names, names)], self.names)

    def all_figures(self, table: Table) -> tuple[tuple[str, ...], Floats]:
        """Names and values of every figure."""
        blocks, names = [np.empty((table.n_rows, 0))], list[str]()
        for column, speakers in Speakers.by_column(self.columns, self.labels).items():
            talks = [speakers.turns(text) for text in table.column(column).tolist()]
            blocks.append(turn_figures(talks, len(speakers.labels), punctuated=column in self.punctuated))
            names += [f"{column}:{figure}" for figure in OF_TEXT]
            names += [f"{column}:{label} {figure}" for label in speakers.labels for figure in OF_SPEAKER]
        return tuple(names), np.concatenate(blocks, axis=1)

    def effort(self) -> Effort:
        return Effort(calls=30 + 900 * len(set(self.columns))) if self.names else NOTHING


def turn_figures(talks: Sequence[Sequence[SpokenTurn]], n_speakers: int, *, punctuated: bool) -> Floats:
    """(n, 1 + 10 n_speakers) OF_TEXT, then OF_SPEAKER of each speaker. Without turns counts are 0, all others NaN."""
    n = len(talks)
    n_turns = np.array([len(turns) for turns in talks], dtype=np.int64)
    every = [turn for turns in talks for turn in turns]
    row, speaker = np.repeat(np.arange(n), n_turns), np.array([turn.speaker for turn in every], dtype=np.int64)
    words, asked = text_measures([turn.text for turn in every], ("word count", "questions")).T
    is_last = np.zeros(len(every), dtype=np.bool_)
    is_last[np.cumsum(n_turns)[n_turns > 0] - 1] = True
    is_first = np.roll(is_last, 1)
    cut_off = np.array([is_cut_off(turn, punctuated=punctuated) for turn in every], dtype=np.bool_) & ~is_last
    out, talked = [n_turns.astype(np.float64)], np.minimum(n_turns, 1).astype(np.float64)
    all_words = np.bincount(row, words, minlength=n).astype(np.float64)
    for place in range(n_speakers):
        own = speaker == place

        def total(values: Floats | Bools, own: Bools = own) -> Floats:
            return np.bincount(row[own], values[own].astype(np.float64), minlength=n).astype(np.float64)

        turns, said, longest = total(own), total(words), np.zeros(n)
        np.maximum.at(longest, row[own], words[own])
        out += [
            turns, said, _of(said, all_words), _of(said, turns), longest, _of(total(words <= _SHORT), turns),
            total(asked), _of(total(cut_off), turns), _of(total(is_first), talked), _of(total(is_last), talked),
        ]  # fmt: skip
    return np.stack(out, axis=1)


def _of(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.maximum(whole, 1.0), np.nan)


@register("text_turns")
@dataclass(frozen=True)
class TextTurns(StoredStep):
    """Numbers of who says what in transcripts; the texts stay for later steps.

    Turns; of each speaker turns, words, share of all words, words a turn, the longest turn, share of turns of two words
    at most, question marks, share of turns that end cut off (with a dash or dots, or without an end mark where others
    have one) while the talk goes on, whether this one begins and ends. Speakers are found as by `speaker_texts`; where
    there are none the table stays as it is. columns: text columns by name, () for all. A figure is added where it
    varies over the training rows looked at.
    """

    columns: tuple[str, ...] = ()

    traits: ClassVar[StepTraits] = StepTraits(
        texts_alone=True, readable=True, keeps_monotone=True, names_columns=True, ideas=(Idea(
            name="turns", what="who says how much", when=lambda facts: facts.n_text > 0, finds=("text_turns",),
            is_raw=True, is_early=True, trees=(Step.of("text_turns"),), distances=(Step.of("text_turns"),),
            applies="transcripts whose lines name the speaker", prior=1.0,
            why="Who talks, asks, is short or cut off says how a talk went, whatever the words are.",
        ),),
    )  # fmt: skip
    fitted = FittedTextTurns

    def __post_init__(self) -> None:
        check_names("text_turns", self.columns, ())

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextTurns:
        found = found_speakers("text_turns", table, self.columns, seeds)
        pairs = [(column, label) for column, speakers in found.items() for label in speakers.labels]
        some = table.take(sampled_rows(table.n_rows, LOOKED_AT, seeds.child("rows")))
        punctuated = tuple(column for column, speakers in found.items() if _is_punctuated(speakers, some, column))
        every = FittedTextTurns(tuple(c for c, _ in pairs), tuple(label for _, label in pairs), punctuated, ())
        return FittedTextTurns(every.columns, every.labels, punctuated, tuple(_varying(*every.all_figures(some))))

    def cost(self, facts: Facts) -> StepCost:
        """As if all texts were transcripts of two speakers; once for all folds of a process."""
        rows = facts.n_rows + min(facts.n_rows, LOOKED_AT)
        columns = min(len(self.columns) or facts.n_text, facts.n_text)
        return StepCost(
            seconds=5e-8 * rows * facts.text_chars * columns / max(facts.n_text, 1),
            columns=(len(OF_TEXT) + 2 * len(OF_SPEAKER)) * columns,
        )


def _is_punctuated(speakers: Speakers, table: Table, column: str) -> bool:
    ended = [turn.text.rstrip().rstrip(_CLOSING).endswith(_ENDS)
             for text in table.column(column).tolist() for turn in speakers.turns(text)]  # fmt: skip
    return len(ended) > 0 and sum(ended) >= _PUNCTUATED * len(ended)


def _varying(names: tuple[str, ...], values: Floats) -> Iterator[str]:
    for name, column in zip(names, values.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known) and (known != known[0]).any():
            yield name
