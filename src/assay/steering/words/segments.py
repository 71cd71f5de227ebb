"""A text cut into clauses that are understood and parts that are not, and what those take down with them."""

from collections.abc import Iterator
from dataclasses import replace

from assay.steering.words.clauses import CONNECTIVES, MARKS, Clause, ClauseReader
from assay.steering.words.english import CONDITIONS, OPENERS, PLEASANTRIES, REASON_VERBS
from assay.steering.words.free_clauses import FreeReader
from assay.steering.words.references import SENTENCE_ENDS, References, Segment, is_named
from assay.steering.words.remarks import FAULTS, SHORT_REMARK, is_title, limits, revokes, takes_back

STATING = frozenset({"is", "are", "was", "were", "does", "did", "has", "have", "had", "can", "could", "would", "will"})
BULLETS = frozenset("-*•–—>·".strip())


class SegmentReader:
    """Cuts the tokens of one text."""

    def __init__(self, clauses: ClauseReader) -> None:
        self.clauses, self.words = clauses, clauses.words
        self.references, self.free = References(clauses), FreeReader(clauses)

    def segments(self) -> list[Segment]:
        """The parts in order; clauses that another part makes unclear are not understood."""
        found = list(self._cut())
        found = [one for one in found if one.clause or one.readings or not self._is_pleasantry(one)]
        found = [one for one in found if not self.references.is_tag(one)]
        found = self.references.resolved(found)
        for place in range(len(found)):
            self._check_alone(found, place)
        for place in range(len(found)):
            self._check_beside(found, place)
        return found

    def _cut(self) -> Iterator[Segment]:
        at, link = 0, "end"
        while True:
            at, link = self._after_link(at)
            if at >= len(self.words):
                return
            segment = self._segment(at, link)
            yield segment
            at = segment.end

    def _after_link(self, at: int) -> tuple[int, str]:
        """The next token of a part, and how that follows the part before it."""
        links = set() if at else {"end"}
        while at < len(self.words):
            word = self.words[at]
            if word in SENTENCE_ENDS:
                links.add("end")
            elif word in MARKS:
                links.add("comma")
            elif word in CONNECTIVES and not (word in ("so", "then") and not links):
                links.add(word if word in ("but", "or", "nor") else "and")
            elif "end" in links and self.words[at + 1 : at + 2] in (["."], [")"]) and word.isdecimal():
                at += 1  # the number of a list's line
            elif not ("end" in links and word in BULLETS):
                break
            at += 1
        strongest = next((one for one in ("end", "or", "nor", "but", "comma", "and") if one in links), "and")
        return at, strongest

    def _segment(self, at: int, link: str) -> Segment:
        start = at
        for _ in range(5):
            readings = self._read(at)
            if readings:
                clause = readings[0] if len(readings) == 1 else None
                return Segment(at, readings[0].end, link, clause, [] if clause else readings)
            if at < len(self.words) and self.words[at] in OPENERS:
                at += 1
                at += at < len(self.words) and self.words[at] in (",", ":")
            else:
                break
        return Segment(start, self._unknown_end(start), link)

    def _unknown_end(self, at: int) -> int:
        lists = self.clauses.items.items(at)
        end = max((end for end, _ in lists), default=at + 1)
        while end < len(self.words) and self.words[end] not in MARKS:
            if self.words[end] in CONNECTIVES and end + 1 < len(self.words) and self._begins_clause(end + 1):
                break
            end += 1
        return end

    def _begins_clause(self, at: int) -> bool:
        return bool(self._read(at))

    def _read(self, at: int) -> list[Clause]:
        """By the patterns; by the roles of its words where they read nothing, or less of what has no verb."""
        readings = [one for one in self.clauses.read(at) if not (one.act == "bare" and any(i.early for i in one.items))]
        is_alone = bool(readings) and self.words[readings[0].end : readings[0].end + 2] != ["and", "nothing"]
        if is_alone and readings[0].act not in ("bare", "only"):
            return readings
        free = self.free.read(at)
        return free if free and (not readings or free[0].end > readings[0].end) else readings

    def _is_pleasantry(self, segment: Segment) -> bool:
        if any(self.clauses.items.meanings(at) for at in range(segment.start, segment.end)):
            return False
        before = self.words[segment.start - 1] if segment.start else ""
        if self.words[segment.start] == "so" and segment.link == "and" and before not in ("thanks", "you"):
            return False  # "not so much"
        return all(word in PLEASANTRIES or not word.isalnum() for word in self.words[segment.start : segment.end])

    def _said(self, segment: Segment) -> list[str]:
        return self.words[segment.start : segment.end]

    def _check_alone(self, found: list[Segment], place: int) -> None:
        segment = found[place]
        clause = segment.clause
        if clause is None:
            return
        if self.references.is_question(segment) and not clause.asks and not self.references.is_tagged(segment, clause):
            segment.clause, segment.why = None, "it is a question; a hint says what to do"
        elif clause.act == "only" and {"first", "initially"} & set(self._said(segment)):
            segment.clause, segment.why = None, "it is not clear what comes after that"
        elif clause.act == "bare" and place and self._goes_on(found[place - 1], segment):
            segment.clause = replace(clause, act="try")
        elif (clause.act == "without" and segment.link != "end") or (clause.act == "bare" and place):
            segment.clause = None

    def _goes_on(self, before: Segment, segment: Segment) -> bool:
        """Whether a part without a verb goes on with what is tried: "try stacking first, then splines"."""
        tries = before.clause is not None and before.clause.act == "try" and before.clause.items[0].about != "column"
        return tries and segment.link in ("comma", "and") and "then" in self.words[before.end : segment.start]

    def _check_beside(self, found: list[Segment], place: int) -> None:
        segment = found[place]
        before = found[place - 1] if place else None
        after = found[place + 1] if place + 1 < len(found) else None
        if segment.clause is not None:
            if before is not None and before.clause is not None:
                _check_pair(before, segment)
            elif before is not None and self._narrows(before, segment):
                _refuse(segment, "it could be meant of what is named before it alone")
            return
        if segment.readings or segment.why.startswith("it is a question"):
            return
        said = self._said(segment)
        if before is not None and before.clause is not None and before.clause.act == "void":
            said = [word for word in said if word not in FAULTS] or said
        if before is not None and self._depends(segment, said, before):
            segment.joined = before.clause is not None or segment.link != "end"
            if before.clause is not None:
                _refuse(before, _why(said))
                before = None
        if before is not None and revokes(said, asks=self.references.is_question(segment), link=segment.link):
            self._revoke(found, place, said)
        self._check_following(found, place, said, after)

    def _narrows(self, before: Segment, segment: Segment) -> bool:
        """Whether "only" could be of what is named before it: "day and month say the same, keep month only"."""
        is_only = segment.clause is not None and segment.clause.act == "only" and segment.link != "end"
        return is_only and any(self.clauses.items.meanings(at) for at in range(before.start, before.end))

    def _revoke(self, found: list[Segment], place: int, said: list[str]) -> None:
        """Take back the last clause before a part, and what stands between them."""
        for at in range(place - 1, max(place - 4, -1), -1):
            if found[at + 1].link == "end" and found[place].link != "end":
                return
            if found[at].clause is not None:
                _refuse(found[at], _why(said))
                for later in found[at + 1 : place + 1]:
                    later.joined = True
                return

    def _depends(self, segment: Segment, said: list[str], before: Segment) -> bool:
        """Whether an unknown part could change what the clause before it says."""
        if segment.link != "end" and before.clause is not None and before.clause.act in ("only", "allbut"):
            return True  # it may go on with the list of what is left
        if before.clause is not None and before.clause.act in ("only", "allbut") and len(said) <= SHORT_REMARK:
            return any(self.clauses.items.meanings(at) for at in range(segment.start, segment.end))
        named = [end for end, items in self.clauses.items.items(segment.start) if is_named(items)]
        if segment.link != "end" and any(end < segment.end for end in named) and not set(said) & REASON_VERBS:
            return True  # it goes on with the list before it
        is_further = segment.link == "comma" and "and" in self.words[before.end : segment.start]
        return takes_back(said, "also" if is_further else segment.link, before.clause.act if before.clause else "")

    def _check_following(self, found: list[Segment], place: int, said: list[str], after: Segment | None) -> None:
        """What an unknown part before them makes unclear: a condition, a limit, a negation, a bare "and"."""
        if after is None or after.link == "end":
            return
        self._check_rest(found, place, said)
        if after.clause is None:
            return
        between = self.words[found[place].end : after.start]
        is_exception = after.link == "but" and "," not in between
        is_named = ":" in between and not is_title(said)
        if is_named or is_exception or after.link in ("and", "or", "nor"):
            _refuse(after, _why(said))
            after.joined = True

    def _check_rest(self, found: list[Segment], place: int, said: list[str]) -> None:
        """What it could limit or deny in the rest of the sentence."""
        is_limit = limits(said, is_so="so" in self.words[found[place].end : found[place + 1].start])
        is_limit = is_limit and found[place + 1].link != "but"
        is_limit = is_limit and not is_title(said)
        denies = _denies(said)
        for later in found[place + 1 :]:
            if later.link == "end" or (later.link == "but" and not is_limit):
                return
            if later.clause is not None and is_limit:
                _refuse(later, _why(said))
                later.joined = True
            elif later.clause is not None and denies and later.clause.polarity.startswith("+"):
                _refuse(later, "what is denied before it could mean it too")
                later.joined = True


