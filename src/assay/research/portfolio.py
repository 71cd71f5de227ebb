"""The portfolio: strong and diverse configurations in a fixed order, tried before anything is searched.

The configurations are defined in their family's file; this file has the order only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

from assay.core.contract import Entry, Facts, LabView, Model, ResearcherTraits, Step
from assay.core.experiment import Experiment
from assay.models import registry as models
from assay.pipeline.monotone_recipes import honours
from assay.research import register
from assay.research.search_settings import SHIPPED
from assay.research.target_variants import tried
from assay.research.trial_order import in_order

ORDER = ("linear", "lgb_small", "et")
"""A linear model, small trees, then a forest: diverse, and the cheapest of their kind. Names, as
three are all that so short a search has time for."""


@register("small")
@dataclass(frozen=True)
class SmallPortfolio:
    """Proposes the portfolio's cheapest entries, each once.

    Its experiments are attributed to the portfolio, which holds their settings.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="fixed")

    seed: int = 0
    name: str = "small"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        order = (*ORDER[:2], *map(recurring, ORDER[:2]), *ORDER[2:])
        found = {
            experiment.entry: experiment for experiment in Portfolio(self.seed, only=order).ask(view, n=len(order))
        }
        wanted = [found[name] for name in order if name in found][:n]
        return tuple(replace(one, number=view.next_number + i) for i, one in enumerate(wanted))


CONSTANT = "constant"
AGAIN = ("linear", "lgb_small", "lgb_std", "cat_std", "et")
"""Entries that are tried without what only tells the period too, where rows are in an order of time: one of each kind,
as what a family makes of a date differs."""
FLOOR = (CONSTANT, "rule")
"""The report's floor: never champion, never in a blend. Names, as experiments of the ledger are told by their entry,
whether or not the family is installed."""

BASELINE = "lgb_std"
"""The one entry that every lab's gains are told from, so that labs compare."""

WIDE = 500
"""Columns from which most are noise to a linear model, so that an L1 path comes early."""

TINY, MIDDLE, LARGE = (SHIPPED.portfolio[name] for name in ("small_tables", "tables", "large_tables"))
SEVERAL_CLASSES, MANY_CLASSES, VERY_MANY_CLASSES = (
    SHIPPED.portfolio[name] for name in ("several_classes", "many_classes", "very_many_classes")
)
"""Names of entries in their order, from the settings file (research/search_settings.json)."""


def order(facts: Facts) -> tuple[str, ...]:
    """Names of portfolio entries, in the order for a table with these facts.

    Lists, since the order was measured as a whole (docs/log.md): what is worth an early place depends on the entries
    before it. An entry need not be in them: others follow these, or are placed by Entry.place.
    """
    wide = facts.n_features > WIDE or facts.n_features > facts.n_rows
    # Before the boosters, whose best way to learn the target later entries take over: a sum is one on its own scale.
    return (*FLOOR, "linear", "linear_free", *(("linear_l1",) if wide else ()), *_learners(facts))


def _learners(facts: Facts) -> tuple[str, ...]:
    if facts.n_classes > 200:
        return VERY_MANY_CLASSES
    if facts.n_classes > 30:
        return MANY_CLASSES
    if facts.n_classes > 7:
        return SEVERAL_CLASSES
    if facts.n_rows < 1000:
        return TINY
    if facts.n_rows > 100_000:
        return LARGE
    return _middle(facts)


def _middle(facts: Facts) -> tuple[str, ...]:
    names = list(MIDDLE)
    if facts.n_numeric < 2:
        names[names.index("lgb_fe")] = "lgb_te"
        names = list(dict.fromkeys(names))
    if 2 * facts.n_category > facts.n_features:
        first = (BASELINE, "lgb_sets", "cat_std")
        names = [*first, *(name for name in names if name not in first)]
    if facts.n_category:
        names.remove("fm")
        names.insert(names.index("et") + 1, "fm")
    if not facts.problem.is_class:
        names.remove("gp")
        names.insert(names.index("et") + 1, "gp")
    return tuple(names)


