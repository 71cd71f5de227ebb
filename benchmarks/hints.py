"""Hints in plain words beside what was meant: how many are understood as written down, how many wrongly.

    python benchmarks/hints.py [HINTS.json] [--show]

The file holds a list of hints, or {"columns": {name: kind}, "target": name, "hints": [...]}; without columns those of
the kept file hold. A hint has `text`, `person`, `negation`, `understandable`, `meaning` and `not_understood` (parts
of the text). A meaning is a text ("never column zip", "only family lightgbm", "try move ratio [price,area]") or a list
(["never", "column", ["zip"]]). A hint is understood as written where its wishes are those written down, however they
are divided and ordered, without regard to strength, and what is written as not understood was reported. It is
understood wrongly where a wish is made that is not written down. No model, no network, no lab.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.core.hint import Understanding, Wish
from assay.core.problem import registry as problems
from assay.research.moves import catalogue
from assay.steering.registered_names import registered_names
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.parser import parse
from outcome import Check, Outcome, all_of, at_least, parser, save

KEPT = Path(__file__).parents[1] / "tests" / "steering" / "kept_hints.json"
Atom = tuple[str, str, str, frozenset[str]]
"""A wish about one name: kind, subject, name, columns. Steps and moves are one subject."""
_MEANING = re.compile(r"([a-z/]+) ([a-z/]+) (.*?)(?: \[(.*)\])?((?: (?:s|exp)\d+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one hint. wrong: wishes that are not written down; missing: written down, not understood; unsaid:
    parts that are written as not understood and were not reported."""

    text: str
    person: str
    negation: bool
    understandable: bool
    wrong: tuple[str, ...]
    missing: tuple[str, ...]
    unsaid: tuple[str, ...]
    reported: tuple[str, ...]
    suggested: tuple[str, ...]
    """Sentences that a person is asked about, in place of parts that are not understood."""
    missing_then: tuple[str, ...]
    """What is still missing after a yes to each of them that means only what is written down."""
    misleading: tuple[str, ...]
    """Those that mean something else, to which a person says no."""

    @property
    def is_as_written_then(self) -> bool:
        """Whether it is as written down once a person has answered."""
        return not (self.wrong or self.missing_then or self.unsaid)

    @property
    def is_as_written(self) -> bool:
        return not (self.wrong or self.missing or self.unsaid)


def vocabulary_of(columns: Mapping[str, str], target: str) -> Vocabulary:
    """Of a lab with these columns and kinds, two classes, and what is registered."""
    moves = {move.name: move.traits.what for move in catalogue()}
    things = registered_names(moves, problems.get("binary")())
    return Vocabulary(columns=tuple(columns), kinds=tuple(columns.values()), target=target, things=things,
                      experiments=200)  # fmt: skip


def judged(hint: Mapping[str, Any], vocabulary: Vocabulary) -> Result:
    """One hint, parsed and held against what is written down."""
    understood = parse(hint["text"], vocabulary)
    meant = [_alternatives(one, vocabulary) for one in hint["meaning"]]
    got = {atom for wish in understood.wishes for atom in _atoms(wish)}
    chosen = [next((one for one in ways if one <= got), ways[0]) for ways in meant]
    wanted = frozenset().union(*chosen)
    asked = {one.perhaps: _atoms_of(one.perhaps, vocabulary) for one in understood.unknown if one.perhaps}
    yes = frozenset().union(*(atoms for atoms in asked.values() if atoms <= wanted))
    return Result(
        text=hint["text"], person=hint["person"], negation=hint["negation"], understandable=hint["understandable"],
        wrong=_shown(got - wanted), missing=_shown(wanted - got),
        unsaid=tuple(part for part in hint["not_understood"] if not _is_reported(part, hint["text"], understood)),
        reported=tuple(one.words for one in understood.unknown), suggested=tuple(asked),
        missing_then=_shown(wanted - got - yes),
        misleading=tuple(said for said, atoms in asked.items() if not atoms <= wanted),
    )  # fmt: skip


def _atoms_of(text: str, vocabulary: Vocabulary) -> frozenset[Atom]:
    return frozenset(atom for wish in parse(text, vocabulary).wishes for atom in _atoms(wish))


def _alternatives(meaning: str | list[Any], vocabulary: Vocabulary) -> list[frozenset[Atom]]:
    """The wishes that a written meaning allows: several where kinds are divided by a slash."""
    kinds, subject, names, columns = _parts(meaning)
    subject = "work" if {"step", "move"} & set(subject.split("/")) else subject
    is_only = kinds == "only" or names[0].startswith("all but ")
    if is_only:
        kinds, names = "never", _others(subject, [names[0].removeprefix("all but "), *names[1:]], vocabulary)
    return [
        frozenset(atom for name in names for atom in _split(kind, subject, name, columns)) for kind in kinds.split("/")
    ]


