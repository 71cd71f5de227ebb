"""Researchers, which propose experiments, one per file, found through `registry`."""

from assay.core.contract import Researcher
from assay.core.experiment import Pool
from assay.core.registry import Registry

registry: Registry[Researcher] = Registry(noun="researcher", package="assay.research", group="assay.researchers")
register = registry.register


def pool_of(name: str) -> Pool:
    """Where a researcher's proposals come from; adaptive, which no correction covers, unless it declares another."""
    pool: Pool = getattr(registry.get(name), "pool", "adaptive")
    return pool


def searches(name: str) -> bool:
    """Whether it builds on what it sees of scores: such researchers take turns, after all with a fixed pool."""
    return pool_of(name) != "fixed"


def queue(*, has_vault: bool) -> tuple[str, ...]:
    """Who is asked when nobody is named, first come first: all that declare a place, plug-ins among them."""
    places = ((getattr(cls, "queue", None), name) for name, cls in registry)
    placed = [(place, name) for place, name in places if place is not None]
    return tuple(
        name for _, name in sorted(placed) if has_vault or not getattr(registry.get(name), "needs_vault", False)
    )
