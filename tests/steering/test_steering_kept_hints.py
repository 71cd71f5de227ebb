"""Hints that people wrote beforehand, with what each means: development material, kept as it was understood."""

import json
from pathlib import Path

import pytest

from assay.core.hint import Understanding
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.parser import parse
from each import each
from steering.plain_words import a_vocabulary_of

KEPT = json.loads((Path(__file__).parent / "kept_hints.json").read_text())
VOCABULARY = a_vocabulary_of(*KEPT["columns"])
HINTS = KEPT["hints"]
UNSEEN = json.loads((Path(__file__).parent / "unseen_hints.json").read_text())
"""Hints of others, which the grammar was never mended for; what is suggested of them was."""
SEPARATE = ("target_mean", "one_hot", "counts", "bins", "splines")
"""Steps that are done column by column, so that it is the same to ask for them together."""


def asked(understood: Understanding) -> set[str]:
    """Each name that a wish is about, in words of its own; steps and moves are one subject."""
    found = set()
    for wish in understood.wishes:
        subject = "work" if wish.subject in ("step", "move") else wish.subject
        for name in wish.names:
            columns = [[one] for one in wish.columns] if name in SEPARATE and wish.columns else [sorted(wish.columns)]
            found |= {f"{wish.kind} {subject} {name} {','.join(those)}".strip() for those in columns}
    return found


def written(meaning: str, vocabulary: Vocabulary) -> list[set[str]]:
    """The same of what is written down: one set for each kind that would do."""
    said, _, columns = meaning.rstrip("]").partition(" [")
    kinds, subject, listed = said.split(" ", 2)
    names = listed.split(",")
    if kinds == "only":
        everything = vocabulary.features if subject == "column" else vocabulary.proposed("family")
        kinds, names = "never", [name for name in everything if name not in names]
    subject = "work" if set(subject.split("/")) & {"step", "move"} else subject
    those = sorted(columns.split(",")) if columns else []
    ways = []
    for kind in kinds.split("/"):
        way = set()
        for name in names:
            lists = [[one] for one in those] if name in SEPARATE and those else [those]
            way |= {f"{kind} {subject} {name} {','.join(one)}".strip() for one in lists}
        ways.append(way)
    return ways


def as_written(text: str, meanings: list[str], left: list[str]) -> bool:
    """Whether all that is written down was understood, and something was said of what cannot be."""
    understood = parse(text, VOCABULARY)
    got = asked(understood)
    return all(any(way <= got for way in written(one, VOCABULARY)) for one in meanings) and (
        not left or bool(understood.unknown)
    )


@pytest.mark.slow
@each("hint", [*HINTS, *UNSEEN], ids=lambda hint: hint["text"][:60])
def test_no_hint_is_understood_wrongly(hint: dict[str, list[str]]) -> None:
    allowed = {one for meaning in hint["meaning"] for way in written(meaning, VOCABULARY) for one in way}
    assert asked(parse(str(hint["text"]), VOCABULARY)) <= allowed


@pytest.mark.slow
def test_kept_hints_are_understood_as_written_down() -> None:
    right = [as_written(hint["text"], hint["meaning"], hint["not_understood"]) for hint in HINTS]
    assert sum(right) / len(right) >= 0.96


@pytest.mark.slow
def test_more_than_half_of_what_others_say_is_understood_and_most_after_a_yes_or_no() -> None:
    at_once = [as_written(hint["text"], hint["meaning"], hint["not_understood"]) for hint in UNSEEN]
    answered = [
        right or as_written(f"{hint['text']}\n{said_yes(hint)}", hint["meaning"], hint["not_understood"])
        for right, hint in zip(at_once, UNSEEN, strict=True)
    ]
    assert sum(at_once) / len(UNSEEN) >= 0.56
    assert sum(answered) / len(UNSEEN) >= 0.82


def said_yes(hint: dict[str, list[str]]) -> str:
    """What is suggested and means only what is written down."""
    allowed = {one for meaning in hint["meaning"] for way in written(meaning, VOCABULARY) for one in way}
    suggested = [one.perhaps for one in parse(str(hint["text"]), VOCABULARY).unknown if one.perhaps]
    return "\n".join(said for said in suggested if asked(parse(said, VOCABULARY)) <= allowed)
