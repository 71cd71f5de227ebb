"""Text columns: Assay against a tuned linear model on n-grams, LightGBM and AutoGluon; costs; names with many levels.

    python benchmarks/text.py --data DATA [--tables trec6 …] [--seeds 0 1 2] [--seconds 120] [--autogluon PYTHON]
                              [--text-model FOLDER …]
    python benchmarks/text.py --part speed [--calls FILE.parquet TEXT_COLUMN TARGET]
    python benchmarks/text.py --part titles --data DATA --before CHECKOUT/src [--seconds 60]
    python benchmarks/text.py --part fold --data DATA
    python benchmarks/text.py --report [--part titles]

ladder (if no part is named): every set of the manifest with text, divided 70/30. The tuned model chooses n-grams of
words and characters, weights and strength by five folds of the training rows, in as many seconds and cores as Assay
has. Without --autogluon, an interpreter that has it, AutoGluon is left out, and that is said; without --text-model,
folders of pretrained encoders, so is Assay with vectors of texts. What is in the folder of results is not run again,
unless --anew (with --methods: only these).

speed: 100,000 generated texts as n-grams, and one row of 1,000 words through a saved model; with --text-model, each
encoder's first and second reading of the same texts; and models of terms as a search fits them beside scikit-learn's
pipeline of the same terms, on --calls or generated texts.

fold: whether terms and components learned on all cells flatter the figure out of fold.

titles: generated tables of dirty titles, and those of the manifest whose names have many levels, by this code and an
earlier checkout in turn.
"""

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from judge import difference
from outcome import Check, Outcome, all_of, at_least, parser, save
from text_fold import fold
from text_ladder import METHODS, PRESET, Asked, Line, answers, lines_of, play, sets
from text_speed import TEXTS, speed
from text_titles import titles

RIVALS = ("tuned", "autogluon")
"""Those that nothing may be worse than."""
TREC, CRM, CRM_GAIN, WON = 0.90, 0.66, 0.03, 70.0
Found = dict[str, Any]


def summed_up(lines: Sequence[Line], folder: Path) -> list[Found]:
    """Each set: scores by method and seed, and the differences of ours to the others on the same rows."""
    tables = dict.fromkeys(line["table"] for line in lines)
    return [_set([line for line in lines if line["table"] == table], folder) for table in tables]


def _set(lines: Sequence[Line], folder: Path) -> Found:
    by = {(line["method"], line["seed"]): line for line in lines if line["score"] is not None}
    seeds = sorted({line["seed"] for line in lines})
    found: Found = {key: lines[0][key] for key in ("table", "metric", "higher_is_better", "seconds")}
    known = [method for method in METHODS if any((method, seed) in by for seed in seeds)]
    found["scores"] = {one: {seed: by[one, seed]["score"] for seed in seeds if (one, seed) in by} for one in known}
    found["took"] = {one: {seed: by[one, seed]["took"] for seed in seeds if (one, seed) in by} for one in known}
    found["load"] = max(line["load"] for line in lines)
    found["over"] = {}
    for method in [one for one in known if one != "ours" and "ours" in known]:
        found["over"][method] = {seed: _over(by["ours", seed], by[method, seed], folder) for seed in seeds
                                 if ("ours", seed) in by and (method, seed) in by}  # fmt: skip
    return found


def _over(ours: Line, other: Line, folder: Path) -> dict[str, float]:
    (truth, mine), (same, theirs) = answers(folder, ours), answers(folder, other)
    if not np.array_equal(truth, same):
        raise RuntimeError(f"{ours['answer']} and {other['answer']} answer other rows. Play one of them anew.")
    return difference(ours["metric"], truth, mine, theirs, higher=ours["higher_is_better"])


def checks(found: Sequence[Found]) -> tuple[Check, ...]:
    """What was asked, of those sets and methods that are there."""
    made = [check for rival in RIVALS for check in _against(found, rival)]
    means = {one["table"]: {method: float(np.mean(list(scores.values()))) for method, scores in one["scores"].items()}
             for one in found}  # fmt: skip
    if "ours" in means.get("trec6", {}):
        made.append(at_least(f"trec6, accuracy, mean of {_splits(found, 'trec6')}", means["trec6"]["ours"], TREC, "",
                             digits=4))  # fmt: skip
    if {"ours", "embeddings"} <= set(means.get("trec6", {})):
        gain = means["trec6"]["embeddings"] - means["trec6"]["ours"]
        made.append(at_least("trec6, accuracy, vectors of an encoder above none", gain, 0.0, "", digits=4))
    if "ours" in means.get("crm_calls", {}):
        own, splits = means["crm_calls"], _splits(found, "crm_calls")
        made.append(at_least(f"crm_calls, ROC AUC, mean of {splits}", own["ours"], CRM, "", digits=4))
        gain = own["ours"] - own.get("concatenated", np.nan)
        made.append(at_least("crm_calls, above LightGBM on concatenated features", gain, CRM_GAIN, "", digits=4))
    return tuple(made)


def _splits(found: Sequence[Found], table: str) -> str:
    count = next(len(one["scores"]["ours"]) for one in found if one["table"] == table)
    return f"{count} splits" if count > 1 else "one split"


