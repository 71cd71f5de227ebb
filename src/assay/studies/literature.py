"""Papers and notes that a person names: moves, steps and families that they mention, each to be tried.

The texts are data. Sentences are read by the reader of hints, of which only wishes to try something are taken, and
words of the lab's vocabulary are looked for in the rest, so that a text can make the lab try something it knows, and
can do no more.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from assay.core.errors import UsageError, Where
from assay.core.hint import Hint, Subject, Wish
from assay.core.study import MOST_PROPOSALS, Findings, StudyFact, StudyProposal
from assay.features import traits_of
from assay.research.human import COMBINE, Human
from assay.research.moves import catalogue
from assay.steering.registered_names import vocabulary_of
from assay.steering.vocabulary import Vocabulary
from assay.studies import register
from assay.studies.notes_as_hints import NotesReader
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits
from assay.views.steering_views import wish_text

ENDINGS = (".md", ".txt")
MOST_FILES, MOST_BYTES = 200, 2_000_000
SHORTEST = 4
"""Letters of a name of one word that is looked for: "rule" is a word, "gp" stands in too many texts by chance."""
DENIED = frozenset({"avoid", "avoided", "cannot", "never", "no", "not", "without"})
WORDS_BEFORE, FAR = 4, 200
"""Words before a name among which one of DENIED speaks of it, and characters in which they are looked for."""
ALSO: dict[str, tuple[str, ...]] = {
    "arithmetic": ("ratios of columns", "ratio of columns", "products of columns"),
    "means": ("target encoding", "mean encoding", "target mean encoding"),
    "log_target": ("log transform the target", "log of the target", "logarithm of the target"),
    "balanced_classes": ("class weights", "class weighting", "balanced weights"),
    "stack": ("stacking", "stacked generalization", "stacked generalisation", "super learner"),
    "pairs": ("feature crosses", "crossed features", "category crosses"),
    "clusters": ("cluster distances", "k-means features", "k-means distances"),
    "drift_weights": ("covariate shift", "importance weighting", "adversarial validation"),
    "trusted_rows": ("label noise", "confident learning", "noisy labels"),
    "pseudo_labels": ("pseudo-labels", "pseudo labels", "self-training", "pseudo-labelling", "pseudo-labeling"),
    "zero_then_amount": ("hurdle model", "two-part model", "zero-inflated"),
    "segment_models": ("segment models", "segmented models", "local models"),
}
"""What moves are called in papers, beside what they say of themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """What a text mentions, as a wish to try it. words: of the text; source: "notes.md:12"."""

    wish: Wish
    words: str
    source: str

    @property
    def what(self) -> str:
        """ "the move ratio of income and debt"."""
        return f"the {self.wish.subject} {wish_text(self.wish)}"


