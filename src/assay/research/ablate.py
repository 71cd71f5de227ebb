"""Ablation at the end of a session: what was kept on the way to the champion is taken out, once each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import ClassVar

from assay.core.contract import LabView, Recipe, ResearcherTraits
from assay.core.experiment import Experiment
from assay.core.step_runs import taken_out
from assay.research import register

ABLATE = "ablate"
FEWEST, PLATEAU = 30, 40
"""Experiments of a lab from which removals are tried, and those without a keep that count as a plateau."""
MOST = 4
"""Removals of one champion, the latest change first."""
_SETTINGS = tuple(f.name for f in fields(Recipe) if f.init and f.name not in ("steps", "model", "on"))
"""What a recipe has beside steps and a model, each of which a change may have set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """The champion's recipe without what one experiment on its path brought. of: that experiment; words: for it."""

    of: Experiment
    recipe: Recipe
    words: str


def path_to(number: int, known: "dict[int, Experiment]") -> tuple[Experiment, ...]:
    """The experiments from which one was made, by first parents, the first of them first; that one last."""
    found: dict[int, Experiment] = {}
    while number in known and number not in found:
        found[number] = known[number]
        number = next(iter(known[number].parents), 0)
    return tuple(reversed(found.values()))


def removals(path: Sequence[Experiment]) -> tuple[Without, ...]:
    """Of the last experiment of a path: its recipe without each change that can be told apart in it, the latest first.

    A change is a set of columns that is still there as a whole, or a form of the target or of the weights.
    """
    if not path or path[-1].recipe.on:
        return ()
    champion, out = path[-1], dict[str, Without]()
    for before, after in reversed(tuple(pairwise(path))):
        for found in _changes(champion.recipe, before, after):
            if found.recipe.key != champion.recipe.key:
                out.setdefault(found.recipe.key, found)
    return tuple(out.values())


def _changes(recipe: Recipe, before: Experiment, after: Experiment) -> Iterator[Without]:
    left = taken_out(recipe, after.adds) if after.adds else None
    if left is not None:
        names = " and ".join(dict.fromkeys(step.name for step in after.adds))
        yield Without(of=after, recipe=left, words=names)
    for name in _SETTINGS:
        old, new = getattr(before.recipe, name), getattr(after.recipe, name)
        if old != new and getattr(recipe, name) == new:
            yield Without(of=after, recipe=replace(recipe, **{name: old}), words=f"{name} {new}")


@register(ABLATE)
@dataclass(frozen=True)
class Ablate:
    """Proposes the champion without each kept change, once, when the search's end is near or nothing is kept any more.

    What is not needed any more was kept by luck, or something later does its work; the simpler recipe is an experiment
    like any other, which the blend may choose. It builds on scores: for labs whose figure comes from a vault.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="adaptive", queue=5, needs_vault=True, is_for_end=True)

    seed: int = 0
    name: str = ABLATE

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        if len(view.history) < FEWEST or not (view.is_ending or view.since_keep >= PLATEAU):
            return ()
        return tuple(
            replace(one, number=view.next_number + place) for place, one in enumerate(tuple(self._fresh(view))[:n])
        )

    def _fresh(self, view: LabView) -> Iterator[Experiment]:
        kept = [past.experiment for past in view.history if past.status == "kept" and not past.experiment.partition]
        if not kept or kept[-1].recipe.model.name in view.without:
            return
        champion = kept[-1]
        path = path_to(champion.number, {past.experiment.number: past.experiment for past in view.history})
        for one in removals(path)[:MOST]:
            if one.recipe.key not in view.asked:
                yield Experiment(
                    number=view.next_number, recipe=one.recipe, what=f"{champion.what}, without {one.words}",
                    question=f"Is what #{one.of.number} brought still needed in #{champion.number}?", by=self.name,
                    parents=(champion.number, one.of.number), predicted_sigma=0.0, seed=self.seed,
                    reason="near the end, or where nothing is kept any more, what was kept is taken out once",
                )  # fmt: skip
