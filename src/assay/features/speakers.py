"""Speakers of transcripts: found by the labels that lines begin with, and what each of them says."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features.named_columns import there
from assay.features.row_sample import sampled_rows

LOOKED_AT = 1_000
"""Rows that labels are looked for in."""
FEWEST_TEXTS = 10
"""Texts with labels below which none is believed."""
_MOST_SPEAKERS, _LONGEST_LABEL, _MOST_WORDS = 6, 30, 4
_IN_TEXTS, _TALKS, _LABELLED = 0.05, 0.6, 0.5
"""Share of the texts that a label is in at least; of the texts that have two labels or more, and some label twice; and
of their lines that begin with a label."""
_TIME = r"[(\[]?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d+)?[)\]]?"
_ANY = rf"[^\W_][^\[\]<>(){{}}:：\n\r\"!?…。！？|;*]{{0,{_LONGEST_LABEL - 1}}}?"


def _line_start(label: str) -> str:
    """A pattern of lines that begin with a label of this pattern: a time first, brackets, a colon or a dash."""
    return (
        rf"^[^\S\n]*(?:{_TIME}[^\S\n]*)?(?:"
        rf"(?:\[(?P<square>{label})\]|<(?P<angle>{label})>|\((?P<round>{label})\)|\*\*(?P<bold>{label}):?\*\*)"
        r"[^\S\n]*(?:[:：–—-]|$|(?=\S))"
        rf"|(?P<colon>{label})[^\S\n]*(?:{_TIME}[^\S\n]*)?[:：](?!//|\d)"
        rf"|(?P<dash>{label})[^\S\n]+[–—-](?=\s))"
    )


_ANY_LINE = re.compile(_line_start(_ANY), re.MULTILINE)


def _label_of(found: re.Match[str]) -> str:
    return " ".join(next(part for part in found.groupdict().values() if part is not None).split())


def labels_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Labels of the speakers of these texts, the most frequent first, () where they are no transcripts.

    A handful of short labels that most texts share, two of them or more in a text, one of them twice at least, in most
    lines: lines of forms ("Name: …") have each label once. Case is one; the most frequent writing is given.
    """
    counts = [Counter(_candidates(text)) for text in texts]
    written, texts_with = Counter[str](), Counter[str]()
    for count in counts:
        written.update(count)
        texts_with.update({label.casefold() for label in count})
    n_texts = sum(1 for text in texts if text.strip())
    shared = {label for label, n in texts_with.items() if n >= max(FEWEST_TEXTS, _IN_TEXTS * n_texts)}
    chosen = sorted(shared, key=lambda label: (-sum(_own(written, label).values()), label))[:_MOST_SPEAKERS]
    if len(chosen) < 2 or not _are_transcripts(texts, counts, set(chosen), n_texts):
        return ()
    return tuple(_own(written, label).most_common(1)[0][0] for label in chosen)


def _own(written: Counter[str], label: str) -> Counter[str]:
    return Counter({one: n for one, n in written.items() if one.casefold() == label})


def _candidates(text: str) -> Iterator[str]:
    if "\n" not in text:
        return
    for found in _ANY_LINE.finditer(text):
        label = _label_of(found)
        if label.count(" ") < _MOST_WORDS:
            yield label


def _are_transcripts(texts: Sequence[str], counts: Sequence[Counter[str]], chosen: set[str], n_texts: int) -> bool:
    talks = labelled = lines = 0
    for text, count in zip(texts, counts, strict=True):
        own = Counter[str]()
        for label, n in count.items():
            if label.casefold() in chosen:
                own[label.casefold()] += n
        if own:
            talks += len(own) > 1 and max(own.values()) > 1
            labelled += sum(own.values())
            lines += sum(1 for line in text.splitlines() if line.strip())
    return talks >= max(FEWEST_TEXTS, _TALKS * n_texts) and labelled >= _LABELLED * lines


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What one speaker says before another does. speaker: place among the labels; lines: without their labels."""

    speaker: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Speakers:
    """Known labels of the speakers of a column."""

    labels: tuple[str, ...]

    def turns(self, text: str) -> list[SpokenTurn]:
        """The turns of a text in order; lines without a label are of who spoke last, before the first of nobody."""
        places, pattern = {label.casefold(): place for place, label in enumerate(self.labels)}, self._pattern()
        exact = {label: place for place, label in enumerate(self.labels)}
        turns = list[tuple[int, list[str]]]()
        for line in text.split("\n"):
            head, mark, rest = line.partition(": ")
            speaker = exact.get(head) if mark else None
            if speaker is None and (found := pattern.match(line)):
                speaker, rest = places[_label_of(found).casefold()], line[found.end() :]
            if speaker is None:
                rest = line
            elif not turns or turns[-1][0] != speaker:
                turns.append((speaker, []))
            said = rest.strip()
            if said and turns:
                turns[-1][1].append(said)
        return [SpokenTurn(speaker, tuple(lines)) for speaker, lines in turns]

    def _pattern(self) -> re.Pattern[str]:
        """re keeps the patterns it compiled last."""
        known = "|".join(
            r"[^\S\n]+".join(map(re.escape, label.split())) for label in sorted(self.labels, key=len, reverse=True)
        )
        return re.compile(_line_start(f"(?:{known})"), re.IGNORECASE)

    @classmethod
    def by_column(cls, columns: Sequence[str], labels: Sequence[str]) -> dict[str, "Speakers"]:
        """The speakers of each column, of labels with the column that each is of."""
        own = dict[str, list[str]]()
        for column, label in zip(columns, labels, strict=True):
            own.setdefault(column, []).append(label)
        return {column: cls(tuple(found)) for column, found in own.items()}


def found_speakers(step: str, table: Table, columns: Sequence[str], seeds: Seeds) -> dict[str, Speakers]:
    """The speakers of those of these text columns, () for all, that are transcripts."""
    rows = sampled_rows(table.n_rows, LOOKED_AT, seeds.child("speakers"))
    names = [there(step, name, table.text_names) for name in columns] or table.text_names
    found = {name: Speakers(labels_of(table.column(name)[rows].tolist())) for name in names}
    return {name: speakers for name, speakers in found.items() if speakers.labels}
