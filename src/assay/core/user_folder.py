"""Where a user's settings, list of labs and kept vectors lie."""

from collections.abc import Mapping
from pathlib import Path


def user_folder(environ: Mapping[str, str], *, kind: str) -> Path:
    """This user's folder: ASSAY_HOME, else the XDG folder of that kind ("CONFIG" or "STATE")."""
    if environ.get("ASSAY_HOME"):
        return Path(environ["ASSAY_HOME"])
    fallback = {"CONFIG": ".config", "STATE": ".local/state"}[kind]
    base = environ.get(f"XDG_{kind}_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / fallback)
    return Path(base) / "assay"
