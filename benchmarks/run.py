"""Run benchmarks and write the page of their results.

    python benchmarks/run.py --write docs/benchmarks.md [--data DATA] [--only start size] [--report]

Without --data the two that need the manifest's tables are left out: `deadline` takes some three hours, `panel` three
quarters of an hour. Each script can be run by itself, with options of its own; --report only writes the page, on which
what has no new result stays as it was.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from outcome import RESULTS, Check, Outcome, load, parser
from scale_plot import draw_growth
from sections import VERSIONS, Section, sections_of, updated

SCRIPTS = (
    "start", "latency", "batch", "size", "exact", "kill", "throughput", "scale", "reading", "looking",
    "inspect_planted", "kinds", "infer", "bandit",
    "features", "features_panel", "panel", "deadline",
)  # fmt: skip
PAGES = (
    *SCRIPTS,
    "attacks",
    "attacks_bundles",
    "later",
    "coverage",
    "many_classes",
    "busy",
    "effort",
    "pairs",
    "evidence",
    "evidence_search",
    "kill_research",
    "hints",
    "long_lab",
    "plan",
    "text",
    "text_titles",
    "text_speed",
    "keeps",
    "blends",
    "guarded_moves",
    "research_crm",
    "research_panel",
    "research_null",
    "widening_dense",
    "widening_sparse",
    "widening_lessons",
    "widening_false",
    "widening_behind",
    "memory",
    "shap",
    "tune",
    "peers",
    "peers_large",
)
"""What the page shows; the peers' part is made by peers/report.py, from results of their harness. A result that is not
in the folder of this machine's results is looked for among those kept in RESULTS."""
NEED_DATA = ("kinds", "features_panel", "panel", "deadline")
HERE = Path(__file__).parent
MARKS = {True: "yes", False: "**no**", None: "–"}
HEAD = """# Benchmarks

What was asked of Assay and what was measured, the lost ones too. Made by `make benchmark DATA=folder`; each figure
comes from the script of its heading in `benchmarks/`. A load above the number of cores means that others worked on
the machine at the same time: such times are upper bounds.
"""


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines of a Markdown table; the first column is text, the others are set right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *escaped)]


def section(outcome: Outcome) -> list[str]:
    """One benchmark: method, promises, where and when."""

    def row(check: Check) -> tuple[str, ...]:
        return check.what, check.asked, check.measured, MARKS[check.holds]

    lines = [f"## {outcome.title}", "", outcome.method, ""]
    lines += table(("what", "asked", "measured", "holds"), [row(check) for check in outcome.checks])
    if outcome.name == "scale" and len(outcome.details["growth"]) > 1:
        lines += ["", "![Seconds and peak memory over the number of rows, both axes in logarithms.](img/scale.svg)"]
    if outcome.name == "panel":
        lines += ["", *panel_table(outcome)]
    if outcome.name == "batch":
        lines += ["", *batch_table(outcome)]
    if outcome.name == "evidence_search":
        lines += search_tables(outcome)
    if outcome.name == "text":
        lines += ["", *text_table(outcome)]
    if outcome.name in ("peers", "peers_large"):
        lines += ["", *peers_tables(outcome)]
    facts = outcome.machine
    where = f"{facts['processor']}, {facts['cores']} cores, {facts['memory']}, Python {facts['python']}"
    return [*lines, "", f"*{outcome.date[:10]}, {where}, load {facts['load']}.*", ""]


def search_tables(outcome: Outcome) -> list[str]:
    """Optimism against gain, a table a learner, a row a rule of keeping."""
    lines: list[str] = []
    for learner, rules in outcome.details.items():
        head = (f"{learner}, kept by", "searches", "own folds", "last folds", "anew", "corrected",
                "true gain − keep-if-higher's, sd", "kept", "fits", "same again")  # fmt: skip
        rows = [
            (one["rule"], str(one["labs"]), *(_pair(one["told"][way]) for way in ("optimism", "again", "anew", "bbc")),
             _pair(one["gain"], "+"), f"{one['kept']:.0f}", f"{one['fits']:.0f}",
             f"{100 * one['aa']:.0f} %")
            for one in rules if one["labs"]
        ]  # fmt: skip
        lines += ["", *table(head, rows)]
    return lines


