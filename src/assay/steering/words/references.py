"""Parts that point back: reasons given in a part of their own, and clauses about "it"."""

from dataclasses import dataclass, field, replace

from assay.steering.words.clause_patterns import BEFORE, TAILS
from assay.steering.words.clauses import Clause, ClauseReader
from assay.steering.words.english import COMPARISONS, CONDITIONS, REASON_STARTS, REVERSING
from assay.steering.words.item import Item
from assay.steering.words.wishes import BINDING, KINDS

OPINIONS = [one for one in BEFORE if one.strength is None and one.expires is None and not one.asks]
SENTENCE_ENDS = frozenset(".;!?\n")
UNCLEAR = CONDITIONS | COMPARISONS | {"or", "unlike", "instead", "not_it"}
"""Words for which what is said of a thing is no reason for what is then asked of it."""


@dataclass(slots=True)
class Segment:
    """A part of the text: tokens from start to end. link: how it follows the part before it: "end" of a sentence, a
    "comma", or a word. clause: what was understood; why: the reason why nothing is. joined: it is not understood
    together with the part before it. tail: tokens of a reason said in the next part."""

    start: int
    end: int
    link: str
    clause: Clause | None = None
    readings: list[Clause] = field(default_factory=list)
    why: str = ""
    joined: bool = False
    tail: tuple[int, int] | None = None

    @property
    def said(self) -> list[Clause]:
        """What it was read as, in each way."""
        return [self.clause] if self.clause else self.readings


class References:
    """Reads what points back in the parts of one text."""

    def __init__(self, clauses: ClauseReader) -> None:
        self.clauses, self.words = clauses, clauses.words

    def resolved(self, found: list[Segment]) -> list[Segment]:
        """The parts without those that only say why of, or repeat, the one before them."""
        kept: list[Segment] = []
        for segment in found:
            before = kept[-1] if kept else None
            back = [one for one in segment.said if is_about_it(one)]
            if before is not None and self._is_tail(before, segment, bool(back)):
                before.tail = before.tail or (segment.start, segment.end)
            elif not back:
                kept.append(segment)
            elif before is None or not self._resolve(before, segment, back):
                segment.clause, segment.readings = None, []
                kept.append(segment)
        return kept

    def _resolve(self, before: Segment, segment: Segment, back: list[Clause]) -> bool:
        """Whether a clause about "it" repeats the clause before it, or becomes one with the statement before it."""
        if segment.link in ("or", "nor", "but") or any(clause.expires for clause in back):
            return False
        if before.clause is not None:
            act = before.clause.act
            same = [one for one in back if KINDS[one.act] == KINDS[act]]
            return bool(same) and act not in ("only", "allbut") and not (act in BINDING and same[0].strength == 1)
        items = self._subject(before)
        fitting = [one for one in back if items and all(item.about in one.subjects for item in items)]
        if not fitting or self.is_question(before):
            return False
        before.clause = replace(fitting[0], start=before.start, items=items, why=(before.start, before.end))
        before.end, before.readings = segment.end, []
        return True

    def _subject(self, segment: Segment) -> tuple[Item, ...]:
        """What a statement is about, if it says something of nothing else: "customer_id is a number"."""
        reader = self.clauses.items
        start = self._after_opinion(segment)
        start = start + 1 if self.words[start] in (":", ",") else start
        lists = [(end, items) for end, items in reader.items(start) if end < segment.end]
        if segment.readings or not lists:
            return ()
        end, items = max(lists, key=lambda one: one[0])
        rest = self.words[end : segment.end]
        is_plain = all(item.about in ("column", "family", "step", "move", "experiment") for item in items)
        named = any(
            meaning for at in range(end, segment.end) for _, meaning in reader.meanings(at) if not meaning.is_doing
        )
        is_clear = is_plain and not named and not set(rest) & UNCLEAR and not any(item.is_unknown for item in items)
        return items if is_clear and len(rest) > 1 and rest[0] not in (",", "and", "of", "for", "in") else ()

    def _is_tail(self, before: Segment, segment: Segment, is_about_it: bool) -> bool:
        """Whether a part only gives a reason for the clause before it: "ignore id, it is random"."""
        said = self.words[segment.start : segment.end]
        if before.clause is None or self.is_question(segment) or segment.link not in ("comma", "end", "and"):
            return False
        if segment.said:
            return is_about_it and self._is_known_tail(before.clause, segment)
        said = said[self._after_opinion(segment) - segment.start :] or said
        is_reason = said[0] in REASON_STARTS and len(said) > 2 and not set(said) & REVERSING
        return (is_reason and segment.link != "and") or self._is_known_tail(before.clause, segment)

    def _after_opinion(self, segment: Segment) -> int:
        """Behind words like "in my experience"."""
        ends = [end for opinion in OPINIONS for end, _ in self.clauses.matcher.match(opinion.pattern, segment.start)]
        return max([end for end in ends if end < segment.end], default=segment.start)

    def _is_known_tail(self, clause: Clause, segment: Segment) -> bool:
        fitting = [tail.pattern for tail in TAILS if KINDS[clause.act] in tail.acts]
        matcher = self.clauses.matcher
        return any(end == segment.end for pattern in fitting for end, _ in matcher.match(pattern, segment.start))

    def is_question(self, segment: Segment) -> bool:
        """Whether the sentence that a part belongs to ends with a question mark."""
        end = segment.end
        while end < len(self.words) and self.words[end] not in SENTENCE_ENDS:
            end += 1
        return end < len(self.words) and self.words[end] == "?"


def is_about_it(clause: Clause) -> bool:
    """Whether a clause names nothing but "it"."""
    return any(item.about == "it" for item in clause.items)
