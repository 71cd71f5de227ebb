"""Proposes a change of the search's settings file to its gate, on planted labs; or shows that harmful ones are refused.

    python benchmarks/tune.py --set director.moves_floor=0.1 [--write]
    python benchmarks/tune.py --roll-back
    python benchmarks/tune.py --harmful

The settings file (src/assay/research/search_settings.json) holds the portfolio's order, priors of moves and what the
director and the moves go by. A change is scored beside the file as it is on planted worlds (benchmarks/widening.py):
what the members of the blend gained, in truth, the mean over the experiments, as a share of what can be gained. The
gate (memory/settings_gate.py) adopts it where it wins by a paired one-sided test, at 5 %, on worlds that it was not
chosen on: those of seeds below 1000. --write puts what was adopted in place, and keeps what was there for --roll-back.

Of the file only what planted labs can show is scored: settings of moves, lessons and widening, and priors of moves.
The portfolio's order and the director's credit need labs on real tables: hand their scores over with --scores BEFORE
AFTER (JSON files: a score by name of the task, higher is better) and --chosen-on NAMES.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.memory.settings_gate import GateAnswer, SettingsFile, gate
from assay.research import search_settings
from assay.research.search_settings import FILE, SearchSettings, shipped_text
from outcome import Outcome, all_of, parser, save

PLACE = SettingsFile(
    Path(search_settings.__file__).with_name(FILE), Path(__file__).parent / "settings_before"
)  # fmt: skip
WORLDS = ("by_family", "by_columns", "dense", "hidden")
N = 60
HARMFUL: tuple[tuple[str, object], ...] = (
    ("director.moves_floor", 0.5), ("director.moves_floor", 0.3), ("director.lessons_boldness", 2.0),
    ("director.lessons_boldness", 0.0), ("director.lessons_move", 1.0), ("director.lessons_of_move", 0.01),
    ("director.lessons_of_move", 10.0), ("director.moves_half_life", 5), ("director.widening_window", 5),
    ("director.widening_seen", 20), ("director.moves_floor", 0.9), ("director.seed", 3), ("seed", 1),
    ("director.credit_floor", 0.9), ("director.in_a_row", 0), ("version", 2), ("priors.w00", 99),
    ("portfolio.tables", "lgb_std et"), ("portfolio.many_classes", "knn knn"), ("director.lessons_boldness", "most"),
)  # fmt: skip
"""Changes that make the search worse, or that are no settings."""


def changed(text: str, name: str, value: object) -> str:
    """The settings file with one field set; what is no setting is for the gate to refuse."""
    body = json.loads(text)
    *groups, last = name.split(".", 1)
    place = body[groups[0]] if groups else body
    place[last] = value
    return json.dumps(body)


def scores_of(text: str, seeds: Sequence[int], n: int) -> dict[str, float]:
    """By name of the world, with these settings; in a process of its own, as settings are read at import."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        file.write_text(text)
        words = [sys.executable, __file__, "--score", str(file), "--seeds", *map(str, seeds), "--n", str(n)]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def score(file: Path, seeds: Sequence[int], n: int) -> None:
    """Print the scores of these settings, before anything that reads the shipped ones is imported."""
    search_settings.SHIPPED = SearchSettings.read(file.read_text())  # as if it had been shipped
    import widening
    from planted_moves import Lab

    widening.plant_all()
    found = {}
    for make in WORLDS:
        for seed in range(*seeds):
            world = getattr(widening, make)(seed % 4, seed)
            reach = sum(world.best(family) - world.base[family] for family in world.families) / len(world.families)
            curve = Lab(world, "moves", seed).curve(n)
            found[f"{make} {seed}"] = sum(curve) / len(curve) / max(reach, 1e-9)
    print(json.dumps(found))


def asked(
    name: str, value: object, before: Mapping[str, float], seeds: Sequence[int], n: int
) -> tuple[str, GateAnswer]:
    """The changed file, and what the gate says of it."""
    text = changed(shipped_text(), name, value)
    try:
        after = scores_of(SearchSettings.read(text).as_text(), seeds, n)
    except Exception as error:  # whatever is wrong with it, the gate says so
        print(f"  {name} = {value}: not scored ({str(error)[:90]})", file=sys.stderr)
        after = {}
    return text, gate(shipped_text(), text, before, after, chosen_on=frozenset())


def harmful(seeds: Sequence[int], n: int, folder: Path) -> None:
    """Every harmful change is refused, and after a change that is adopted the way back is byte-equal."""
    before = scores_of(shipped_text(), seeds, n)
    answers = {}
    for place, (name, value) in enumerate(HARMFUL, start=1):
        _, answers[f"{place} {name} = {value}"] = asked(name, value, before, seeds, n)
        print(f"  {name} = {value}: {list(answers.values())[-1].why}", flush=True)
    let_through = [name for name, answer in answers.items() if answer.is_adopted]
    save(Outcome(
        name="tune", title="Settings behind a gate",
        checks=(all_of("harmful changes refused", let_through, len(answers)),
                all_of("roll-back is byte-equal", [] if rolls_back() else ["not"], 1)),
        details={name: answer.why for name, answer in answers.items()}, method=str(__doc__),
    ), folder)  # fmt: skip


def rolls_back() -> bool:
    """On a copy of the shipped file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        file.write_text(shipped_text())
        place, text = SettingsFile(file, Path(folder) / "before"), changed(shipped_text(), "director.moves_floor", 0.1)
        place.adopt(text, GateAnswer(is_adopted=True, why="to go back from"))
        was_changed = file.read_text() != shipped_text()
        place.roll_back()
        return was_changed and file.read_bytes() == shipped_text().encode()


def main() -> None:
    """Score, ask the gate, and write where that is asked for."""
    made = parser(__doc__)
    made.add_argument("--set", dest="change", metavar="NAME=VALUE")
    made.add_argument("--write", action="store_true", help="put an adopted change in place")
    made.add_argument("--roll-back", action="store_true", help="undo the last change that was put in place")
    made.add_argument("--harmful", action="store_true")
    made.add_argument("--scores", nargs=2, type=Path, metavar="FILE", help="scores before and after, made elsewhere")
    made.add_argument("--chosen-on", nargs="*", default=[], help="tasks of --scores that the change was chosen on")
    made.add_argument("--score", type=Path, help=f"print the scores of a {FILE}")
    made.add_argument("--seeds", type=int, nargs=2, default=(0, 6))
    made.add_argument("--n", type=int, default=N, help="experiments of a lab")
    args = made.parse_args()
    if args.score is not None:
        score(args.score, args.seeds, args.n)
    elif args.roll_back:
        PLACE.roll_back()
    elif args.harmful:
        harmful(args.seeds, args.n, args.out)
    elif args.change:
        name, _, value = args.change.partition("=")
        _ask_for(name, json.loads(value), args)
    else:
        made.error("nothing to do: --set, --roll-back or --harmful")


def _ask_for(name: str, value: object, args: object) -> None:
    given = vars(args)
    if given["scores"]:
        before, after = (json.loads(file.read_text()) for file in given["scores"])
        text = changed(shipped_text(), name, value)
        answer = gate(shipped_text(), text, before, after, chosen_on=frozenset(given["chosen_on"]))
    else:
        before = scores_of(shipped_text(), given["seeds"], given["n"])
        text, answer = asked(name, value, before, given["seeds"], given["n"])
    print(f"{'adopted' if answer.is_adopted else 'refused'}: {answer.why}")
    if answer.is_adopted and given["write"]:
        PLACE.adopt(text, answer)


if __name__ == "__main__":
    main()
