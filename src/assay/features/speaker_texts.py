"""The step speaker_texts: what each speaker of a transcript says, as a text column of its own."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Objects
from assay.core.block.columns import TextBlock
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, Step, StepCost, StepTraits, Table, Target
from assay.features import register
from assay.features.named_columns import check_names
from assay.features.speakers import LOOKED_AT, Speakers, found_speakers
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedSpeakerTexts(StoredFields):
    """columns, labels: the speakers, with the transcripts they are in; keep: whether the transcripts stay."""

    stored_as: ClassVar[str] = "speaker_texts"
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    keep: bool

    def transform(self, table: Table) -> Table:
        speakers = Speakers.by_column(self.columns, self.labels)
        if not speakers:
            return table
        said = [_said_by_each(one, table.column(column).tolist()) for column, one in speakers.items()]
        left = table if self.keep else table.without_columns(frozenset(speakers))
        values = np.concatenate([left.text, *said], axis=1)
        names = (f"{column}:{label}" for column, label in zip(self.columns, self.labels, strict=True))
        return left.with_blocks(text=TextBlock(values, (*left.text_names, *names)))

    def effort(self) -> Effort:
        return Effort(calls=30 + 120 * len(set(self.columns))) if self.columns else NOTHING


def _said_by_each(speakers: Speakers, texts: list[str]) -> Objects:
    """(n, speakers) all that each says, "" where one says nothing."""
    out = np.empty((len(texts), len(speakers.labels)), dtype=object)
    for row, text in enumerate(texts):
        said: list[list[str]] = [[] for _ in speakers.labels]
        for turn in speakers.turns(text):
            said[turn.speaker].extend(turn.lines)
        out[row] = ["\n".join(lines) for lines in said]
    return out


@register("speaker_texts")
@dataclass(frozen=True)
class SpeakerTexts(StoredStep):
    """What each speaker of a transcript says becomes a text column of its own, so that later steps read them apart.

    Speakers are found by labels that lines begin with ("Agent: …", "[Agent] …", "Agent - …"), a handful of which most
    texts of a column share; where there are none the table stays as it is. columns: text columns by name, () for all.
    keep: the transcripts stay, beside them.
    """

    columns: tuple[str, ...] = ()
    keep: bool = True

    traits: ClassVar[StepTraits] = StepTraits(
        makes_terms=True, readable=True, keeps_monotone=True, names_columns=True,
        ideas=(Idea(
            name="speakers", what="each speaker's words apart", finds=("speaker_texts",), is_raw=True,
            only_moves=True, adds_columns=False,
            trees=(Step.of("speaker_texts", keep=True),), distances=(Step.of("speaker_texts", keep=True),),
            applies="transcripts of several speakers", prior=2.0,
            why="The same words mean something else from one who asks and from one who answers.",
        ),),
    )  # fmt: skip
    fitted = FittedSpeakerTexts

    def __post_init__(self) -> None:
        check_names("speaker_texts", self.columns, ())

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSpeakerTexts:
        found = found_speakers("speaker_texts", table, self.columns, seeds)
        pairs = [(column, label) for column, speakers in found.items() for label in speakers.labels]
        return FittedSpeakerTexts(tuple(c for c, _ in pairs), tuple(label for _, label in pairs), self.keep)

    def cost(self, facts: Facts) -> StepCost:
        """As if all texts were transcripts."""
        return StepCost(seconds=8e-8 * (facts.n_rows + min(facts.n_rows, LOOKED_AT)) * facts.text_chars)
