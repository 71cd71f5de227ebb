"""File formats: what lies in a lab and in a model folder."""

from pathlib import Path

from generate.markdown import heading, table

LAB = {
    "ledger.sqlite": "every record of the lab, append-only, each with the hash of the one before (SQLite)",
    "artifacts": "out-of-fold predictions and other arrays, and the sources of functions that were added, named by the hash of their content",
    "data": "the table as blocks of numbers (`.npy`), the target, the folds, and `task.json`: the frozen question; `code/`: sources of functions as workers read them, by their SHA-256",
    "cache": "encoded tables and binned files; may be deleted while nothing works on the lab",
    "work": "models and predictions of folds that may still be needed; deleting it costs fitting them again",
    "model": "the predictor, see below; it needs nothing else of the lab",
    "certified": "with a vault: the model the figure is of, fitted without the vault's rows",
    "sealed": "with a vault: its key and the labels that openings saw, for the lab's owner alone; without it no vault goes on and no opening is audited",
    "twins": "with `--twin`: two labs, each on half of the rows",
    "brief.md": "the brief as Markdown",
    "brief.html": "the brief as one page without script",
    "progress.svg": "the picture of the brief",
    "writer.lock": "held by the process that writes to the lab",
}
MODEL = {
    "manifest.json": "what the model is made of, and the hash of every file; if one does not match, it is refused",
    "schema.json": "the columns it reads: kinds, known levels, number and date formats",
    "states/*/state.json": "one fitted step or model: its settings",
    "states/*/arrays.npz": "one fitted step or model: its numbers",
}
INTRO = """A lab is a folder: it can be copied, zipped and moved while nothing works on it. A model is a folder inside
it, or one zip file after `Predictor.save("model.zip")`. Nothing in either is a pickle, and nothing is code unless you added functions of your
own: a lab runs them in the sandbox, and a model holds them only where `--ship-code` asked for it and `load` is told `allow_code=True`."""


def folders_page(folder: Path) -> str:
    """Both folders, as they are; KeyError names a file that nobody has explained."""
    lab = folder / "orders.lab"
    seen = {path.name for path in lab.iterdir() if not path.name.endswith(("-wal", "-shm"))}
    seen_in_model = {_kind(path.relative_to(lab / "model")) for path in (lab / "model").rglob("*") if path.is_file()}
    unexplained = (seen - LAB.keys()) | (seen_in_model - MODEL.keys())
    if unexplained:
        raise KeyError(f"docs/generate/folders.py explains no {', '.join(sorted(unexplained))}.")
    return (
        heading("File formats", INTRO)
        + "\n## A lab\n\n" + table(("name", "holds"), [(f"`{name}`", what) for name, what in LAB.items()])
        + "\n## A model\n\n" + table(("name", "holds"), [(f"`{name}`", what) for name, what in MODEL.items()])
    )  # fmt: skip


def _kind(path: Path) -> str:
    """The path with the hash of a state left open."""
    return f"states/*/{path.name}" if path.parts[0] == "states" else str(path)
