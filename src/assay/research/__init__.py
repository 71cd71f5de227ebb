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


def searches(name: str) -> bool:
    """Whether it builds on what it sees of scores."""
    return registry.get(name).traits.searches


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
