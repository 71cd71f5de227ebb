"""Does a search that widens find what greedy search cannot, and do lessons reach a score sooner?

    python benchmarks/widening.py [--part dense sparse lessons false behind] [--seeds 0 20] [--n 200]

Planted worlds (benchmarks/planted_moves.py): scores are drawn with the noise of a real lab, 1 σ between a recipe and
its parent, nothing is fitted, and the director, its view, the researcher and the rule of keeps are the product's.

*dense*, *sparse*: 10 worlds in which many moves help by themselves, and 10 sparse or deceptive ones, in which most of
what can be gained is in pairs: two moves that pay only together, the first of them useless (sparse) or harmful by 1.5
σ (deceptive) alone. Compared is the researcher that widens with the same one that does not. Regret: how far the
champion is, in truth, below the best score that can be reached, the mean over all experiments.

*lessons*: 8 worlds in which what a move does differs by family (the same move helps one and harms another) or by the
kind of columns that it reads (nearly all moves on one kind help, those on others do not). Compared are draws by lessons
with draws by priors alone, and with those by the mean of each move, as they were before there were lessons; nobody
widens. Counted are the experiments until the champion has, in truth, what that of the other search has after half of
n, on curves that are means over the seeds of a world: where a single lab ends is mostly the luck of its last keeps.

*behind*: 8 worlds of the same moves whose families are as far apart as those of real tables (a standard deviation of 3
σ). Compared is the search by which a parent's lag behind the best counts against a change of it with one by which it
does not; nobody widens. Regret as above.

*false*: a move that harms by 2 σ comes with a prior of 4 σ and a study that raises it threefold. Counted are its tries
until its lesson no longer says that it helps.

Chosen on seeds 1000 and later; seeds 0 to 19 are reported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, ResearcherTraits
from assay.core.experiment import Experiment
from assay.core.move import Parent, as_experiment
from assay.core.seed import Seeds
from assay.core.study import Leaning, StudyNote
from assay.research import moves, register
from assay.research.earned_turns import Earned, by_turn, faded
from assay.research.lesson_table import lessons
from assay.research.lessons import HALF_LIFE, trials
from assay.research.moves_by_credit import FLOOR, Moves
from assay.research.widening import parents_of
from outcome import Check, Outcome, at_most, parser, save
from planted_moves import Lab, World, geometric_interval, plant

KINDS = ("numbers", "categories", "dates", "texts")
PLAIN = tuple(f"w{place:02d}" for place in range(40))
READING = {kind: tuple(f"{kind}{place:02d}" for place in range(10)) for kind in KINDS}
FAMILIES = ("ash", "birch", "cedar", "elm")
PARTS = ("dense", "sparse", "lessons", "false", "behind")
APART = 3.0
"""Standard deviation of the families' scores in the part `behind`, in σ."""
OTHERS = {"moves_without_lessons": "by priors alone", "moves_by_means": "by each move's mean"}
"""What lessons are compared with, in words."""


def plant_all() -> None:
    """Register the catalogue of all worlds, once for a process."""
    for name in PLAIN:
        plant(name, 0.5)
    for kind, names in READING.items():
        for name in names:
            plant(name, 0.5, (kind,))


@register("moves_greedy")
@dataclass(frozen=True)
class GreedyMoves:
    """The researcher of moves without widening."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()
    seed: int = 0
    name: str = "moves_greedy"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return Moves(seed=self.seed, name=self.name, widens=False).ask(view, n=n)


@register("moves_anywhere")
@dataclass(frozen=True)
class AnywhereMoves:
    """The greedy one, to which a change of any parent is worth the same."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()
    seed: int = 0
    name: str = "moves_anywhere"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return Moves(seed=self.seed, name=self.name, widens=False, behind=0.0).ask(view, n=n)


