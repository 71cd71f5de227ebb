"""How much an installation takes on disk, whole and small, and whether the small one works.

    python benchmarks/size.py [--only core small]

Each is made by pip in a fresh virtual environment. The small one (requirements-small.txt) must fit a CSV, say in one
line what it does without, and refuse a Parquet file with words.
"""

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from command import run
from outcome import Check, Outcome, at_most, parser, save
from tables import generated, generated_csv

ROOT = Path(__file__).parents[1]
LIMITS = {"core": 1100.0, "small": 650.0}
BOOTSTRAP = ("pip", "setuptools", "_distutils_hack", "pkg_resources")


def megabytes(folder: Path) -> float:
    """Disk used by a folder or file, in millions of bytes."""
    files = (item for item in (folder, *folder.rglob("*")) if item.is_file() and not item.is_symlink())
    return sum(item.stat().st_blocks * 512 for item in files) / 1e6


def environment(folder: Path, installs: list[list[str]]) -> tuple[Path, dict[str, float]]:
    """A fresh environment with these installs: its interpreter, and what each package takes."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    for words in installs:
        subprocess.run([*map(str, pip), *words], check=True, cwd=ROOT)
    place = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    sizes = {
        item.name: megabytes(item) if item.is_dir() else item.stat().st_blocks * 512 / 1e6 for item in place.iterdir()
    }
    return python, {name: size for name, size in sizes.items() if name.split("-")[0] not in BOOTSTRAP}


def works(python: Path, folder: Path) -> dict[str, Any]:
    """What the small installation does with a CSV and a Parquet file."""
    table = generated_csv(folder, 2_000, numeric=6, categories=2)
    generated(200, numeric=4, categories=1).to_parquet(folder / "t.parquet")
    command = str(python.with_name("assay"))
    lab = folder / "small.lab"
    words = ["fit", str(table), "--target", "y", "--time-limit", "15s", "--out", str(lab), "--json"]
    fitted = run([command, *words], folder=folder)
    refused = run([command, "fit", str(folder / "t.parquet"), "--target", "y"], folder=folder)
    answered = run([command, "predict", str(lab), str(table)], folder=folder)
    lost = [line.strip() for line in fitted.said.splitlines() if "not installed" in line]
    return {
        "fit_code": fitted.code, "failed": fitted.answer.get("failed"), "experiments": fitted.answer.get("experiments"),
        "predict_code": answered.code, "says": lost, "fit_said": fitted.said[-800:],
        "parquet_code": refused.code, "parquet_said": refused.said[-400:],
    }  # fmt: skip


def main() -> None:
    """Install, measure, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--only", nargs="*", choices=list(LIMITS), default=list(LIMITS))
    args = arguments.parse_args()
    installs = {
        "core": [["."]],
        "small": [["--no-deps", "-r", "requirements-small.txt"], ["--no-deps", "."]],
    }
    checks: list[Check] = []
    details: dict[str, Any] = {}
    for kind in args.only:
        with tempfile.TemporaryDirectory() as name:
            python, sizes = environment(Path(name) / "env", installs[kind])
            checks.append(at_most(f"{kind} installation on disk", sum(sizes.values()), LIMITS[kind], "MB", digits=0))
            largest = sorted(sizes.items(), key=lambda item: -item[1])[:15]
            details[kind] = {package: round(size, 1) for package, size in largest}
            if kind == "small":
                details["works"] = found = works(python, Path(name))
                checks += _checks(found)
    method = (
        "pip into a fresh environment; blocks of all files in site-packages, compiled files included, pip's own not."
    )
    save(Outcome(name="size", title="Size", checks=tuple(checks), method=method, details=details), args.out)


def _checks(found: dict[str, Any]) -> list[Check]:
    fits = found["fit_code"] == 0 and found["predict_code"] == 0 and found["failed"] == 0
    refuses = found["parquet_code"] == 2 and "needs pyarrow" in str(found["parquet_said"])
    lines = found["says"]
    return [
        Check(what="small: fit and predict on a CSV", asked="works", holds=fits,
              measured=f"{found['experiments']} experiments" if fits else f"fails: {str(found['fit_said'])[-200:]}"),
        Check(what="small: what is lost is said", asked="one line", measured=" / ".join(lines) or "nothing",
              holds=len(lines) == 1),
        Check(what="small: a Parquet file", asked="a clear error", holds=refuses,
              measured="a clear error" if refuses else str(found["parquet_said"])[:200]),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
