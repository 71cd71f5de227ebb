"""Presets: the kind of model wanted, in one word; each is a set of limits and of researchers."""

from dataclasses import dataclass
from typing import Literal, get_args

from assay.core.errors import UsageError, nearest_names
from assay.core.recipe import Recipe
from assay.features import traits_of as traits_of_step
from assay.models import traits_of as traits_of_family

PresetName = Literal["fast", "balanced", "best", "tiny", "interpretable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What ships and how long is searched.

    refit_only: one fit on all rows in place of half fold bag, half refit. row_ms, size_bytes: limits of the shipped
    model unless the user sets others (None: the lab's default). members: most members of the blend. readable: only
    models a person can read may ship; the others are fitted as the yardstick. patience: whether a search may end early.
    """

    name: PresetName
    what: str
    refit_only: bool = False
    row_ms: float | None = None
    size_bytes: int | None = None
    members: int = 8
    readable: bool = False
    patience: bool = True


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(name="balanced", what="a good blend, each member with its fold models"),
        Preset(name="fast", what="answers within 1 ms, 1.8 times as quick as balanced where that was measured",
               refit_only=True, row_ms=0.8),
        Preset(name="best", what="the best score, whatever its size; searches to the end of its time",
               row_ms=1000.0, size_bytes=10**12, members=16, patience=False),
        Preset(name="tiny", what="at most 500 kB", refit_only=True, row_ms=1.0, size_bytes=500_000, members=2),
        Preset(name="interpretable", what="one model a person can read, and what that costs", refit_only=True,
               members=1, readable=True),
    )
}  # fmt: skip


def preset_named(name: str) -> Preset:
    """The preset of that name; UsageError naming the known ones."""
    for preset in PRESETS.values():
        if preset.name == name:
            return preset
    known = get_args(PresetName)
    raise UsageError(f"No preset is called {name!r}. Known: {', '.join(known)}.", nearest=nearest_names(name, known))


def is_readable(recipe: Recipe) -> bool:
    """Whether a person can read the model of this recipe: a readable family, on columns still recognised."""
    is_family = traits_of_family(recipe.model.name).readable
    return is_family and all(traits_of_step(step.name).readable for step in recipe.steps)
