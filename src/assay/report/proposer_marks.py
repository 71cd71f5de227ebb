"""The colour and shape of each proposer in a plot, so that neither alone has to tell them apart."""

from collections.abc import Iterable

from assay.report.plot import Role

KNOWN: dict[str, Role] = {
    "portfolio": "portfolio", "small": "portfolio", "readable": "portfolio",
    "features": "features", "features_first": "features", "features_kept": "kept_features",
    "moves": "moves", "neighbours": "near", "stack": "stack", "study": "study", "ablate": "ablate",
    "human": "human", "ensemble": "ensemble",
}  # fmt: skip
SEARCHERS = frozenset({"tpe", "random", "grid", "cma_es", "nsga2"})
"""Those that look for other settings: of one kind, of which a lab mostly has one."""
SPARE: tuple[Role, ...] = ("search", "near", "stack", "study", "moves", "kept_features")
"""Given to further names in the order in which they come, as long as nobody else of the plot has them."""


def roles_of(names: Iterable[str]) -> dict[str, Role]:
    """The role of each proposer by name, the same for the same names in the same order."""
    wanted = tuple(dict.fromkeys(names))
    found: dict[str, Role] = {name: KNOWN[name] for name in wanted if name in KNOWN}
    found |= {name: "search" for name in wanted if name in SEARCHERS}
    for name in wanted:
        if name not in found:
            free = (role for role in SPARE if role not in found.values())
            found[name] = next(free, "search")
    return {name: found[name] for name in wanted}
