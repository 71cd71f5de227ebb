"""A wish given by the name of what it is about: a column, a family, a step, an experiment."""

from collections.abc import Collection

from assay.core.errors import UsageError, nearest_names
from assay.core.hint import Subject, Wish, WishKind
from assay.features import registry as steps
from assay.models import registry as models


def wish_of(kind: WishKind, what: str, columns: Collection[str], others: Collection[str] = ()) -> Wish:
    """The wish that a name means: a column, a family, a step or an experiment. UsageError where nothing is called so.
    kind: "keep", "never" or "void"; others: columns that are no features.
    """
    subject = _subject(what, columns, others)
    if subject is None:
        raise _unknown(what, columns)
    if kind == "void" and subject != "experiment":
        raise UsageError(f"{what!r} is no experiment.", do=("a number, as assay leaderboard shows it",))
    if kind == "keep" and subject == "family":
        raise UsageError(f"{what!r} is a model family, and recipes have one each.", do=("--families keeps to some",))
    name = what.removeprefix("#") if subject == "experiment" else what
    return Wish(kind=kind, subject=subject, names=(name,), strength=3, words=what)


def _subject(what: str, columns: Collection[str], others: Collection[str]) -> Subject | None:
    """What is called so; the data's own names come first."""
    if what in columns:
        return "column"
    if what.removeprefix("#").isdecimal():
        return "experiment"
    if what in models:
        return "family"
    if what in steps:
        return "step"
    return "column" if what in others else None


def _unknown(what: str, columns: Collection[str]) -> UsageError:
    """The error for what is neither column nor family nor step, with what is near it."""
    near = nearest_names(what, [*columns, *models.names(), *steps.names()])
    hint = f" Near: {', '.join(near)}." if near else ""
    return UsageError(f"Nothing here is called {what!r}: no column, family or step.{hint}", nearest=near)