def _pair(value: tuple[float, float] | None, sign: str = "") -> str:
    """A mean and its standard error."""
    return "–" if value is None else f"{round(value[0], 2) + 0.0:{sign}.2f} ± {value[1]:.2f}"


def batch_table(outcome: Outcome) -> list[str]:
    """Seconds of every kind and number of rows: loaded with the first answer, and again."""
    known = [who for who in ("now", "before", "library") if any(f"{who}, first" in line for line in outcome.details)]
    head = [f"{who}, {when}" for who in known for when in ("first", "again")]
    rows = [
        (line["kind"], f"{line['rows']:,}", *(f"{line[name]:.4f}" if name in line else "–" for name in head))
        for line in outcome.details
    ]
    return table(("model", "rows", *head), rows)


def panel_table(outcome: Outcome) -> list[str]:
    """Scores of everyone on every table, with the difference to the baseline."""
    rows = []
    for line in outcome.details:
        scores, over = line["scores"], line["over"]["baseline"]
        digits = 1 if max(abs(value) for value in scores.values()) > 100 else 4
        cells = [f"{scores[name]:,.{digits}f}" for name in ("ours", "baseline", "lightgbm", "catboost")]
        gain = f"{over['value']:+,.{digits}f} ({over['low']:+,.{digits}f} to {over['high']:+,.{digits}f})"
        rows.append((f"{line['table']}, {line['metric']}", *cells, gain.replace("-", "−")))
    return table(("table, metric", "Assay", "baseline", "LightGBM", "CatBoost", "over the baseline (95 %)"), rows)


def text_table(outcome: Outcome) -> list[str]:
    """Means over splits of everyone on every set with text, and of the differences to the tuned linear model; in
    brackets the splits on which the 95 % interval is above nought, and below.
    """
    names = {"ours": "Assay", "tuned": "tuned linear", "concatenated": "LightGBM on all", "table": "on the table",
             "autogluon": "AutoGluon"}  # fmt: skip
    rows = []
    for one in outcome.details:
        means = {name: fmean(scores.values()) for name, scores in one["scores"].items()}
        cells = [f"{means[name]:,.4g}" if name in means else "–" for name in names]
        over = list(one["over"].get("tuned", {}).values())
        better, worse = sum(each["low"] > 0 for each in over), sum(each["high"] < 0 for each in over)
        gain = f"{fmean(each['value'] for each in over):+,.4f} ({better}, {worse} of {len(over)})" if over else "–"
        rows.append((f"{one['table']}, {one['metric']}", *cells, gain.replace("-", "−")))
    return table(("set, metric", *names.values(), "over the tuned (better, worse)"), rows)


def peers_tables(outcome: Outcome) -> list[str]:
    """A line a system, then every table."""
    head = ("system", "mean rank", "tables", "Assay wins, % (95 %)", "wall s", "row ms", "MB", "predict s", "load")
    rows = []
    for one in outcome.details["peers"]:
        win = "" if one["win"] is None else "{:.0f} ({:.0f} to {:.0f})".format(*one["win"])
        costs = (str(one[key]) for key in ("wall_s", "row_ms", "mb", "predict_s", "load"))
        rows.append((one["peer"], str(one["rank"]), str(one["tables"]), win, *costs))
    names = [one["peer"] for one in outcome.details["peers"]]
    errors = []
    for line in outcome.details["tables"]:
        known = {name: line[name] for name in names if line[name] == line[name]}  # NaN: it has not run here
        best = min(known.values())
        shown = [f"{known[name]:,.4g}" if name in known else "–" for name in names]
        shown = [f"**{text}**" if known.get(name) == best else text for name, text in zip(names, shown, strict=True)]
        errors.append((f"{line['table']}, {outcome.details['metric'][line['table']]}", *shown))
    lines = [*table(head, rows), "", *table(("error of", *names), errors), *seeds_table(outcome)]
    return [*lines, *longer_table(outcome)]


