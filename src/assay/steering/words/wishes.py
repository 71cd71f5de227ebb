"""From a clause to wishes: strength, expiry, reason, and names taken from all the others where it says "only"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from assay.core.hint import Subject, Wish, WishKind
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.clauses import Clause
from assay.steering.words.english import COLUMN_NOUNS, FAMILY_NOUNS
from assay.steering.words.item import Item
from assay.steering.words.tokens import Token

BINDING = ("never", "keep", "void", "fact", "only", "allbut", "without")
"""Acts that bind, so that a "maybe" makes nothing of them."""
KINDS: dict[str, WishKind] = {
    "never": "never", "keep": "keep", "void": "void", "fact": "never", "only": "never", "allbut": "never",
    "without": "never", "try": "try", "try1": "try", "try3": "try", "please": "try", "bare": "try", "prefer": "prefer",
    "avoid": "avoid", "errors": "prefer", "versus": "prefer",
}  # fmt: skip
STRENGTHS = {"try1": 1, "try3": 3}


@dataclass(slots=True)
class Meant:
    """What a clause asks for. problems: why nothing is made of it; unknown: words in its list that name nothing."""

    wishes: list[Wish] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def wishes_of(
    clause: Clause, text: str, tokens: Sequence[Token], vocabulary: Vocabulary, tail: tuple[int, int] | None
) -> Meant:
    """The wishes of a clause, one for each subject it names. tail: tokens of a reason that follows it."""
    meant = Meant(unknown=[item.names[0] for item in clause.items if item.is_unknown])
    known = [item for item in clause.items if not item.is_unknown]
    problem = _problem(clause, known, tokens, vocabulary)
    if problem:
        meant.problems.append(problem)
        return meant
    said = slice(tokens[clause.start].start, tokens[clause.end - 1].end)
    why = text[said] if clause.act == "fact" else _reason(clause, text, tokens, tail)
    for subject, names, columns in _grouped(_named(clause, known, vocabulary)):
        meant.wishes.append(
            Wish(
                kind=KINDS[clause.act], subject=subject, names=names, columns=columns, strength=_strength(clause),
                expires=clause.expires or None, why=why, words=text[said],
            )
        )  # fmt: skip
    return meant


def _reason(clause: Clause, text: str, tokens: Sequence[Token], tail: tuple[int, int] | None) -> str:
    place = clause.why or tail
    return text[tokens[place[0]].start : tokens[place[1] - 1].end] if place else ""


def _strength(clause: Clause) -> int:
    if clause.act in BINDING:
        return 3
    return clause.strength or STRENGTHS.get(clause.act, 2)


def _problem(clause: Clause, items: Sequence[Item], tokens: Sequence[Token], vocabulary: Vocabulary) -> str:
    """Why a clause that was read says nothing that can be done; "" where it does."""
    if not items:
        return "it names nothing that the lab knows"
    lacking = next((item.lacks for item in (*items, *clause.second) if item.lacks), "")
    if lacking:
        return lacking
    if any(item.about == "target" for item in items):
        return f"{vocabulary.target} is the target"
    if clause.act in BINDING and clause.strength == 1:
        return "a maybe is no rule; say it without, or say avoid"
    if clause.expires and (clause.act in ("fact", "void") or (clause.expires < 3 and clause.act in BINDING)):
        return "it does not end after some experiments"
    if clause.act in ("try", "try1", "prefer", "please") and len({item.about == "column" for item in items}) > 1:
        return "columns and other things are in one list; say them one after the other"
    if {"precision", "recall"} <= {name for item in items for name in item.names}:
        return "precision and recall pull against each other; say which matters more"
    if clause.act in ("only", "allbut"):
        return _problem_of_all(clause, items, tokens, vocabulary)
    if clause.second and set(items[0].names) & set(clause.second[0].names):
        return "both sides of it are the same"
    return ""


def _problem_of_all(clause: Clause, items: Sequence[Item], tokens: Sequence[Token], vocabulary: Vocabulary) -> str:
    words = {token.word for token in tokens[clause.start : clause.end]}
    subjects = {item.about for item in items}
    if len(subjects) > 1 or any(item.columns for item in items):
        return "columns and other things are in one list; say them one after the other"
    if ("column" in subjects and words & FAMILY_NOUNS - {"model", "models"}) or (
        "column" not in subjects and words & COLUMN_NOUNS and "family" in subjects
    ):
        return "it speaks of columns and of families"
    if clause.act == "only" and not _complement(items, vocabulary):
        return "there is nothing else"
    return ""


def _complement(items: Sequence[Item], vocabulary: Vocabulary) -> tuple[str, ...]:
    named = {name for item in items for name in item.names}
    everything = (
        vocabulary.features if items[0].about == "column" else vocabulary.proposed(cast(Subject, items[0].about))
    )
    return tuple(name for name in everything if name not in named)


def _named(
    clause: Clause, items: Sequence[Item], vocabulary: Vocabulary
) -> Iterator[tuple[Subject, tuple[str, ...], tuple[str, ...]]]:
    if clause.act == "only":
        yield cast(Subject, items[0].about), _complement(items, vocabulary), ()
        return
    shared = items[-1].columns if len({item.about == "column" for item in items}) == 1 else ()
    goes_on = all(not item.columns for item in items[:-1]) and len({item.about for item in items}) == 1
    for item in items:
        about = "metric" if item.about == "error" else cast(Subject, item.about)
        yield about, item.names, item.columns or (shared if goes_on else ())


def _grouped(
    named: Iterator[tuple[Subject, tuple[str, ...], tuple[str, ...]]],
) -> Iterator[tuple[Subject, tuple[str, ...], tuple[str, ...]]]:
    """One for each subject and its columns, names in their order."""
    groups: dict[tuple[Subject, tuple[str, ...]], list[str]] = {}
    for subject, names, columns in named:
        groups.setdefault((subject, columns), []).extend(names)
    for (subject, columns), listed in groups.items():
        yield subject, tuple(dict.fromkeys(listed)), columns