def _check_pair(before: Segment, segment: Segment) -> None:
    """Two clauses of which one makes the other unclear."""
    one, two = before.clause, segment.clause
    if one is None or two is None or segment.link in ("end", "but"):
        return
    if segment.link in ("or", "nor"):
        _refuse(before, "it is one of two; say which")
        _refuse(segment, "it is one of two; say which")
        segment.joined = True
    elif segment.link == "and":
        if {"only", "allbut"} & {one.act, two.act}:
            _refuse(before, "it could be limited by what is said behind; say it in a sentence of its own")
            _refuse(segment, "it is not clear what all others are; say it in a sentence of its own")
        elif one.polarity[:1] == "-" and two.polarity[:1] == "+" and one.polarity[1:] == two.polarity[1:]:
            _refuse(segment, 'the "not" before it could mean it too; say it in a sentence of its own')
        elif one.leads:
            _refuse(segment, "what is said before could limit it too; say it in a sentence of its own")
        elif two.trails:
            _refuse(before, "what is said behind could limit it too; say it in a sentence of its own")
    if segment.link == "comma" and one.leads and one.expires and segment.clause is not None:
        _refuse(segment, "what is said before could limit it too; say it in a sentence of its own")


def _denies(said: list[str]) -> bool:
    """Whether it denies what is asked, so that what follows could be denied too; "it is not new" only states."""
    if set(said) & {"never", "stop", "avoid", "neither", "without"}:
        return True
    return any(word == "not" and (at == 0 or said[at - 1] not in STATING) for at, word in enumerate(said))


def _refuse(segment: Segment, why: str) -> None:
    segment.clause, segment.why = None, why


def _why(said: list[str]) -> str:
    if set(said) & CONDITIONS:
        return "it holds only on a condition, and a hint has none"
    return "what stands beside it, which is not understood, could change it"
