"""What is registered: models, steps, metrics, researchers."""

from dataclasses import MISSING, fields
from typing import Any

from assay.core.problem import registry as problems
from assay.core.problem.binary import Binary
from assay.core.recipe import Entry
from assay.core.registry import Registry
from assay.core.schema import Facts
from assay.features import registry as steps
from assay.metrics import registry as metrics
from assay.metrics.choose_metric import ALIASES
from assay.models import registry as models
from assay.research import registry as researchers
from assay.research.moves import catalogue
from assay.research.portfolio import entries
from generate.markdown import fenced, heading, prose, table

MODELS_INTRO = """Model families by the name that `--without` and recipes use. One file each in `src/assay/models`;
more can be [added](../howto/add-model.md)."""
STEPS_INTRO = """Feature steps by the name that recipes use. One file each in `src/assay/features`; more can be
[added](../howto/add-step.md)."""
METRICS_INTRO = """Names for `--metric`. Letter case, `-` and spaces do not matter; scikit-learn's scorer names and,
from Python, any function `(y_true, y_pred) -> float` work as well. How to choose one: [Choose a
metric](../howto/choose-metric.md)."""
RESEARCHERS_INTRO = """Who proposes experiments; the first of the queue with something to say gets the slot. One file
each in `src/assay/research`; more can be [added](../howto/add-researcher.md)."""

MOVES_INTRO = """What researchers may change of a recipe, in the order in which sets of columns are tried. Names for
`Experiment.move`. A *prior* is the gain over the recipe that is changed, in units of noise, that is expected before
the move was tried on a table; it is a judgement to start from, which the results of a lab correct. Cost is that of a
table of medium size, beside the fit itself. Steps offer sets of columns, other moves are files in
`src/assay/research/moves`; more can be [added](../howto/add-move.md)."""

PORTFOLIO_INTRO = """The fixed order of configurations that the researcher `portfolio` proposes, for three sizes of
table with two classes. The baseline, standard LightGBM, is `lgb_std`."""
TABLES = {f"{n:,} rows, mixed columns": n for n in (500, 20_000, 500_000)}


def models_page() -> str:
    """Families with their parameters, then the portfolio."""
    return heading("Models", MODELS_INTRO) + _sections(models) + _portfolio()


def steps_page() -> str:
    """Feature steps with their parameters."""
    return heading("Steps", STEPS_INTRO) + _sections(steps)


def researchers_page() -> str:
    """Those who propose."""
    return heading("Researchers", RESEARCHERS_INTRO) + _sections(researchers)


def moves_page() -> str:
    """What researchers may change of a recipe, with the reason."""
    moves = {move.name: move for move in catalogue()}
    rows = [
        (f"[{name}](#{name})", one.traits.what, f"{one.traits.prior:g}", one.traits.cost) for name, one in moves.items()
    ]
    header = ("name", "what it does", "prior in σ", "cost")
    parts = "".join(
        f"\n## {name}\n\n{one.traits.why}\n\nFor {one.traits.applies}."
        + (f" Source: {one.traits.source}." if one.traits.source else "") + "\n"
        for name, one in moves.items()
    )  # fmt: skip
    return heading("Moves", MOVES_INTRO) + "\n" + table(header, rows) + parts


def metrics_page() -> str:
    """Metrics with direction, problems and other names."""
    rows = []
    for name, cls in metrics:
        metric: Any = cls()
        default = ", ".join(problem for problem, one in problems if one.metric == name)
        others = ", ".join(sorted(f"`{alias}`" for alias, meant in ALIASES.items() if meant == name))
        better = "higher" if metric.higher_is_better else "lower"
        fitting = ", ".join(problem for problem, one in problems if one.form in metric.forms)
        rows.append((f"`{name}`", metric.title, better, fitting, default, others))
    header = ("name", "in words", "better", "problems", "default for", "other names")
    return heading("Metrics", METRICS_INTRO) + "\n" + table(header, rows) + _sections(metrics)


def _sections(registry: Registry[Any]) -> str:
    return "".join(f"\n## {name}\n\n{prose(cls.__doc__)}\n\n{_parameters(cls)}" for name, cls in registry)


def _parameters(cls: type[Any]) -> str:
    known = [item for item in fields(cls) if item.name not in ("name", "seed")]
    if not known:
        return "No parameters.\n"
    said = [f"{item.name}={'required' if item.default is MISSING else repr(item.default)}" for item in known]
    return fenced("\n".join(said))


def _portfolio() -> str:
    """What is tried first, by the size of the table; each entry's own file holds its settings."""
    out = [f"\n## The portfolio\n\n{PORTFOLIO_INTRO}\n"]
    for title, n_rows in TABLES.items():
        rows = (_entry(entry) for entry in entries(_facts(n_rows)))
        out += [f"### {title}\n", table(("entry", "in words", "steps", "model"), rows)]
    return "\n".join(out)


def _facts(n_rows: int) -> Facts:
    """Two classes, eight numeric columns and six categories."""
    return Facts(
        problem=Binary(), n_rows=n_rows, n_numeric=8, n_category=6, n_dates=0, n_text=0, n_classes=2,
        minority=3 * n_rows // 10,
    )  # fmt: skip


def _entry(entry: Entry) -> tuple[str, str, str, str]:
    recipe = entry.recipe
    return f"`{entry.name}`", entry.what, ", ".join(step.name for step in recipe.steps) or "–", recipe.model.name
