"""Does a lab that remembers other labs begin better? Warm against cold, leave one task out.

    python benchmarks/memory.py [--seeds 0 20] [--n 50]

Eleven planted tasks (benchmarks/planted_moves.py: scores are drawn, nothing is fitted, the search is the product's) of
different rows, columns, classes and problems. What each of 40 moves gains depends on the task's kind: a part that is
the same everywhere, one that follows rows, one that follows the share of categories, and one of the task's own, by
family by a third more or less. Each task is searched cold. Then, for each, a warm search begins
with the priors that the product makes of the facts of the other ten. Counted are the experiments until the
champion has, in truth, what that of the cold search has after n; 2 n where that is not reached.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from assay.core.problem.regression import Regression
from assay.memory.lab_facts import DataIdentity, LabFacts, facts_of
from assay.memory.task_kind import TaskKind
from assay.memory.warm_priors import warm_priors
from assay.research.lessons import trials
from outcome import Outcome, at_most, parser, save
from planted_moves import FACTS, Lab, World, geometric_interval
from widening import FAMILIES, PLAIN, plant_all

PRIOR = 0.5
"""What the catalogue expects of each move."""
TASKS = 11


def kind_of(task: int) -> TaskKind:
    """From 500 to 80,000 rows, more and fewer categories, every third of numbers."""
    rng = np.random.default_rng([31, task])
    rows, share = round(500 * 1.66**task), float(rng.uniform(0, 1))
    facts = replace(
        FACTS, n_rows=rows, n_category=round(20 * share), n_numeric=20 - round(20 * share), minority=round(0.3 * rows)
    )
    if task % 3 == 2:
        facts = replace(facts, problem=Regression(), n_classes=0, minority=rows, metric="rmse")
    return TaskKind.of(facts)


def world_of(task: int, seed: int) -> World:
    """What moves gain on a task; the parts that tasks have in common are the same for a seed."""
    kind, common, own = kind_of(task), np.random.default_rng([32, seed]), np.random.default_rng([33, seed, task])
    rows, share = math.log10(kind.rows / 6_000), kind.category / 20 - 0.5
    effects = {}
    for name in PLAIN:
        a, b, c = common.normal(-0.8, 1.2), common.normal(0, 0.8), common.normal(0, 1.5)
        size = a + b * rows + c * share + own.normal(0, 0.8)
        effects[name] = {family: float(size * (1 + own.normal(0, 1 / 3))) for family in FAMILIES}
    return World(effects=effects, base=dict.fromkeys(FAMILIES, 0.0))


def remembered(task: int, lab: Lab) -> LabFacts:
    """What the product would remember of a lab."""
    tried = trials(lab.director.view(lab.state, seconds_left=None), PLAIN)
    identity = DataIdentity(data=f"task {task}", columns=(f"column of {task}",))
    return LabFacts(lab=str(task), identity=identity, kind=kind_of(task), experiments=0, moves=facts_of(tried))


def compared(seed: int, n: int) -> list[float]:
    """By task: experiments of the warm search until it has the score that the cold one has after n."""
    worlds = [world_of(task, seed) for task in range(TASKS)]
    facts, curves = [], []
    for task, world in enumerate(worlds):
        cold = Lab(world, "moves", seed * TASKS + task)
        curves.append(cold.champions(n))
        facts.append(remembered(task, cold))
    usual: Mapping[str, float] = dict.fromkeys(PLAIN, PRIOR)
    return [
        _needed(world, curves[task], seed * TASKS + task, warm_priors(
            kind_of(task), facts[task].identity, [one for one in facts if one is not facts[task]], usual
        )) for task, world in enumerate(worlds)
    ]  # fmt: skip


def _needed(world: World, cold: Sequence[float], seed: int, priors: tuple[tuple[str, float], ...]) -> float:
    goal, warm = cold[-1], Lab(world, "moves", seed, priors=priors)
    for count in range(1, 2 * len(cold) + 1):
        if not warm.step():
            break
        if warm.champion_truth() >= goal:
            return count
    return 2 * len(cold)


def main() -> None:
    """Search all tasks cold, then each warm, save."""
    made = parser(__doc__)
    made.add_argument("--seeds", type=int, nargs=2, default=(0, 20))
    made.add_argument("--n", type=int, default=50, help="experiments of the cold search")
    args = made.parse_args()
    plant_all()
    found = []
    for seed in range(*args.seeds):
        found.append(compared(seed, args.n))
        print(seed, found[-1], flush=True)
    by_task = np.exp(np.log(np.asarray(found)).mean(axis=0)).tolist()
    mean, low, high = geometric_interval(by_task)
    what = (
        f"experiments of a warm start until the cold one's score after {args.n}, geometric mean of {TASKS} tasks × "
        f"{len(found)} seeds (95 % from {low:.0f} to {high:.0f} over tasks)"
    )
    save(Outcome(
        name="memory", title="Memory across labs", checks=(at_most(what, mean, args.n / 2, "", digits=1),),
        details={"seeds": args.seeds, "needed": found, "by_task": by_task}, method=str(__doc__),
    ), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