@register("moves_by_means")
@dataclass(frozen=True)
class MeanMoves:
    """Draws each move by the mean of its tries alone, then takes the first parent that lacks it."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()
    seed: int = 0
    name: str = "moves_by_means"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        able = {move.name: move for move in moves.catalogue() if move.suits(view)}
        tries, sums = dict.fromkeys(able, 0.0), dict.fromkeys(able, 0.0)
        for one in trials(view, able):
            weight = faded(view.next_number - one.number, HALF_LIFE)
            tries[one.move] += weight
            sums[one.move] += weight * one.effect
        known = {
            name: Earned(tries=tries[name], gain=sums[name], cost=tries[name], prior=move.traits.prior, weight=0.5)
            for name, move in able.items()
        }
        rng = Seeds(self.seed).child(self.name, view.next_number).rng()
        for name in by_turn(known, rng, floor=FLOOR)[0]:
            for past in parents_of(view):
                for made in able[name].changes(Parent.of(past.experiment), view, rng):
                    if made.recipe.key not in view.asked:
                        return (as_experiment(made, able[name], number=view.next_number, by=self.name, seed=self.seed),)
        return ()


@register("moves_without_lessons")
@dataclass(frozen=True)
class BlindMoves:
    """The researcher of moves, which is told of no try: it draws by priors for ever."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()
    seed: int = 0
    name: str = "moves_without_lessons"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        history = tuple(replace(past, experiment=replace(past.experiment, move="")) for past in view.history)
        return Moves(seed=self.seed, name=self.name, widens=False).ask(replace(view, history=history), n=n)


def dense(place: int, seed: int) -> World:
    """Many moves that help by themselves: of 12 to 39 moves a third to two thirds, by 0.5 to 2.5 σ."""
    rng = np.random.default_rng([21, place, seed])
    n, families = 12 + 3 * place, FAMILIES[: 1 + place % 3]
    useful = round(n * (1 / 3 + place / 27))
    sizes = [*rng.uniform(0.5, 2.5, useful), *rng.uniform(-2, 0, n - useful)]
    own = rng.permutation(sizes).tolist()
    effects = {PLAIN[i]: {f: float(size * (1 + rng.normal(0, 0.3))) for f in families} for i, size in enumerate(own)}
    return World(effects=effects, base=dict.fromkeys(families, 0.0))


