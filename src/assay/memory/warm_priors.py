"""What moves are expected to gain on a new task, by what they gained on tasks like it.

The mean over labs, weighted by how alike their tasks are and by how sure each is, shrunk to what is expected of the
move anyway (a random-effects mean with a kernel; Feurer et al., 2015, warm-start searches from similar tasks).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from assay.memory.lab_facts import DataIdentity, LabFacts
from assay.memory.task_kind import TaskKind, similarity
from assay.research.lessons import NOISE, OF_MOVE

BETWEEN_LABS = 0.8
"""Standard deviation of what a move truly gains, between labs of like tasks, in units of noise."""
LEAST_SIMILAR = 0.1
MOST_WEIGHT = 3.0 / BETWEEN_LABS**2
"""Of all labs together, as of three that are as alike as can be: a crowd of unlike ones is no likeness."""


def warm_priors(
    kind: TaskKind, own: DataIdentity, known: Sequence[LabFacts], usual: Mapping[str, float]
) -> tuple[tuple[str, float], ...]:
    """By name: the priors of those moves that labs on other data have tried. usual: what is expected of each anyway."""
    weights, sums = defaultdict[str, float](float), defaultdict[str, float](float)
    for lab in known:
        likeness = similarity(kind, lab.kind)
        if likeness < LEAST_SIMILAR or own.may_share_rows(lab.identity):
            continue
        for fact in lab.moves:
            if not fact.family and fact.move in usual:
                weight = likeness / (BETWEEN_LABS**2 + NOISE**2 / max(fact.tries, 1))
                weights[fact.move] += weight
                sums[fact.move] += weight * fact.mean
    own_weight = 1 / OF_MOVE**2
    shares = {name: min(1.0, MOST_WEIGHT / weight) for name, weight in weights.items()}
    return tuple(
        (name, round((share * sums[name] + own_weight * usual[name]) / (share * weights[name] + own_weight), 2))
        for name, share in sorted(shares.items())
    )
