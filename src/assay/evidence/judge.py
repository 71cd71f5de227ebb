"""The rule by which the search keeps an experiment; no keep is a finding."""

from dataclasses import dataclass
from typing import Literal

from assay.core.figure import Difference, number_text

Rule = Literal["first", "gain", "tie", "near-miss", "worse"]

HELD = 0.75
"""σ that a gain must show on folds that chose nothing. σ hardly knows the luck of seeds: where any gain was enough
there, the same recipe with another seed was kept in 8.6 % of tries; with ½, ¾ and 1 σ in 5.6, 3.7 and 2.2 %, and true
gains of 1.95 σ in 87, 87, 84 and 81 % (benchmarks/keeps.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """kept, the rule that decided, and why in a sentence."""

    kept: bool
    rule: Rule
    why: str


def judge(difference: Difference | None, *, c: float = 1.0) -> Verdict:
    """Keep what is at least c sigma better than the champion; None: there is none yet.

    The first scored model that is not a floor (constant, single rule) is kept by the rule "first". A tie within half a
    sigma is not kept. No keep is a finding: those are decided on rows that played no part in the choice.
    """
    if difference is None:
        return Verdict(kept=True, rule="first", why="the first model with a score")
    z = difference.z
    if difference.value == 0 and not difference.sigma > 0:
        return Verdict(kept=False, rule="tie", why="its predictions score as the champion's do, row by row")
    size = f"{number_text(z, 1, signed=True)} σ against the champion"
    if z >= c and difference.value > 0:
        return Verdict(kept=True, rule="gain", why=f"{size}, at least {c:g} σ needed")
    if abs(z) < 0.5:
        return Verdict(kept=False, rule="tie", why=f"{size}: not told apart")
    if z > 0:
        return Verdict(kept=False, rule="near-miss", why=f"{size}, less than {c:g} σ")
    return Verdict(kept=False, rule="worse", why=size)


def holds_again(fresh: Difference, *, held: float = HELD) -> bool:
    """Whether a gain on the folds of the search shows again, by `held` σ, on folds that chose nothing.

    The same rows with another partition and other seeds (evidence.md 3): removes selection by folds and seeds, not by
    rows. Equal models gain nothing, whatever `held` is.
    """
    return judge(fresh, c=held).kept