def longer_table(outcome: Outcome) -> list[str]:
    """Our error beside that of peers with more time, where some were run."""
    lines = outcome.details.get("longer", [])
    if not lines:
        return []
    shown = [
        (f"{line['table']}, split {line['seed']}", f"{line['ours']:,.4g}",
         "–" if line["as_long"] is None else f"{line['as_long']:,.4g}", f"{line['theirs']:,.4g}",
         f"{line['peer']}, {line['budget']:g} s", f"{line['load']:.1f}")
        for line in lines
    ]  # fmt: skip
    return [
        "",
        *table(("error of", "ours", "ours, with the peer's time", "a peer with more time", "peer", "load"), shown),
    ]


def seeds_table(outcome: Outcome) -> list[str]:
    """Ours on other splits too, where nobody else has run: what a split alone changes."""
    lines = outcome.details.get("seeds", [])
    names = sorted({seed for line in lines for seed in line["errors"]}, key=int)
    if len(names) < 2:
        return []
    rows = [
        (line["table"], *(f"{line['errors'][seed]:,.4g}" if seed in line["errors"] else "–" for seed in names),
         f"{line['longest']:.1f}", f"{line['row_ms']:.2f}")
        for line in lines
    ]  # fmt: skip
    head = ("error of ours", *(f"split {seed}" for seed in names), "longest fit, s", "slowest row, ms")
    return ["", *table(head, rows)]


def page(folder: Path, before: str = "") -> str:
    """The whole page: sections of the outcomes that are there, the others as the page `before` has them."""
    places = [_place(folder, name) for name in PAGES]
    found = [load(place) for place in places if place is not None]
    new = [Section(outcome.title, *_counted(outcome), "\n".join(section(outcome)).rstrip() + "\n") for outcome in found]
    shown = updated(sections_of(before), new)
    rows = [(one.title, str(one.asked), str(one.kept)) for one in shown]
    lines = [HEAD, *table(("benchmark", "promises", "kept"), rows), "", *(one.text for one in shown)]
    if found:
        newest = max(found, key=lambda outcome: outcome.date)
        lines.append(f"{VERSIONS}{newest.machine['versions']}.\n")
    return "\n".join(lines)


def _place(folder: Path, name: str) -> Path | None:
    """Where the result of a benchmark lies: in this machine's folder, else among those kept."""
    return next((p / f"{name}.json" for p in (folder, RESULTS) if (p / f"{name}.json").exists()), None)


def _counted(outcome: Outcome) -> tuple[int, int]:
    asked = [check for check in outcome.checks if check.holds is not None]
    return len(asked), sum(bool(check.holds) for check in asked)


def main() -> None:
    """Run, then write."""
    arguments = parser(__doc__)
    arguments.add_argument("--write", type=Path, help="the page, e.g. docs/benchmarks.md")
    arguments.add_argument("--data", type=Path, help="folder with manifest.json")
    arguments.add_argument("--only", nargs="*", choices=SCRIPTS, default=SCRIPTS)
    arguments.add_argument("--report", action="store_true", help="run nothing")
    args = arguments.parse_args()
    for name in () if args.report else args.only:
        if name in NEED_DATA and args.data is None:
            print(f"{name} needs --data and is left out.", flush=True)
            continue
        data = ["--data", str(args.data)] if name in NEED_DATA else []
        done = subprocess.run([sys.executable, str(HERE / f"{name}.py"), "--out", str(args.out), *data], check=False)
        if done.returncode:
            print(f"{name} ended with {done.returncode}; its earlier result, if any, is kept.", flush=True)
    if args.write:
        before = args.write.read_text() if args.write.exists() else ""
        args.write.write_text(page(args.out, before))
        grown = _place(args.out, "scale")
        if grown is not None:
            draw_growth(load(grown), args.write.parent / "img" / "scale.svg")


if __name__ == "__main__":
    main()
