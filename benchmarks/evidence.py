"""Labs whose truth is known: how often something is claimed that is not there, and how often an interval covers.

    python benchmarks/evidence.py [--labs 200] [--figures 1000] [--sets 2000] [--only figure tests] [--quick]

Generators (evidence_labs): G1 linear labs (squared error, truth from the coefficients), G2 two Gaussian classes (AUC in
closed form), G4 rows in groups. Attackers build their candidates from the rows of the search, as people, programs and
loops do. Real learners: evidence_search. Every part is kept in the results as it is finished, and --only runs some.
"""

import argparse
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import evidence_parts as parts
from evidence_copies import checks_of_copies, copies
from evidence_gain import checks_of_gains, gains, sentences_of_gains
from evidence_groups import checks_of_groups, groups
from evidence_labs import ATTACKERS, N_ROWS, VAULT, agrees_with_gap
from evidence_rare import checks_of_rare, rare
from outcome import RESULTS, Check, Outcome, at_least, at_most, load, save

NAME = "evidence"
MARKS = ("<!-- evidence -->", "<!-- end -->")
SEARCHES = {
    "small effects, 1 sigma": {"useful": 0.1, "strength": 0.1, "c": 1.0},
    "medium effects, 1 sigma": {"useful": 0.1, "strength": 0.25, "c": 1.0},
    "large effects, 1 sigma": {"useful": 0.1, "strength": 0.5, "c": 1.0},
    "small effects, keep if higher": {"useful": 0.1, "strength": 0.1, "c": 0.0},
    "medium effects, keep if higher": {"useful": 0.1, "strength": 0.25, "c": 0.0},
    "many useful moves, 1 sigma": {"useful": 0.45, "strength": 0.2, "c": 1.0},
}
SCORES = {"AUC, 250 rows": (250, "roc_auc"), "AUC, 1,000 rows": (1000, "roc_auc"),
          "accuracy, 250 rows": (250, "accuracy"), "accuracy, 1,000 rows": (1000, "accuracy")}  # fmt: skip
MANY, FEW = 1000, (60, 200)
LASTING = (0.0, 0.5, 0.9, 0.97)


def no_signal(asked: argparse.Namespace) -> dict[str, Any]:
    """Every attacker, and a person who restarts; with --attackers those alone, the others as they are."""
    names = asked.attackers or [name for name, (_, size) in ATTACKERS.items() if not asked.quick or size <= 400]
    before = known(asked.out).get("no signal", {}) if asked.attackers else {}
    cells = {**before.get("attackers", {}), **{name: parts.no_signal(name, asked.labs) for name in names}}
    return {"labs": before.get("labs", asked.labs), "attackers": cells,
            "a person who restarts": before.get("a person who restarts") or parts.restarts(asked.labs)}  # fmt: skip


def known(folder: Path) -> dict[str, Any]:
    """The parts that were run before."""
    return load(folder / f"{NAME}.json").details if (folder / f"{NAME}.json").exists() else {}


def real(asked: argparse.Namespace) -> dict[str, Any]:
    """Searches among moves some of which help."""
    return {
        "labs": asked.labs,
        "searches": {name: parts.improvements(asked.labs, **how) for name, how in SEARCHES.items()},
    }