def _parts(meaning: str | list[Any]) -> tuple[str, str, list[str], list[str]]:
    if not isinstance(meaning, str):
        kind, subject, names = meaning
        names = names if isinstance(names, str) else ",".join(names)
        meaning = f"{kind} {subject} {names}"
    match = _MEANING.fullmatch(meaning)
    if match is None:
        raise SystemExit(f"{meaning!r} is no meaning. Write KIND SUBJECT NAMES [COLUMNS], as 'never column zip'.")
    columns = [name.strip() for name in (match[4] or "").split(",") if name.strip()]
    return match[1], match[2], [name.strip() for name in match[3].split(",")], columns


def _others(subject: str, names: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    everything = vocabulary.features if subject == "column" else vocabulary.proposed("family")
    return [name for name in everything if name not in names]


def _atoms(wish: Wish) -> Iterable[Atom]:
    subject = "work" if wish.subject in ("step", "move") else wish.subject
    for name in wish.names:
        yield from _split(wish.kind, subject, name, wish.columns)


def _split(kind: str, subject: str, name: str, columns: Iterable[str]) -> Iterable[Atom]:
    """One atom; for a step that is done column by column, one for each."""
    if name in ("target_mean", "one_hot", "counts", "bins", "splines") and columns:
        yield from ((kind, subject, name, frozenset([column])) for column in columns)
    else:
        yield kind, subject, name, frozenset(columns)


def _shown(atoms: Iterable[Atom]) -> tuple[str, ...]:
    return tuple(sorted(f"{kind} {subject} {name} {sorted(columns) or ''}".strip()
                        for kind, subject, name, columns in atoms))  # fmt: skip


def _is_reported(part: str, text: str, understood: Understanding) -> bool:
    """Whether some remark is on words of that part; a part that is no words of the text is reported by any."""
    begin = text.casefold().find(part.casefold().rstrip(".!? "))
    if begin < 0:
        return bool(understood.unknown)
    end = begin + len(part)
    places = [(text.find(one.words), len(one.words)) for one in understood.unknown]
    return any(at < end and at + length > begin for at, length in places)


def share(results: Iterable[Result]) -> float:
    """The share as written, in percent; nan of none."""
    all_of_them = list(results)
    return 100 * sum(one.is_as_written for one in all_of_them) / len(all_of_them) if all_of_them else float("nan")


def results_of(path: Path) -> list[Result]:
    """All hints of a file, judged."""
    kept, said = json.loads(KEPT.read_text()), json.loads(path.read_text())
    described = said if isinstance(said, dict) else {"hints": said}
    columns, target = described.get("columns", kept["columns"]), described.get("target", kept["target"])
    vocabulary = vocabulary_of(columns, target)
    return [judged(hint, vocabulary) for hint in described["hints"]]


def _checks(results: list[Result]) -> tuple[Check, ...]:
    wrong = [one.text[:80] for one in results if one.wrong]
    people = dict.fromkeys(one.person for one in results)
    groups = {"can be understood": [one for one in results if one.understandable],
              "cannot, wholly or in part": [one for one in results if not one.understandable],
              "with negation": [one for one in results if one.negation],
              **{person: [one for one in results if one.person == person] for person in people}}  # fmt: skip
    parts = tuple(
        Check(what=f"  {name}", asked="–", measured=f"{sum(o.is_as_written for o in those)} of {len(those)}")
        for name, those in groups.items() if those
    )  # fmt: skip
    suggested, misleading = (sum(len(getattr(one, name)) for one in results) for name in ("suggested", "misleading"))
    then = 100 * sum(one.is_as_written_then for one in results) / len(results)
    return (
        all_of("no wish that is not written down", wrong, len(results)),
        at_least("understood as written down", share(results), 90, "%", digits=1),
        Check(what="as written down after a yes or no to what is suggested", asked="–", measured=f"{then:.1f} %"),
        Check(what="suggestions that mean something else", asked="–", measured=f"{misleading} of {suggested}"),
        *parts,
    )  # fmt: skip


def main() -> None:
    """Judge the hints of a file; print and save."""
    arguments = parser(__doc__)
    arguments.add_argument("hints", type=Path, nargs="?", default=KEPT, help="a file of hints (the kept ones)")
    arguments.add_argument("--show", action="store_true", help="print each hint that is not as written down")
    args = arguments.parse_args()
    results = results_of(args.hints)
    for one in results if args.show else ():
        if not one.is_as_written:
            print(f"{one.text}\n  wrong {one.wrong} missing {one.missing} unsaid {one.unsaid} reported {one.reported}")
            print(f"  suggested {one.suggested}")
    outcome = Outcome(
        name="hints", title=f"Hints of {args.hints.name}", checks=_checks(results),
        method=f"{len(results)} hints of {args.hints.name}", details=[asdict(one) for one in results],
    )  # fmt: skip
    save(outcome, args.out)


if __name__ == "__main__":
    main()
