"""The settings file of the search: the portfolio's order, priors of moves, and what the director and the moves go by.

It ships with the package. A change of it is adopted only through a gate (memory/settings_gate.py): by a paired test, on
tasks that it was not chosen on. Seeds are never in it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from assay.core.array import Json, JsonObject
from assay.core.errors import UsageError

FILE, VERSION = "search_settings.json", 1
RANGES: Mapping[str, tuple[float, float]] = MappingProxyType({
    "credit_experiments": (10, 10_000), "credit_half_life": (5, 5_000), "credit_floor": (0, 0.2), "in_a_row": (1, 20),
    "moves_half_life": (5, 5_000), "moves_floor": (0, 0.5), "moves_turns": (1, 20), "moves_behind": (0, 1),
    "lessons_of_move": (0.01, 10),
    "lessons_boldness": (0, 2), "widening_window": (5, 5_000),
    "widening_seen": (0, 20),
})  # fmt: skip
"""The director's settings, with the smallest and the largest value of each."""
LISTS = ("small_tables", "tables", "large_tables", "several_classes", "many_classes", "very_many_classes")
NEEDED = frozenset({"lgb_fe", "lgb_std", "lgb_sets", "cat_std", "et", "fm", "gp"})
"""Entries of the list "tables" that are moved to where kinds of tables want them (research/portfolio.py)."""
MOST_PRIOR = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """portfolio: names of entries in their order, by kind of table; priors: by move, its expected gain over its parent
    in σ, measured by the project, in place of what its author wrote; director: by name (RANGES)."""

    portfolio: Mapping[str, tuple[str, ...]]
    priors: Mapping[str, float]
    director: Mapping[str, float]

    @classmethod
    def read(cls, text: str, *, name: str = FILE) -> "SearchSettings":
        """UsageError, which names the field, for anything but a settings file of this version."""
        body = _object(text, name)
        found = body.get("version")
        if found != VERSION:
            raise UsageError(f"{name} is of version {found!r}; this assay reads version {VERSION}. Update assay.")
        extra = sorted(set(body) - {"version", "portfolio", "priors", "director"})
        if extra:
            raise UsageError(f"{name} has {extra[0]!r}, which is no setting. There are portfolio, priors and director.")
        return cls(
            portfolio=MappingProxyType(_lists(body.get("portfolio"), name)),
            priors=MappingProxyType(_numbers(body.get("priors"), name, "priors")),
            director=MappingProxyType(_director(body.get("director"), name)),
        )

    def as_text(self) -> str:
        """The file of these settings; the same settings give the same bytes."""
        body = {
            "version": VERSION,
            "portfolio": {name: " ".join(self.portfolio[name]) for name in LISTS},
            "priors": {name: self.priors[name] for name in sorted(self.priors)},
            "director": {name: self.director[name] for name in RANGES},
        }
        return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def _object(text: str, name: str) -> JsonObject:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise UsageError(f"{name} is no JSON object.")
    return body


def _numbers(body: Json, name: str, field: str) -> dict[str, float]:
    if not isinstance(body, dict):
        raise UsageError(f"{name}: {field} must be an object of numbers.")
    for key, value in body.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise UsageError(f"{name}: {field}.{key} is {value!r}, and must be a number.")
        if field == "priors" and abs(value) > MOST_PRIOR:
            raise UsageError(f"{name}: {field}.{key} is {value:g}; a prior lies within ±{MOST_PRIOR:g} σ.")
    return {key: value for key, value in body.items() if isinstance(value, int | float)}


def _director(body: Json, name: str) -> dict[str, float]:
    found = _numbers(body, name, "director")
    for key in (*(set(found) - set(RANGES)), *(set(RANGES) - set(found))):
        word = "is missing" if key in RANGES else "is no setting of the director"
        raise UsageError(f"{name}: director.{key} {word}. There are {', '.join(RANGES)}.")
    for key, (low, high) in RANGES.items():
        if not low <= found[key] <= high:
            raise UsageError(f"{name}: director.{key} is {found[key]:g}, and lies between {low:g} and {high:g}.")
    return found


def _lists(body: Json, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(body, dict) or set(body) != set(LISTS):
        raise UsageError(f"{name}: portfolio must have the lists {', '.join(LISTS)}.")
    found = {}
    for key, value in body.items():
        names = tuple(value.split()) if isinstance(value, str) else ()
        if not names or len(set(names)) != len(names):
            raise UsageError(f"{name}: portfolio.{key} must be names of entries, each once, with spaces between them.")
        found[key] = names
    lacking = sorted(NEEDED - set(found["tables"]))
    if lacking:
        raise UsageError(f"{name}: portfolio.tables lacks {lacking[0]}, whose place depends on the table.")
    return found


def shipped_text() -> str:
    """The settings file of this package, as it is."""
    return files("assay.research").joinpath(FILE).read_text(encoding="utf-8")


SHIPPED = SearchSettings.read(shipped_text())
"""The settings that this package ships, read once at import and never changed."""
