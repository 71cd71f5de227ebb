"""A wish given by the name of what it is about: a column, a family, a step, an experiment."""

import shlex
from collections.abc import Collection, Mapping

from assay.core.errors import UsageError, nearest_names
from assay.core.hint import Subject, Wish, WishKind
from assay.features import registry as steps
from assay.models import registry as models

COMMANDS: Mapping[WishKind, str] = {"keep": "pin", "never": "forbid", "void": "veto"}
"""Which command says a wish by name."""


def wish_of(
    kind: WishKind, what: str, columns: Collection[str], others: Collection[str] = (), *, target: str = ""
) -> Wish:
    """The wish that a name means: a column, a family, a step or an experiment. UsageError where nothing is called so.
    kind: "keep", "never" or "void"; others: columns that are no features, the target may be among them.
    """
    if what == target and what not in columns:
        raise UsageError(f"{what!r} is the target, which every experiment predicts.", do=("name another column",))
    subject = _subject(what, columns, others)
    if subject is None:
        raise _unknown(kind, what, columns)
    if kind == "void" and subject != "experiment":
        raise UsageError(
            f"{what!r} is a {subject} and no experiment.",
            do=("assay leaderboard LAB  (shows their numbers)", f"assay forbid LAB {shlex.quote(what)}"),
        )  # fmt: skip
    if kind == "never" and subject == "experiment":
        number = what.removeprefix("#")
        raise UsageError(f"{what!r} is an experiment, and none is tried again.", do=(f"assay veto LAB {number}",))
    if kind == "keep" and subject == "family":
        raise UsageError(
            f"{what!r} is a model family, and recipes have one each.",
            do=(f'assay hint LAB "only {what}"', f"assay research LAB --families {what}"),
        )  # fmt: skip
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


def _unknown(kind: WishKind, what: str, columns: Collection[str]) -> UsageError:
    """The error for what is neither column nor family nor step, with what is near it."""
    if kind == "void":
        do: tuple[str, ...] = ("assay leaderboard LAB  (shows the numbers of experiments)",)
        return UsageError(f"{what!r} is no experiment.", do=do)
    near = nearest_names(what, [*columns, *models.names(), *steps.names()])
    hint = f" Near: {', '.join(near)}." if near else ""
    do = tuple(f"assay {COMMANDS[kind]} LAB {shlex.quote(name)}" for name in near)
    return UsageError(
        f"Nothing here is called {what!r}: no column, family or step.{hint}", nearest=near,
        do=do or ("assay inspect FILE  (lists the columns)",),
    )  # fmt: skip