def figures(asked: argparse.Namespace) -> dict[str, Any]:
    """The certified figure, and corrected ones."""
    found = {"squared error after a search, 250 rows": parts.after_a_search(asked.figures)}
    found |= {name: parts.of_a_score(asked.figures, n=n, metric=metric) for name, (n, metric) in SCORES.items()}
    return {"labs": asked.figures, "certified": found, "pools": asked.labs,
            "60 recipes fixed in advance": parts.fixed_pool(asked.labs),
            "screened and combined": parts.after_hill_climbing(max(asked.labs // 4, 2))}  # fmt: skip


def tests(asked: argparse.Namespace) -> dict[str, Any]:
    """Sizes of the paired test between equally good models."""
    few = max(asked.sets // 4, 50)
    return {
        "sets": asked.sets, "few sets": few,
        "1,000 rows": {name: parts.size_of_test(name, MANY, asked.sets) for name in parts.METRICS},
        "few rows": {f"{name}, {n} rows": parts.size_of_test(name, n, few) for n in FEW for name in ("mse", "roc_auc")},
        "groups told": parts.size_grouped(few, aware=True), "groups not told": parts.size_grouped(few, aware=False),
    }  # fmt: skip


def in_time(asked: argparse.Namespace) -> dict[str, Any]:
    """Intervals of rows in order of time, where errors last."""
    labs = 2 * asked.labs
    return {"labs": labs, "lasting": {f"{one:g}": parts.lasting(one, labs) for one in LASTING}}


def costs(asked: argparse.Namespace) -> dict[str, Any]:
    """How long comparing and auditing take; the audit's is of a tenth of the verdicts, ten times."""
    verdicts = 300 if asked.quick else 1000
    return {"compare": parts.seconds_to_compare(), "verdicts": verdicts, "audit": parts.seconds_to_audit(verdicts)}


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "no signal": no_signal, "real": real, "figure": figures, "tests": tests, "time": in_time, "costs": costs,
    "rare": lambda asked: rare(asked.figures), "groups": lambda asked: groups(asked.figures),
    "gain": lambda asked: gains(asked.labs),
    "copies": lambda asked: copies(max(asked.labs // 200, 1), asked.data),
}  # fmt: skip


# -- what was asked -------------------------------------------------------------------------------------------------


def between(what: str, value: float, low: float, high: float, *, of: int, enough: int) -> Check:
    """A promise that a share lies between two; with fewer runs than enough, by two standard errors more."""
    slack = 0.0 if of >= enough else 200.0 * math.sqrt(0.05 * 0.95 / of)
    low, high = max(low - slack, 0.0), min(high + slack, 100.0)
    return Check(what=what, asked=f"{low:.3g} to {high:.3g} %", measured=f"{100 * value:.1f} %",
                 holds=low <= 100 * value <= high)  # fmt: skip


def below(what: str, value: float, limit: float, *, of: int, enough: int) -> Check:
    """A promise that a share is not above a limit, likewise."""
    slack = 0.0 if of >= enough else 200.0 * math.sqrt(0.05 * 0.95 / of)
    return at_most(what, 100 * value, round(limit + slack, 1), "%", digits=1)


def checks(found: dict[str, Any]) -> Iterator[Check]:
    """The issue's promises, of the parts that were run."""
    if "no signal" in found:
        yield from _of_nothing(found["no signal"])
    if "real" in found:
        for name, cell in found["real"]["searches"].items():
            yield at_most(f"false share of findings: {name}", 100 * cell["false share of findings"], 10, "%", digits=1)
        large = [cell for cell in found["real"]["searches"].values() if cell["large"]]
        for word, limit in (("found", 80), ("firm", 60)):
            share = sum(cell["large"] * cell[f"large {word}"] for cell in large) / max(
                sum(c["large"] for c in large), 1
            )
            yield at_least(f"kept changes of true gain ≥ 4 σ of the vault, {word}", 100 * share, limit, "%", digits=1)
    if "figure" in found:
        yield from _of_figures(found["figure"])
    if "tests" in found:
        yield from _of_tests(found["tests"])
    if "rare" in found:
        yield from checks_of_rare(found["rare"])
    if "groups" in found:
        yield from checks_of_groups(found["groups"])
    if "gain" in found:
        yield from checks_of_gains(found["gain"])
    if "copies" in found:
        yield from checks_of_copies(found["copies"])
    for correlation, share in found.get("time", {}).get("lasting", {}).items():
        what = f"figure covers, rows in order of time, errors that follow each other by {correlation}"
        yield at_least(what, 100 * share, 90, "%", digits=1)
    if "costs" in found:
        slowest = max(found["costs"]["compare"].values())
        yield at_most("100,000 rows compared, slowest of 8 metrics, CPU", slowest, 1, "s")
        seconds = found["costs"]["audit"] * 10_000 / found["costs"]["verdicts"]
        yield at_most(f"10,000 verdicts audited, from {found['costs']['verdicts']:,}, CPU", seconds, 60, "s", digits=0)


def _of_tests(cell: dict[str, Any]) -> Iterator[Check]:
    few = {**cell["few rows"], "rows in 60 groups": cell["groups told"]}
    for name, share in cell["1,000 rows"].items():
        what = f"p ≤ 5 % between equals: {name}, 1,000 rows"
        yield between(what, share, 3.8, 6.3, of=cell["sets"], enough=2000)
    for name, share in few.items():
        yield below(f"p ≤ 5 % between equals: {name}", share, 6.3, of=cell["few sets"], enough=500)


def _of_nothing(cell: dict[str, Any]) -> Iterator[Check]:
    for name, one in cell["attackers"].items():
        yield _few(f"labs that announce: {name}", one["gate on the vault"], one["labs"])
        what = f"the vault's interval covers: {name}" + (
            "" if one["labs"] == cell["labs"] else f", {one['labs']:,} labs"
        )
        yield between(what, one["coverage"], 91, 98, of=one["labs"], enough=200)
    again = cell["a person who restarts"]
    yield _few("labs that announce: a person who restarts, paid for", again["paid for"], cell["labs"])


def _few(what: str, share: float, labs: int) -> Check:
    """At most 16 of 200; of fewer, what chance allows."""
    limit = 0.08 * labs if labs >= 200 else round(0.05 * labs + 2 * math.sqrt(0.05 * 0.95 * labs))
    return at_most(what, round(share * labs), limit, f"of {labs:,}", digits=0)


def _of_figures(cell: dict[str, Any]) -> Iterator[Check]:
    for name, one in cell["certified"].items():
        yield between(f"certified figure covers: {name}", one["coverage"], 93, 97, of=cell["labs"], enough=1000)
        limit = 0.1 * one["sigma"] + 2 * one["error"]
        yield Check(what=f"its mean optimism: {name}", asked=f"≤ {limit:.2g} either way",
                    measured=f"{one['optimism']:+.2g}", holds=abs(one["optimism"]) <= limit)  # fmt: skip
    share = cell["60 recipes fixed in advance"]["BBC-CV"]
    yield between("BBC-CV covers, 60 recipes fixed in advance", share, 93, 100, of=cell["pools"], enough=200)


# -- the page on trust ----------------------------------------------------------------------------------------------


def block(found: dict[str, Any]) -> str:
    """What the page on trust shows of it, as Markdown."""
    deciders = ("keep if higher", "p 5 %", "LORD++", "e-LOND", "gate on the vault")
    lines = ["| attacker, nothing to find | " + " | ".join(deciders) + " | vault interval covers |", "|---" * 7 + "|"]
    for name, cell in found["no signal"]["attackers"].items():
        lines.append(f"| {name} | " + " | ".join(percent(cell[who]) for who in (*deciders, "coverage")) + " |")
    return "\n".join([*lines, "", *sentences(found)])


def sentences(found: dict[str, Any]) -> list[str]:
    """The other figures, in words."""
    cell, figure, sizes = found["no signal"], found["figure"], found["tests"]
    again, pool, adaptive = (
        cell["a person who restarts"],
        figure["60 recipes fixed in advance"],
        figure["screened and combined"],
    )
    auc = figure["certified"]["AUC, 250 rows"]["coverage"]
    return [
        f"{cell['labs']} labs a row of {N_ROWS:,} rows each, a quarter of them the vault; share of labs that announce",
        "something. Three attackers were run on to 1,000 labs, as in their first 200, which share one target,",
        "the interval covered in 90.0 to 91.5 %. A person who reads each report and starts again, three openings:",
        f"{percent(again['paid for'])} where openings are paid for,",
        f"{percent(again['5 % each time'])} at 5 % each time.",
        f"The interval of an AUC on 250 vault rows covers in {percent(auc)} of {figure['labs']:,} labs; the corrected",
        f"figure of the best of 60 recipes fixed in advance in {percent(pool['BBC-CV'])}, the uncorrected one in",
        f"{percent(pool['naive'])}. After columns were screened and combined the corrected figure covers in",
        f"{percent(adaptive['BBC-CV'])}: after an adaptive search it is called *not certified*.",
        f"Two equal models on rows in groups differ at p ≤ 0.05 in {percent(sizes['groups told'])} where the groups",
        f"are told, in {percent(sizes['groups not told'])} where they are not.",
        "",
        *(sentences_of_gains(found["gain"]) if "gain" in found else ()),
        "",
        "Searches of 165 moves, a tenth or nearly half of them useful; what they kept, tested change by change there:",
        "",
        *power(found["real"]["searches"]),
    ]  # fmt: skip


def power(searches: dict[str, Any]) -> list[str]:
    """Found and firm by the true size of a change, over all searches; and the false share of the worst."""
    lines = ["| true gain of a change, in σ of the vault | changes | found | firm |", "|---|---:|---:|---:|"]
    for at, low in enumerate(parts.EDGES[:-1]):
        cells = [cell["power"][at] for cell in searches.values()]
        n = sum(cell[1] for cell in cells)
        if n:
            shares = (sum(cell[1] * (cell[place] or 0.0) for cell in cells) / n for place in (2, 3))
            high = parts.EDGES[at + 1]
            band = f"{low:g} to {high:g}" if high < float("inf") else f"above {low:g}"
            lines.append(f"| {band} | {n:,} | " + " | ".join(percent(share) for share in shares) + " |")
    worst = percent(max(cell["false share of findings"] for cell in searches.values()))
    firm = percent(max(cell["labs with a false firm one"] for cell in searches.values()))
    return [
        *lines,
        "",
        f"The mean share of false ones among findings is at most {worst} in any of the six kinds of search,",
        f"keep-if-higher among them; a false one is firm in at most {firm} of the labs.",
    ]  # fmt: skip


def percent(share: float) -> str:
    """ "2.5 %" """
    return f"{100 * share:.1f} %"


def outcome(found: dict[str, Any]) -> Outcome:
    """Everything that is known, as the page of benchmarks shows it."""
    return Outcome(
        name=NAME, title="Evidence", checks=tuple(checks(found)), details=found,
        method=f"Labs of {N_ROWS:,} simulated rows, {VAULT:.0%} the vault, whose truth is exact; announced: the gate, "
        "and so a change behind it, at the level of the first opening. Power: changes kept by searches of 165 moves. "
        "Attackers shown on 1,000 labs were run on after their first 200, in which they share one target and the "
        "interval covered in 90.0 to 91.5 %.",
    )  # fmt: skip


def rounded(value: Any) -> Any:
    """Four digits are enough to be looked at."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return (str(value) if value in (float("inf"),) else float(f"{value:.4g}")) if isinstance(value, float) else value


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labs", type=int, default=200)
    parser.add_argument("--figures", type=int, default=1000, help="labs of the figure's coverage")
    parser.add_argument("--sets", type=int, default=2000, help="pairs of equal models")
    parser.add_argument("--only", nargs="*", choices=tuple(PARTS), default=list(PARTS))
    parser.add_argument("--attackers", nargs="*", choices=tuple(ATTACKERS), help="only these, e.g. with more labs")
    parser.add_argument("--data", type=Path, help="folder with manifest.json, whose tables are asked for copies")
    parser.add_argument("--quick", action="store_true", help="leave out the screen of 2,000 columns; a smaller audit")
    parser.add_argument("--report", action="store_true", help="run nothing")
    parser.add_argument("--strict", action="store_true", help="end with 1 where a promise does not hold")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of results (benchmarks/results)")
    parser.add_argument("--page", type=Path, help="a page to write the table into, between its marks")
    return parser.parse_args()


def main() -> None:
    """Run the parts, keep what was found, say what holds."""
    asked = parsed()
    if not agrees_with_gap():
        raise SystemExit("The simulation's fast z is not that of evidence.gap any more.")
    found = known(asked.out)
    for name in () if asked.report else asked.only:
        started = time.process_time()
        found[name] = rounded({**PARTS[name](asked), "cpu_seconds": time.process_time() - started})
        print(f"{name}: {found[name]['cpu_seconds']:.0f} CPU s", flush=True)
        save(outcome(found), asked.out)
    made = outcome(found)
    if asked.report:
        save(made, asked.out)
    if asked.page is not None:
        before, rest = asked.page.read_text().split(MARKS[0])
        asked.page.write_text(f"{before}{MARKS[0]}\n{block(found)}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")
    if asked.strict and any(check.holds is False for check in made.checks):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