def _against(found: Sequence[Found], rival: str) -> list[Check]:
    """Nowhere worse beyond the interval, on most sets better."""
    played = {one["table"]: one["over"][rival] for one in found if one["over"].get(rival)}
    name = {"tuned": "the tuned linear model", "autogluon": f"AutoGluon ({PRESET}, texts as n-grams)"}[rival]
    if not played:
        return [Check(what=f"against {name}", asked="–", measured="not measured")]
    pairs = [(f"{table}/{seed}", over) for table, seeds in played.items() for seed, over in seeds.items()]
    worse = [what for what, over in pairs if over["high"] < 0]
    won = [float(np.mean([over["value"] for over in seeds.values()])) > 0 for seeds in played.values()]
    surely = sum(over["low"] > 0 for _, over in pairs)
    return [
        all_of(f"not worse than {name} beyond the 95 % interval", worse, len(pairs)),
        Check(what=f"better than {name} beyond the 95 % interval", asked="–", measured=f"{surely} of {len(pairs)}"),
        at_least(f"better than {name}, share of {len(won)} sets", 100 * float(np.mean(won)), WON, "%", digits=0),
    ]


def ceilings(data: Path | None, table: str) -> dict[str, float]:
    """The best figures that can be reached on a set, where its makers know them."""
    entries = json.loads((data / "manifest.json").read_text()) if data else []
    found: Found = next((entry for entry in entries if entry["name"] == table), {})
    told = {**found.get("bayes", {}), **found.get("known_floor", {})}
    return {name: value for name, value in told.items() if isinstance(value, int | float)}


def show(found: Sequence[Found]) -> None:
    """A table for each set."""
    for one in found:
        print(f"\n{one['table']}, {one['metric']}, {'more' if one['higher_is_better'] else 'less'} is better")
        for method, scores in one["scores"].items():
            cells = [f"{seed}: {value:.4f} ({one['took'][method][seed]:.0f} s)" for seed, value in scores.items()]
            over = [f"{seed}: {o['value']:+.4f} ({o['low']:+.4f} to {o['high']:+.4f})"
                    for seed, o in one["over"].get(method, {}).items()]  # fmt: skip
            print(f"  {method:13} {np.mean(list(scores.values())):.4f}   {'  '.join(cells)}")
            print(f"  {'':13} ours over it   {'  '.join(over)}" if over else "", end="\n" if over else "")
        for name, value in one["ceilings"].items():
            print(f"  {name}: {value}")


def ladder(args: Namespace) -> None:
    """Play what is missing, sum up, save."""
    if not args.report:
        asked = Asked(out=args.out, seconds=args.seconds, seeds=args.seeds, methods=args.methods,
                      autogluon=args.autogluon, text_models=tuple(args.text_model), anew=args.anew)  # fmt: skip
        if not args.text_model and "embeddings" in args.methods:
            print("Vectors of texts are left out: --text-model names no folder of an encoder.", flush=True)
        if args.autogluon is None and "autogluon" in args.methods:
            print("AutoGluon is left out: --autogluon names no interpreter that has it.", flush=True)
        args.out.mkdir(parents=True, exist_ok=True)
        play(sets(args.data, args.tables), asked)
    lines = [line for line in lines_of(args.out) if line["seconds"] == args.seconds
             and (not args.tables or line["table"] in args.tables)]  # fmt: skip
    if not lines:
        raise SystemExit(f"No result with {args.seconds:g} s in {args.out}.")
    found = [{**one, "ceilings": ceilings(args.data, one["table"])} for one in summed_up(lines, args.out)]
    show(found)
    method = (
        f"{args.seconds:g} s and two cores for Assay, the tuned linear model and AutoGluon; 70/30 splits, seeds "
        f"{sorted({line['seed'] for line in lines})}; differences on the same test rows, with 95 % intervals of a "
        "paired bootstrap, positive better."
    )
    save(Outcome(name="text", title="Text columns", checks=checks(found), details=found, method=method), args.out)


def arguments() -> Namespace:
    """What is asked on the command line."""
    made = parser(__doc__)
    made.add_argument("--part", nargs="+", choices=("ladder", "speed", "titles", "fold"), default=["ladder"])
    made.add_argument("--data", type=Path, help="folder with manifest.json")
    made.add_argument("--tables", nargs="+")
    made.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    made.add_argument("--seconds", type=float, default=120.0)
    made.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    made.add_argument("--autogluon", type=Path, help="an interpreter that has AutoGluon")
    made.add_argument("--text-model", nargs="+", default=[], help="folders of pretrained encoders")
    made.add_argument("--anew", action="store_true", help="run though the result is there")
    made.add_argument("--before", type=Path, help="src of an earlier checkout, for titles")
    made.add_argument("--calls", nargs=3, help="a table of two classes, its column of texts, its target, for speed")
    made.add_argument("--rows", type=int, default=TEXTS, help="generated texts, for speed")
    made.add_argument("--report", action="store_true", help="only sum up what is there")
    args = made.parse_args()
    if not args.report and args.data is None and args.part != ["speed"]:
        made.error("give --data, or --report to sum up what is there")
    if "titles" in args.part and args.before is None and not args.report:
        made.error("titles compares with an earlier checkout: give --before CHECKOUT/src")
    if "speed" in args.part and args.report:
        made.error("speed is measured in one go: there is nothing to sum up")
    return args


def main() -> None:
    """The parts that are asked for."""
    args = arguments()
    for part in args.part:
        {"ladder": ladder, "speed": speed, "titles": titles, "fold": fold}[part](args)


if __name__ == "__main__":
    main()
