"""Parts that point back: reasons given in a part of their own, and clauses about "it"."""

from dataclasses import dataclass, field, replace

from assay.steering.words.clause_patterns import BEFORE, TAILS
from assay.steering.words.clauses import Clause, ClauseReader, fits
from assay.steering.words.english import (
    COLUMN_NOUNS,
    COMPARISONS,
    CONDITIONS,
    DOUBTS,
    INVERTED,
    OBJECT_VERBS,
    PRAISE,
    PREPOSITIONS,
    REASON_STARTS,
    REASON_VERBS,
    REVERSING,
    STRONG,
    TAKING_BACK,
)
from assay.steering.words.item import Item
from assay.steering.words.pattern import pattern_of
from assay.steering.words.remarks import recants, reports
from assay.steering.words.wishes import BINDING, KINDS

OPINIONS = [one for one in BEFORE if one.strength is None and one.expires is None and not one.asks]
REPEATABLE = ("never", "keep", "fact", "try", "prefer", "avoid")
ALIKE = (["too"], ["also"], ["likewise"], ["ditto"], ["as", "well"], ["the", "same"], ["same"])
"""What stands behind a thing of which the same is said as of the one before."""
ALSO_OF = tuple(pattern_of(text, {}) for text in (
    "[the] same [goes|holds|applies|is true] (for|with|to|of)", "ditto (for|with)", "likewise [for|with]",
    "as (is|does|do|are)",
))  # fmt: skip
ASKING = frozenset({"ok", "can you", "could you", "will you", "would you", "please", "thanks", "alright", "yes"})
CONSULTING = frozenset({
    "what do you think", "how does that sound", "is that possible", "would that be possible", "do you agree",
    "shall we", "what about it", "sounds good", "how about it", "what say you", "would that work", "does that work",
})  # fmt: skip
SENTENCE_ENDS = frozenset(".;!?\n")
UNCLEAR = (
    (CONDITIONS - {"when", "until", "while", "although"})
    | COMPARISONS
    | TAKING_BACK
    | DOUBTS
    | {"or", "unlike", "instead"}
)
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
                if before is not None and before.clause is not None and not segment.said:
                    segment.clause = self._same_of(before.clause, segment)
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
            stronger = [one for one in back if act == "avoid" and one.act == "never"]
            if stronger and all(item.about in stronger[0].subjects for item in before.clause.items):
                before.clause = replace(stronger[0], start=before.start, items=before.clause.items)
                before.end = segment.end
                return True
            same = [one for one in back if KINDS[one.act] == KINDS[act]]
            return bool(same) and act not in ("only", "allbut") and not (act in BINDING and same[0].strength == 1)
        items = self._subject(before, wants_none=all(one.act == "never" for one in back)) or self._concluded(
            before, segment
        )
        fitting = [
            one for one in back if items and all(fits(item, one.act, one.polarity, one.subjects) for item in items)
        ]
        if not fitting or self.is_question(before):
            return False
        clause = fitting[0]
        if clause.second:  # what is made of the columns
            items = (replace(clause.second[0], columns=tuple(name for item in items for name in item.names)),)
        before.clause = replace(clause, start=before.start, items=items, second=(), why=(before.start, before.end))
        before.end, before.readings = segment.end, []
        return True

    def _subject(self, segment: Segment, *, wants_none: bool) -> tuple[Item, ...]:
        """What a statement is about, if it says something of nothing else: "customer_id is a number"."""
        if (
            segment.readings
            or self.words[segment.start] in CONDITIONS
            or (self._is_doubted(segment) and not (wants_none and self._denies_praise(segment)))
        ):
            return ()
        return self._grammatical_subject(segment) or self._only_thing(segment)

    def _concluded(self, before: Segment, segment: Segment) -> tuple[Item, ...]:
        """Of what something is concluded: "we cannot explain SVMs, so leave them out"; one is it, several are them."""
        if "so" not in self.words[before.end : segment.start]:
            return ()
        said = self.words[segment.start : segment.end]
        found = self._named_in(before)
        if len(found) != 1 or self._is_unclear(before):
            return ()
        items = found[0][2]
        if items[0].about != "column":
            return items
        is_within = self.words[found[0][0] - 1] in PREPOSITIONS
        return items if not is_within and ("it" in said) == (len(items) == 1) and {"it", "them"} & set(said) else ()

    def _is_unclear(self, segment: Segment) -> bool:
        said = set(self.words[segment.start : segment.end])
        return bool(said & UNCLEAR) or self.words[segment.start] in CONDITIONS or self._is_doubted(segment)

    def _is_doubted(self, segment: Segment) -> bool:
        said = set(self.words[segment.start : segment.end])
        return "not" in said and bool(said & STRONG)

    def _denies_praise(self, segment: Segment) -> bool:
        """Whether it says "I do not think that zip is useful"."""
        return bool(set(self.words[segment.start : segment.end]) & PRAISE)

    def _only_thing(self, segment: Segment) -> tuple[Item, ...]:
        """The one thing that is named in a statement, where it is clear that it is what is spoken of: it has a noun, as
        "the campaign column", or stands behind "that", or is an object: "leave age alone"."""
        found = self._named_in(segment)
        said = self.words[segment.start : segment.end]
        if len(found) != 1 or set(said) & UNCLEAR:
            return ()
        at, end, items = found[0]
        has_noun = bool(set(self.words[max(at - 1, 0) : end]) & COLUMN_NOUNS)
        is_object = said[0] in OBJECT_VERBS and (end == segment.end or self.words[end] == "alone")
        is_clause = self.words[at - 1] == "that" and end < segment.end and self.words[end] in REASON_VERBS
        return items if has_noun or is_object or is_clause else ()

    def _named_in(self, segment: Segment) -> list[tuple[int, int, tuple[Item, ...]]]:
        """Where something is named in a part, and what."""
        reader, found, at = self.clauses.items, list[tuple[int, int, tuple[Item, ...]]](), segment.start
        while at < segment.end:
            lists = [(end, items) for end, items in reader.items(at) if end <= segment.end and is_named(items)]
            end, items = max(lists, key=lambda one: one[0], default=(at + 1, ()))
            found += [(at, end, items)] if items and not reader.is_risky(at, end) else []
            at = end
        return found

    def _grammatical_subject(self, segment: Segment) -> tuple[Item, ...]:
        reader = self.clauses.items
        start = self._after_opinion(segment)
        start = start + 1 if self.words[start] in ("since", "because", "as") and start + 1 < segment.end else start
        start = start + 1 if self.words[start] in (":", ",") else start
        lists = [(end, items) for end, items in reader.items(start) if end < segment.end]
        if not lists:
            return ()
        end, items = max(lists, key=lambda one: one[0])
        rest = self.words[end : segment.end]
        named = any(
            meaning.about != "target" and not meaning.is_doing
            for at in range(end, segment.end)
            for _, meaning in reader.meanings(at)
        )
        is_clear = is_named(items) and not named and not set(rest) & UNCLEAR
        is_verb = not rest or len(rest) > 1 or (len(rest) == 1 and rest[0] in REASON_VERBS)
        return items if is_clear and is_verb and "".join(rest[:1]) not in (",", "and", "of", "for", "in") else ()

    def _same_of(self, clause: Clause, segment: Segment) -> Clause | None:
        """The clause said of other things too: "duration leaks; zip too"."""
        if clause.act not in REPEATABLE or segment.link in ("or", "nor", "but"):
            return None
        if clause.expires or clause.strength == 1 or self.is_question(segment):
            return None
        matcher, found = self.clauses.matcher, list[tuple[Item, ...]]()
        for end, items in self.clauses.items.items(segment.start):
            if end < segment.end and self.words[end : segment.end] in ALIKE:
                found.append(items)
        for pattern in ALSO_OF:
            for middle, _ in matcher.match(pattern, segment.start):
                found += [items for end, items in self.clauses.items.items(middle) if end == segment.end]
        fitting = [items for items in found if is_named(items) and all(item.about in clause.subjects for item in items)]
        if len({tuple(item.key for item in items) for items in fitting}) != 1:
            return None
        return replace(clause, start=segment.start, end=segment.end, items=fitting[0], why=None, second=())

    def _is_tail(self, before: Segment, segment: Segment, is_about_it: bool) -> bool:
        """Whether a part only gives a reason for the clause before it: "ignore id, it is random"."""
        said = self.words[segment.start : segment.end]
        if before.clause is None or self.is_question(segment) or segment.link not in ("comma", "end", "and"):
            return False
        if segment.said:
            return is_about_it and self._is_known_tail(before.clause, segment)
        said = said[self._after_opinion(segment) - segment.start :] or said
        is_reason = said[0] in REASON_STARTS and not set(said) & REVERSING and not reports(said)
        is_reason = is_reason and (len(said) > 2 or said[-1] in REASON_VERBS)
        return (is_reason and segment.link != "and") or self._is_known_tail(before.clause, segment)

    def _after_opinion(self, segment: Segment) -> int:
        """Behind words like "in my experience"."""
        ends = [end for opinion in OPINIONS for end, _ in self.clauses.matcher.match(opinion.pattern, segment.start)]
        return max([end for end in ends if end < segment.end], default=segment.start)

    def _is_known_tail(self, clause: Clause, segment: Segment) -> bool:
        if recants(self.words[segment.start : segment.end]):
            return False
        fitting = [tail.pattern for tail in TAILS if {clause.act, KINDS[clause.act]} & set(tail.acts)]
        matcher = self.clauses.matcher
        return any(end == segment.end for pattern in fitting for end, _ in matcher.match(pattern, segment.start))

    def is_tagged(self, segment: Segment, clause: Clause) -> bool:
        """Whether what makes a question of a part only asks whether that is all right: "drop month, could you?"."""
        end = segment.end
        while end < len(self.words) and self.words[end] not in SENTENCE_ENDS:
            end += 1
        if self.words[segment.start] in INVERTED and self.words[segment.start + 1] != "not":
            return False
        tag = " ".join(word for word in self.words[segment.end : end] if word != ",")
        return tag in (ASKING | CONSULTING if clause.act.startswith("try") else ASKING)

    def is_tag(self, segment: Segment) -> bool:
        """Whether a part only asks whether what stands before it is all right."""
        said = " ".join(self.words[segment.start : segment.end])
        return said in ASKING | CONSULTING and self.is_question(segment)

    def is_question(self, segment: Segment) -> bool:
        """Whether the sentence that a part belongs to ends with a question mark."""
        end = segment.end
        while end < len(self.words) and self.words[end] not in SENTENCE_ENDS:
            end += 1
        return end < len(self.words) and self.words[end] == "?"


def is_named(items: tuple[Item, ...]) -> bool:
    """Whether these are things of the lab, none of them unknown."""
    things = ("column", "family", "step", "move", "experiment")
    return bool(items) and all(item.about in things and not item.is_unknown for item in items)


def is_about_it(clause: Clause) -> bool:
    """Whether a clause names nothing but "it"."""
    return any(item.about == "it" for item in clause.items)