def hidden(place: int, seed: int) -> World:
    """One or two moves that help, and two pairs that pay 3 to 5 σ together; the first of a pair harms by 1.5 σ in
    odd worlds. Of 10 to 19 moves the others do nothing, or harm."""
    rng = np.random.default_rng([22, place, seed])
    n, families = 10 + place, FAMILIES[: 1 + place % 2]
    names = rng.permutation(PLAIN[:n]).tolist()
    first = -1.5 if place % 2 else 0.0
    effects = {name: dict.fromkeys(families, 0.0) for name in names}
    together = {}
    for at in (0, 2):
        effects[names[at]] = dict.fromkeys(families, first)
        together[names[at], names[at + 1]] = float(rng.uniform(3, 5)) - first
    for name in names[4 : 5 + place % 2]:
        effects[name] = dict.fromkeys(families, float(rng.uniform(1, 2)))
    for name in names[-(n // 3) :]:
        effects[name] = dict.fromkeys(families, float(-rng.uniform(1, 3)))
    return World(effects=effects, base=dict.fromkeys(families, 0.0), together=together)


def by_family(place: int, seed: int) -> World:
    """What a move does to one family says nothing of another: it helps some by 1 to 3 σ and harms the others as much;
    half of all moves do nothing."""
    rng = np.random.default_rng([23, place, seed])
    n = 24 + 4 * place
    effects = {}
    for i in range(n):
        signs = rng.choice([-1.0, 1.0], len(FAMILIES), p=[0.6, 0.4]) if i % 2 else np.zeros(len(FAMILIES))
        effects[PLAIN[i]] = {
            family: float(sign * rng.uniform(1, 3)) for family, sign in zip(FAMILIES, signs, strict=True)
        }
    return World(effects=effects, base=dict.fromkeys(FAMILIES, 0.0))


def by_columns(place: int, seed: int) -> World:
    """Four of five moves on one kind of columns help by 1 to 3 σ; on the others one of ten does, and half harm."""
    rng = np.random.default_rng([24, place, seed])
    good = KINDS[int(rng.integers(len(KINDS)))]
    effects = {}
    for kind in KINDS:
        for name in READING[kind]:
            share = 0.8 if kind == good else 0.1
            size = rng.uniform(1, 3) if rng.random() < share else -rng.uniform(0, 2) * (rng.random() < 0.5)
            effects[name] = {family: float(size * (1 + rng.normal(0, 0.2))) for family in FAMILIES[: 2 + place % 3]}
    return World(effects=effects, base=dict.fromkeys(FAMILIES[: 2 + place % 3], 0.0))


def apart(place: int, seed: int) -> World:
    """A world of the part lessons whose families are apart."""
    world = (by_family, by_columns)[place % 2](place // 2, seed)
    drawn = np.random.default_rng([25, place, seed]).normal(0.0, APART, len(world.base))
    return replace(world, base=dict(zip(world.base, drawn.tolist(), strict=True)))


def regret(world: World, proposer: str, seed: int, n: int) -> float:
    """How far the champion is below the best, the mean over the experiments."""
    best = max(world.best(family) for family in world.families)
    return best - float(np.mean(Lab(world, proposer, seed).champions(n)))


def regrets(
    words: str, make: Callable[[int, int], World], seeds: range, n: int, *, ways: tuple[str, str], places: int = 10
) -> list[list[tuple[float, float]]]:
    """By world, of each seed: the regret of two searches."""
    found = []
    for place in range(places):
        worlds = {seed: make(place, seed) for seed in seeds}
        found.append([
            (regret(world, ways[0], seed, n), regret(world, ways[1], seed, n)) for seed, world in worlds.items()
        ])  # fmt: skip
        print(words, place, np.round(np.mean(found[-1], axis=0), 2), flush=True)
    return found


Curves = list[list[float]]
"""Of each seed: the champion's true score after each experiment."""


def lesson_curves(seeds: range, n: int) -> dict[str, list[tuple[Curves, Curves]]]:
    """By what lessons are compared with, and by world: curves of the search by lessons over 2 n experiments, and of the
    other over n."""
    found: dict[str, list[tuple[Curves, Curves]]] = {other: [] for other in OTHERS}
    for make in (by_family, by_columns):
        for place in range(4):
            worlds = {seed: make(place, seed) for seed in seeds}
            ours = [Lab(world, "moves_greedy", seed).champions(2 * n) for seed, world in worlds.items()]
            for other, pairs in found.items():
                theirs = [Lab(world, other, seed).champions(n) for seed, world in worlds.items()]
                pairs.append((ours, theirs))
                print(make.__name__, place, other, np.round(mean_ratios([pairs[-1]]), 3), flush=True)
    return found


def mean_ratios(pairs: Sequence[tuple[Curves, Curves]]) -> tuple[float, float, float]:
    """Experiments until a world's mean curve is where the other's ends, over those that the other's needed; geometric
    mean of the worlds, with a 95 % interval by a bootstrap over seeds."""
    rng = np.random.default_rng(0)
    both = [(np.asarray(ours), np.asarray(theirs)) for ours, theirs in pairs]  # (seeds, 2 n), (seeds, n)
    n_seeds = len(both[0][0])

    def ratio(places: np.ndarray) -> float:
        each = [_sooner(ours[places].mean(axis=0), theirs[places].mean(axis=0)) for ours, theirs in both]
        return float(np.exp(np.mean(np.log(each))))

    drawn = [ratio(rng.integers(n_seeds, size=n_seeds)) for _ in range(2_000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return ratio(np.arange(n_seeds)), float(low), float(high)


def lab_ratios(pairs: Sequence[tuple[Curves, Curves]]) -> list[list[float]]:
    """The same of each lab by itself, by world."""
    return [[_sooner(*one) for one in zip(*world, strict=True)] for world in pairs]


def _sooner(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """What is not reached counts as all experiments there are."""
    goal = theirs[-1]
    needed = next(i for i, gained in enumerate(theirs, start=1) if gained >= goal)
    return next((i for i, gained in enumerate(ours, start=1) if gained >= goal), len(ours)) / needed


def false_lesson(seed: int) -> int:
    """Tries of a move that harms until its lesson no longer says that it helps, as its prior and a study do."""
    world = by_family(0, seed)
    name = PLAIN[0]
    world = replace(world, effects={**world.effects, name: dict.fromkeys(FAMILIES, -2.0)})
    lab = Lab(world, "moves", seed, priors=((name, 4.0),))
    note = StudyNote(number=1, kind="planted", question="", leanings=(Leaning(move=name, factor=3.0, why="planted"),))
    for _ in range(300):
        view = replace(lab.director.view(lab.state, seconds_left=None), studies=(note,))
        for one in Moves(seed=seed).ask(view, n=1):
            lab.end(one)
        view = replace(lab.director.view(lab.state, seconds_left=None), studies=(note,))
        found = lessons({move.name: move for move in moves.catalogue()}, view)
        mine = [one for one in found if one.move == name and one.over == "move"]
        if mine and mine[0].mean <= 0:
            return mine[0].n
    return 300


def _ratio(found: list[list[tuple[float, float]]]) -> tuple[float, float, float]:
    """Summed regret of one over that of the other, with a 95 % interval, by a bootstrap over the seeds."""
    rng, both = np.random.default_rng(0), np.asarray(found)  # (worlds, seeds, 2)
    places = rng.integers(both.shape[1], size=(5_000, both.shape[1]))
    sums = both.sum(axis=0)
    drawn = sums[places].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    return float(sums[:, 0].sum() / sums[:, 1].sum()), float(low), float(high)


def check_of(words: str, other: str, found: list[list[tuple[float, float]]], limit: float) -> Check:
    """A promise of regret."""
    ratio, low, high = _ratio(found)
    said = (
        f"regret over that of {other}, of {len(found)} worlds together (95 % from {low:.2f} to {high:.2f} over seeds)"
    )
    return at_most(f"{words}: {said}", ratio, limit, "")


def main() -> None:
    """Run the parts that are asked for, save."""
    made = parser(__doc__)
    made.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    made.add_argument("--seeds", type=int, nargs=2, default=(0, 20))
    made.add_argument("--n", type=int, default=200, help="experiments of a lab; of lessons half as many")
    made.add_argument("--name", default="widening", help="of the file of results")
    args = made.parse_args()
    plant_all()
    seeds, checks, details = range(*args.seeds), [], {"seeds": args.seeds, "n": args.n}
    for part, make, words, limit in (("dense", dense, "dense", 1.05), ("sparse", hidden, "sparse or deceptive", 0.8)):
        if part in args.part:
            details |= {part: regrets(words, make, seeds, args.n, ways=("moves", "moves_greedy"))}
            checks.append(check_of(words, "greedy search", details[part], limit))
    if "behind" in args.part:
        ways = ("moves_greedy", "moves_anywhere")
        details |= {"behind": regrets("behind", apart, seeds, args.n // 2, ways=ways, places=8)}
        checks.append(check_of("lag of parents", "a search of any parents", details["behind"], 1.0))
    if "lessons" in args.part:
        found = lesson_curves(seeds, args.n // 2)
        for other, pairs in found.items():
            ratio, low, high = mean_ratios(pairs)
            what = f"experiments by lessons over those {OTHERS[other]}, 8 worlds (95 % from {low:.2f} to {high:.2f})"
            checks.append(at_most(what, ratio, 0.75, ""))
            each = lab_ratios(pairs)
            ratio, low, high = geometric_interval([one for ratios in each for one in ratios])
            what = f"the same of single labs, whose luck is in it ({OTHERS[other]})"
            checks.append(Check(what=what, asked="–", measured=f"{ratio:.2f} ({low:.2f} to {high:.2f})"))
            details |= {f"lessons {other}": each}
    if "false" in args.part:
        tries = [false_lesson(seed) for seed in seeds]
        checks.append(
            at_most("tries until a planted false lesson is withdrawn, the most", float(max(tries)), 10, "", digits=0)
        )
        details |= {"false": tries}
    save(Outcome(
        name=args.name, title=f"Lessons and widening: {', '.join(args.part)}", checks=tuple(checks),
        details=details, method=str(__doc__),
    ), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