@register("literature")
@dataclass(frozen=True)
class Literature:
    """Reads the texts line by line, and proposes what each wish and each known name in them stands for, in the order of
    the texts."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="What do these notes suggest?", place=90, rows=1, by_name=True,
        asked_as=("literature", "paper", "papers", "notes", "read", "suggest"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        return "" if context.notes is not None else "needs --read PATH, a file or folder of .md or .txt notes"

    def seconds(self, context: StudyContext) -> float:
        return 1.0

    def run(self, context: StudyContext) -> Findings:
        assert context.notes is not None
        moves = {move.name: move.traits.what for move in catalogue()}
        known = vocabulary_of(
            context.folder.task.schema, context.folder.task.problem, moves=moves,
            experiments=len(context.state.entries),
        )  # fmt: skip
        reader = NotesReader(known)
        mentions = mentions_in(lines_of(context.notes), known, reader)
        facts, proposals = list[StudyFact](), list[StudyProposal]()
        for mention in mentions:
            is_full = len(proposals) == MOST_PROPOSALS
            made = None if is_full else _proposal(mention, context)
            why_not = (
                f"not proposed, as there are {MOST_PROPOSALS}" if is_full else "it suits nothing here, or was tried"
            )
            tried = f"; {why_not}" if made is None else f"; proposed: {made.what}"
            facts.append(StudyFact(
                code="mention", is_measure=True, where=mention.source,
                says=f'{mention.source} mentions "{mention.words}", {mention.what}{tried}',
                experiments=() if made is None else made.cites,
            ))  # fmt: skip
            proposals += [] if made is None else [made]
        if reader.is_spent:
            facts.append(StudyFact(
                code="mention", is_measure=True, where=context.notes.name,
                says=f"the notes are long: {reader.n_read} pieces were read as hints, the rest for names alone",
            ))  # fmt: skip
        return Findings(facts=tuple(facts), proposals=tuple(proposals))


def lines_of(path: Path) -> Iterator[tuple[str, str]]:
    """(source, text) of each line of a file, or of the notes in a folder. UsageError where there is nothing to read."""
    if not path.exists():
        raise UsageError(f"{path} is not there.", where=Where(option="--read"))
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix.lower() in ENDINGS)
    readable = [one for one in files if one.suffix.lower() in ENDINGS and one.is_file()]
    if not readable:
        raise UsageError(
            f"{path} holds no notes: {' and '.join(ENDINGS)} files are read.", where=Where(option="--read")
        )
    for file in readable[:MOST_FILES]:
        text = _decoded(file.read_bytes()[:MOST_BYTES])
        for number, line in enumerate(text.splitlines(), start=1):
            yield f"{file.name}:{number}", line


def _decoded(content: bytes) -> str:
    """UTF-8, or what the mark at the beginning says, as some editors write 16 bits a character."""
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return content.decode("utf-16" if content.startswith(marks) else "utf-8-sig", errors="replace")


def mentions_in(lines: Iterator[tuple[str, str]], known: Vocabulary, reader: NotesReader) -> list[Mention]:
    """The first mention of each thing, in the order of the texts."""
    names = _phrases(known)
    spelled = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)({spelled})(?!\w)") if names else None
    found: dict[Wish, Mention] = {}
    for source, line in lines:
        for wish, words in reader.wishes_in(line):
            found.setdefault(wish, Mention(wish=wish, words=words, source=source))
        for match in pattern.finditer(line.lower()) if pattern is not None else ():
            subject, name = names[match.group(1)]
            wish = Wish(kind="try", subject=subject, names=(name,))
            if not _is_denied(_same_sentence(line[: match.start()])):
                found.setdefault(wish, Mention(wish=wish, words=match.group(1), source=source))
    return list(found.values())


def _phrases(known: Vocabulary) -> dict[str, tuple[Subject, str]]:
    """By what it is called in a text: moves before steps before families; what two families share names none."""
    out: dict[str, tuple[Subject, str]] = {}
    moves = [thing for thing in known.things if thing.subject == "move"]
    steps = [thing for thing in known.things if thing.subject == "step" and not _is_empty(thing.name)]
    families = [thing for thing in known.things if thing.subject == "family" and not thing.by_hand]
    shared = [word for thing in families for word in {thing.name, *thing.called}]
    for thing in (*moves, *steps, *families):
        own = ALSO.get(thing.name, ())
        called = () if thing.subject == "move" else thing.called
        for phrase in (*own, *called, thing.name.replace("_", " "), thing.name):
            is_own = " " in phrase or "_" in phrase or len(phrase) >= SHORTEST
            is_plain = thing.subject == "move" and phrase == thing.name and " " not in phrase and "_" not in phrase
            if is_own and not is_plain and shared.count(phrase) < 2:
                out.setdefault(phrase.lower(), (thing.subject, thing.name))
    return out


def _is_empty(step: str) -> bool:
    """Whether a step does nothing until it is told columns, which a name in a text does not."""
    return step == COMBINE or traits_of(step).only_drops


def _same_sentence(before: str) -> str:
    """The end of a text from its last full stop on."""
    return re.split(r"[.;!?:,]\s", before[-FAR:])[-1]


def _is_denied(before: str) -> bool:
    """Whether the last words before a name say that it is not to be tried: "we do not recommend stacking"."""
    words = re.split(r"[^\w']+", before.replace("’", "'").lower())
    return any(word in DENIED or word.endswith("n't") for word in [one for one in words if one][-WORDS_BEFORE:])


def _proposal(mention: Mention, context: StudyContext) -> StudyProposal | None:
    """What the researcher of hints makes of it; None where it suits nothing here, or was tried."""
    heard = [number for past in context.view.history for number in past.experiment.hints]
    hint = Hint(number=max(heard, default=0) + 1, wish=mention.wish)  # of no person, whose tries would count as its own
    view = replace(context.view, hints=(hint,))
    made = Human(seed=context.folder.task.seed).ask(view, n=1)
    if not made:
        return None
    cites = made[0].parents or (() if context.champion is None else (context.champion,))
    return StudyProposal(
        recipe=made[0].recipe, what=made[0].what, cites=cites, move=made[0].move, adds=made[0].adds,
        question=f'{mention.source} mentions "{mention.words}": does it help here?',
    )  # fmt: skip
