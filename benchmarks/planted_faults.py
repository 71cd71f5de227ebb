"""Do the tests notice? Ten faults in ten rooms, one at a time, each in a copy of the tree.

    python benchmarks/planted_faults.py [--only NAME]

For each: whether a test that `make test` runs finds it, else whether one of `make test-all` does, of the folders of
tests that are about it. All should be found, eight or more of them by `make test`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Fault:
    """One edit. rooms: folders of tests."""

    name: str
    file: str
    right: str
    wrong: str
    rooms: tuple[str, ...]


FAULTS = (
    Fault("keeps at half the noise", "evidence/judge.py", "if z >= c and", "if z >= c / 2 and", ("evidence", "lab")),
    Fault(
        "folds forget the classes", "data/make_split.py", "    strata = _strata(target)\n",
        "    strata = np.zeros(len(target.values), dtype=np.int64)\n", ("data", "lab"),
    ),
    Fault(
        "a logarithm is not undone", "pipeline/target_transforms.py", "return np.expm1(np.minimum(scores, 700.0))",
        "return np.exp(np.minimum(scores, 700.0))", ("pipeline", "lab"),
    ),
    Fault(
        "a row's own target teaches", "features/smoothed_means.py",
        "smooth(leave_fold_out(sums.reshape(len(numbers), n_slots, -1)), m)",
        "smooth(np.repeat(sums.reshape(len(numbers), n_slots, -1).sum(0, keepdims=True), len(numbers), 0), m)",
        ("features", "contract", "pipeline"),
    ),
    Fault(
        "a row is its own neighbour", "models/knn.py", "k, without=own)", "k)", ("models", "contract"),
    ),
    Fault(
        "the lightest members stay", "ensemble/greedy.py", 'for i in np.argsort(-share, kind="stable"):',
        'for i in np.argsort(share, kind="stable"):', ("ensemble", "lab"),
    ),
    Fault(
        "the chain forgets the time", "ledger/chain.py", '"experiment": experiment, "at": at})',
        '"experiment": experiment, "at": ""})', ("ledger", "lab"),
    ),
    Fault(
        "what was made void leads on", "journal/state.py", "is_void = number in self.steering.void",
        "is_void = False", ("steering", "lab", "cli"),
    ),
    Fault(
        "functions have all the memory", "sandbox/process_limits.py", "wanted[resource.RLIMIT_AS] = memory_bytes",
        "pass", ("sandbox", "user_code"),
    ),
    Fault(
        "ties count as wins", "metrics/rank_metrics.py",
        "pairs = step_gains @ (upto + np.concatenate([[0.0], upto[:-1]])) / 2.0", "pairs = step_gains @ upto",
        ("metrics", "evidence"),
    ),
)  # fmt: skip


def is_found(root: Path, rooms: Sequence[str], *more: str) -> str:
    """The first test that fails, "" if none does."""
    known = {**os.environ, "PYTHONPATH": str(root / "src"), "OMP_NUM_THREADS": "1"}
    words = [
        "-q",
        "-x",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "--most-seconds=1000",
        *more,
        *(f"tests/{room}" for room in rooms),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=root, env=known, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1, 2):
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" ")[1] if failed else ""


def main() -> None:
    """Plant each fault and tell who found it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[fault.name for fault in FAULTS], help="this fault alone")
    asked = parser.parse_args()
    usual = late = 0
    for fault in FAULTS:
        if asked.only not in (None, fault.name):
            continue
        with tempfile.TemporaryDirectory(prefix="assay-fault-") as place:
            root = Path(place) / "tree"
            kept = shutil.ignore_patterns(".git", ".venv", "*.lab", "__pycache__", ".*_cache", "results", "out", "site")
            shutil.copytree(ROOT, root, ignore=kept)
            file = root / "src/assay" / fault.file
            text = file.read_text()
            if text.count(fault.right) != 1:
                raise SystemExit(f"{fault.name}: {fault.file} has changed; write the fault again.")
            file.write_text(text.replace(fault.right, fault.wrong))
            by = is_found(root, fault.rooms, "-m", "not slow")
            where = "make test" if by else "make test-all"
            by = by or is_found(root, fault.rooms, "-m", "slow", "--hypothesis-profile=all")
        usual, late = usual + (bool(by) and where == "make test"), late + bool(by)
        print(f"{fault.name:32} {f'{where}: {by}' if by else 'NOT FOUND'}", flush=True)
    print(f"{late} of {len(FAULTS)} found, {usual} by make test")


if __name__ == "__main__":
    main()
