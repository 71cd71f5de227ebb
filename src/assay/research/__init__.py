"""Researchers, which propose experiments, one per file, found through `registry`."""

from assay.core.contract import Researcher, ResearcherTraits
from assay.core.experiment import Pool
from assay.core.registry import Registry

registry: Registry[Researcher] = Registry(
    noun="researcher", package="assay.research", group="assay.researchers", traits=ResearcherTraits
)  # fmt: skip
register = registry.register


def pool_of(name: str) -> Pool:
    """Where a researcher's proposals come from."""
    return registry.get(name).traits.pool


def takes_turns(name: str, *, has_vault: bool) -> bool:
    """Whether a researcher shares slots with others, after all whose fixed pool comes first."""
    return registry.get(name).traits.takes_turns(has_vault=has_vault)


def turns_of(name: str) -> int:
    """Slots that it gets for one of the others'."""
    return registry.get(name).traits.turns


def queue(*, has_vault: bool, purpose: str = "") -> tuple[str, ...]:
    """Who is asked when nobody is named, first come first: all that declare a place, plug-ins among them.

    purpose: a preset that some are for; they alone are asked then.
    """
    places = [
        (cls.traits.queue, name)
        for name, cls in registry
        if cls.traits.purpose == purpose and not (cls.traits.not_with_vault if has_vault else cls.traits.needs_vault)
    ]
    return tuple(name for _, name in sorted((place, name) for place, name in places if place is not None))
