"""What people call families, steps, moves and metrics, as phrases of the grammar's words."""

from collections.abc import Iterable, Iterator
from typing import Literal, cast

from assay.core.hint import Subject
from assay.steering.vocabulary import Nameable, Vocabulary
from assay.steering.words.tokens import Phrase, words_of
from assay.steering.words.word_tables import alternatives

About = Subject | Literal["target", "error", "it"]
"""What a name is of; an error is one that a metric counts, as false alarms; "it" stands for something said before."""
Named = tuple[Phrase, About, tuple[str, ...]]
TARGET = "target_of_the_lab"
"""Stands in a phrase for the target, however that is said."""


def _phrases(text: str) -> tuple[Phrase, ...]:
    return tuple(_spelt(said) for said in text.split("|"))


def _spelt(said: str) -> Phrase:
    parts = [words_of(part) for part in said.split("TARGET")]
    return tuple(word for place, part in enumerate(parts) for word in ((TARGET, *part) if place else part))


def _table(name: str) -> tuple[tuple[str, tuple[Phrase, ...]], ...]:
    return tuple((names, _phrases(text)) for names, text in alternatives(name))


EVERYDAY = _table("everyday")
DOING = _table("doing")
SYNONYMS = dict(_table("synonyms"))


def everyday_phrases(vocabulary: Vocabulary) -> Iterator[Named]:
    """What is said of the things of a lab, registered names aside."""
    for thing in vocabulary.things:
        yield from ((phrase, thing.subject, (thing.name,)) for phrase in _called(thing))
    yield from _lines(EVERYDAY, vocabulary)


def doing_phrases(vocabulary: Vocabulary) -> Iterator[Named]:
    """The same, said as verbs."""
    yield from _lines(DOING, vocabulary)


def _called(thing: Nameable) -> Iterator[Phrase]:
    for said in thing.called:
        yield words_of(said)
        yield from SYNONYMS.get(said, ())
    yield from SYNONYMS.get(thing.name.replace("_", " "), ())


def _lines(table: Iterable[tuple[str, tuple[Phrase, ...]]], vocabulary: Vocabulary) -> Iterator[Named]:
    known = {f"{thing.subject}:{thing.name}" for thing in vocabulary.things}
    target = words_of(vocabulary.target)
    targets = (
        ("the", "target"),
        ("target",),
        ("the", "target", "variable"),
        *((target, ("the", *target)) if target else ()),
    )
    for names, phrases in table:
        about, chosen = _chosen(names, known)
        for phrase in phrases if chosen else ():
            yield from ((spelt, about, chosen) for spelt in _with_target(phrase, targets))


def _chosen(names: str, known: set[str]) -> tuple[About, tuple[str, ...]]:
    """The first alternative of which the lab knows something; an error is known where its metric is."""
    for alternative in names.split(" or "):
        parts = [part.strip() for part in alternative.split("+")]
        there = [part for part in parts if part.replace("error:", "metric:") in known]
        if there:
            return cast(About, there[0].partition(":")[0]), tuple(part.partition(":")[2] for part in there)
    return "step", ()


def _with_target(phrase: Phrase, targets: Iterable[Phrase]) -> Iterator[Phrase]:
    if TARGET not in phrase:
        yield phrase
        return
    at = phrase.index(TARGET)
    yield from ((*phrase[:at], *target, *phrase[at + 1 :]) for target in targets)
