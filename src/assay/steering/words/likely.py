"""What a part that is not understood may ask for: a sentence for a person to confirm, never acted on by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.steering.words.english import CONDITIONS, ROWS
from assay.steering.words.name_index import Meaning
from assay.steering.words.tokens import Token
from assay.steering.words.word_tables import word_sets

_CUES = word_sets("cues")
_NEAR = 4
"""Words before a cue in which a negation turns it around."""
_MARKS, _TIMES = frozenset({"?"}), frozenset({"when", "until", "while"})
_REQUESTS = frozenset({"you", "we", "please"})


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A thing that is named in the part: its tokens, from start to end."""

    start: int
    end: int
    meaning: Meaning


def likely(tokens: Sequence[Token], named: Sequence[NamedThing], text: str) -> str:
    """A sentence in words of the page, "" where none is likely. tokens: of the part; named: their longest names, in
    order, with places among these tokens.
    """
    inside = {place for one in named for place in range(one.start, one.end)}
    words = ["" if at in inside else token.word for at, token in enumerate(tokens)]
    words = ["" if pair == ("out", "of") else pair[0] for pair in zip(words, [*words[1:], ""], strict=True)]
    said = set(words)
    is_asked = tokens[0].word in _CUES["questions"] and not said & _REQUESTS
    if not named or is_asked or said & (_CUES["stops"] | (CONDITIONS - _TIMES) | (ROWS - {"row"}) | _MARKS):
        return ""
    columns = [_column(one) for one in named if one.meaning.about == "column"]
    families = [_said(one, tokens, text) for one in named if one.meaning.about == "family"]
    things = [_said(one, tokens, text) for one in named if one.meaning.about in ("step", "move")]
    metrics = [_said(one, tokens, text) for one in named if one.meaning.about == "metric"]
    if any(one.meaning.about == "target" for one in named) or sum(map(bool, (families, things, metrics))) > 1:
        return ""
    if things:
        of = f" of {' and '.join(columns)}" if columns else ""
        listed = " and ".join(things)
        return f"never use {listed}" if _is_barring(words) else "" if _turn(words, "never") else f"try {listed}{of}"
    if metrics:
        return "" if columns or said & _CUES["turns"] else f"{metrics[0]} matters more"
    return _of_families(words, families) if families and not columns else _of_columns(words, columns, bool(families))


def _of_families(words: Sequence[str], families: Sequence[str]) -> str:
    listed = " and ".join(families)
    if set(words) & _CUES["only"]:
        return f"only use {listed}"
    turns = {act: _turn(words, act) for act in ("avoid", "prefer", "never", "try")}
    if turns["avoid"] > 0 or turns["prefer"] < 0:
        return f"rather not use {listed}"
    if turns["prefer"] > 0:
        return f"prefer {listed}"
    if _is_barring(words):
        return f"never use {listed}"
    return f"try {listed}" if turns["try"] > 0 else ""


def _is_barring(words: Sequence[str]) -> bool:
    """Whether it asks for none of a thing; "don't drop it" asks for nothing."""
    never, tried = _turn(words, "never"), _turn(words, "try")
    return never > 0 or tried < 0 or (never == 0 and tried == 0 and _is_turned(words))


def _of_columns(words: Sequence[str], columns: Sequence[str], has_others: bool) -> str:
    """Never "only use": of what is *only* known later that says the opposite, and a yes to it bars every other column.
    Nor "keep" where a time is said ("stays empty until check-in").
    """
    if has_others or not columns:
        return ""
    listed, said = ", ".join(columns), set(words)
    is_timed = bool(said & (_TIMES | _CUES["only"] | _CUES["when"]))
    votes = [-_turn(words, "never"), 0 if is_timed else _turn(words, "keep")]
    votes += [-1] if said & _CUES["late"] else []
    found = {1 if vote > 0 else -1 for vote in votes if vote}
    if not found and _is_turned(words):
        found = {-1}
    if len(found) != 1:
        return ""
    return f"keep {listed}" if found == {1} else f"ignore {listed}"


def _turn(words: Sequence[str], act: str) -> int:
    """1 where cues of an act stand there, -1 where they are turned around, 0 without cues or where these disagree."""
    signs = {
        -1 if _is_turned(words[max(at - _NEAR, 0) : at]) else 1 for at, word in enumerate(words) if word in _CUES[act]
    }
    return signs.pop() if len(signs) == 1 else 0


def _is_turned(words: Sequence[str]) -> bool:
    return sum(word in _CUES["turns"] for word in words) % 2 == 1


def _column(one: NamedThing) -> str:
    name = one.meaning.names[0]
    return name if name.isidentifier() else f'"{name}"'


def _said(one: NamedThing, tokens: Sequence[Token], text: str) -> str:
    return text[tokens[one.start].start : tokens[one.end - 1].end]
