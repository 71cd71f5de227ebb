"""Install Assay into a fresh environment of every Python that this machine has, and see that it works there.

    python .ci/every_python.py [--only 3.12] [--write]

Of each of PYTHONS, once with the newest versions of all libraries and once with the oldest that pyproject.toml allows:
`assay demo` without a failed experiment, `assay doctor --try`, and a part of the suite in every room. A Python that is
not here is named. --write: note the versions that passed in src/assay/cli/tested_versions.json, which `doctor` reads.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEWEST, OLDEST = "highest", "lowest-direct"
"""Names of uv's resolutions."""
ROOT = Path(__file__).parents[1]
TESTED = ROOT / "src/assay/cli/tested_versions.json"
EVERY = 25
"""Of the tests of each file that are not slow, the first and each so-manieth after it."""
DEMO_SECONDS = 25
UNJUDGED = ("--most-seconds", "1000", "-p", "no:cacheprovider")
"""How long a test takes is asked of one Python alone."""


def interpreter(version: str) -> Path | None:
    """An interpreter of that version: python3.N on the path, else the newest that pyenv has."""
    found = [Path(path) for path in (shutil.which(f"python{version}"),) if path]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)
    asks = [sys.executable, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    for path in found:
        said = subprocess.run([path, *asks[1:]], capture_output=True, text=True, check=False)
        if said.stdout.strip() == version:
            return path
    return None


def check(python: Path, resolution: str, place: Path) -> dict[str, str]:
    """Install there and try it; the versions installed. CalledProcessError or SystemExit with what was found."""
    uv, own = [sys.executable, "-m", "uv", "--quiet"], place / "bin/python"
    run([*uv, "venv", "--python", python, place])
    run([*uv, "pip", "install", "--python", own, "--resolution", resolution, "--compile-bytecode", ".[dev]"])
    assay, lab = place / "bin/assay", place / "demo.lab"
    demo = run([assay, "demo", "--time-limit", f"{DEMO_SECONDS}s", "--out", lab, "--json", "--quiet"], keep=True)
    failed = json.loads(demo)["failed"]
    if failed:
        raise SystemExit(f"{failed} experiments of the demo failed: assay leaderboard {lab}")
    run([assay, "doctor", "--try"], keep=True)
    run([own, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", "--every", str(EVERY), *UNJUDGED])
    listed = json.loads(run([*uv, "pip", "list", "--python", own, "--format", "json"], keep=True))
    return {one["name"]: one["version"] for one in listed}


def run(words: list[object], *, keep: bool = False) -> str:
    """What a command prints, if it is kept; its output is shown where it fails."""
    here = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}
    here |= {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, env=here, text=True, check=False, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", flush=True)
        raise SystemExit(f"{' '.join(map(str, words))} ended with {done.returncode}")
    if not keep and done.stdout.strip():
        print(done.stdout.strip().splitlines()[-1], flush=True)
    return done.stdout


def note(passed: list[tuple[str, dict[str, str]]]) -> None:
    """Write the oldest and newest version that passed of Python and each library that Assay needs."""
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [need.partition(">")[0] for need in needs]
    seen = {name: sorted({found[name] for _, found in passed}, key=numbers) for name in names}
    seen = {"python": sorted({python for python, _ in passed}, key=numbers), **seen}
    TESTED.write_text(json.dumps({name: [found[0], found[-1]] for name, found in seen.items()}, indent=1) + "\n")


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PYTHONS, help="this Python alone")
    parser.add_argument("--write", action="store_true", help="note the versions that passed")
    asked = parser.parse_args()
    os.environ["ASSAY_HOME"] = tempfile.mkdtemp(prefix="assay-home-")  # nothing is noted of whoever runs this
    passed = []
    for version in (asked.only,) if asked.only else PYTHONS:
        python = interpreter(version)
        if python is None:
            print(f"python {version}: not on this machine, not tried", flush=True)
            continue
        for resolution in (NEWEST, OLDEST):
            started = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="assay-python-") as place:
                found = check(python, resolution, Path(place) / "env")
            passed.append((version, found))
            seconds = time.monotonic() - started
            libraries = ", ".join(f"{name} {found[name]}" for name in ("numpy", "pandas", "scikit-learn"))
            print(f"python {version}, {resolution}: passed in {seconds:.0f} s ({libraries})", flush=True)
    if not passed:
        raise SystemExit("No Python was tried.")
    if asked.write and not asked.only:
        note(passed)


if __name__ == "__main__":
    main()