def entries(
    facts: Facts,
    *,
    without: frozenset[str] = frozenset(),
    purpose: str = "",
    families: frozenset[str] = frozenset(),
) -> tuple[Entry, ...]:
    """The portfolio for these facts, in order; those without a place in it come last, by name.

    purpose: a goal beside prediction, e.g. "interpretable", which adds the entries for it. families: those a person
    asked for by name, of which each has its entries here, whether or not the order has a place for them.
    """
    return _entries(facts, without, purpose, families, tuple(models))


@lru_cache(maxsize=16)
def _entries(
    facts: Facts,
    without: frozenset[str],
    purpose: str,
    asked: frozenset[str],
    families: tuple[tuple[str, type[Model]], ...],
) -> tuple[Entry, ...]:
    """Cached, as it is needed after every record."""
    wanted = order(facts)
    elsewhere = {name for names in (TINY, MIDDLE, LARGE, SEVERAL_CLASSES) for name in names} - {*wanted}
    tried: dict[str, Entry] = {}
    for family, model in families:
        if family not in without:
            found = [fitting(entry, facts) for entry in model.portfolio(facts) if honours(entry.recipe, facts)]
            placed = [entry for entry in found if purpose or entry.name not in elsewhere or entry.place is not None]
            usual = [entry for entry in placed if entry.only_for in ("", purpose)]
            if family in asked and all(entry.is_idle for entry in usual):
                usual = [replace(entry, is_idle=False) for entry in found]
            tried.update({entry.name: entry for entry in usual})
    first = len(wanted) - len(_learners(facts))
    places = {name: None if entry.place is None else first + entry.place for name, entry in tried.items()}
    return tuple(_with_recurring(in_order(tried, wanted, places), facts))


def _with_recurring(found: Sequence[Entry], facts: Facts) -> Iterator[Entry]:
    """Entries in their order, those of AGAIN a second time on what later rows can meet again."""
    for entry in found:
        yield entry
        if facts.period and entry.name in AGAIN and not entry.is_idle:
            recipe = replace(entry.recipe, steps=(Step.of("recurring"), *entry.recipe.steps))
            if honours(recipe, facts):
                yield replace(entry, name=recurring(entry.name), recipe=recipe,
                              what=f"{entry.what}, without what only tells the period")  # fmt: skip


def recurring(name: str) -> str:
    """The name of an entry without what only tells the period."""
    return f"{name}_recurring"


def fitting(entry: Entry, facts: Facts) -> Entry:
    """The entry with a logarithmic target where the metric is of logarithms."""
    if not facts.problem.is_class and facts.metric == "rmsle":
        return replace(entry, recipe=replace(entry.recipe, transform="log1p"))
    return entry


OWN_NAME = "portfolio"
QUICKEST = ("small", OWN_NAME)
"""Who proposes where time is for two or three fits; of families that `small` does not know, the portfolio has some."""


def is_of_portfolio(experiment: Experiment) -> bool:
    """Whether the portfolio proposed it, chosen before this table was seen."""
    return experiment.by == OWN_NAME


@register(OWN_NAME)
@dataclass(frozen=True)
class Portfolio:
    """Proposes the portfolio's entries in order, each once, and races target transforms on the way.

    only: names of the entries to propose; () for all but the idle ones.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="fixed", queue=20)

    seed: int = 0
    name: str = OWN_NAME
    only: tuple[str, ...] = ()

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return tuple(self._next(view))[:n]

    def _next(self, view: LabView) -> Iterator[Experiment]:
        number = view.next_number
        for entry in tried(entries(view.facts, without=view.without, families=view.families), view):
            wanted = entry.name in self.only if self.only else not entry.is_idle
            if entry.recipe.key in view.asked or not wanted:
                continue
            yield Experiment(
                number=number, recipe=entry.recipe, what=entry.what, by=self.name, entry=entry.name, seed=self.seed,
                move=entry.move,
                question=f"How far does {entry.what} get on these columns?",
            )  # fmt: skip
            number += 1
