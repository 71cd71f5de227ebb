"""Multiple testing: which findings may be claimed on rows that had no part in forming the hypotheses.

None of these procedures is valid on rows by which the hypotheses were chosen: a change built to look well on some rows
looks well on them; `benchmarks/evidence.py` has the simulation.
"""

from collections.abc import Sequence

from assay.core.array import Bools
from assay.core.p_value_corrections import benjamini_hochberg, holm


def claims(p: Sequence[float], *, level: float = 0.05) -> tuple[Bools, Bools]:
    """(found, firm) among changes tested once on rows that had no part in any of them.

    found: Benjamini and Hochberg at twice the level, the expected share of false ones; firm: Holm at the level, the
    chance of any false one. To be asked only after the whole passed a gate at that level: this then holds the chance of
    any finding where nothing is better at all.
    """
    return benjamini_hochberg(p) <= 2.0 * level, holm(p) <= level
