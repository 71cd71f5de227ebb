"""Sessions of shop.lab in this process, as a person has them: begun, gone on with, told something, looked at."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from assay.core.clock import Budget
from assay.core.event import Scored
from assay.core.hint import Wish
from assay.data.options import TaskOptions
from assay.journal.steering_records import MessageRecord
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.lab.send_message import send
from assay.search.session_limits import SessionLimits
from assay.search.settings import FitSettings
from assay.steering.inbox import Inbox, new_id

LAB = Path("shop.lab")
SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
"""Families that small tables need not wait for."""


class After:
    """Sends messages, or sets a stop, once so many experiments have been scored."""

    def __init__(self, plan: Mapping[int, Callable[[], object]]) -> None:
        self.plan, self.scored = dict(plan), 0

    def __call__(self, event):
        if isinstance(event, Scored):
            self.scored += 1
            act = self.plan.pop(self.scored, None)
            if act is not None:
                act()


def begin(experiments=9, *, stop_after=0, seed=0, without=SLOW, **settings):
    """A fit, stopped by hand once so many experiments are scored."""
    asked = {"budget": Budget(experiments=experiments), "out": str(LAB), "seed": seed, "without": without}
    context = {"interrupt": threading.Event()}
    if stop_after:
        context["listener"] = After({stop_after: context["interrupt"].set})
    return fit(
        "shop.csv", TaskOptions(target="bought", seed=seed), FitSettings(**asked | settings),
        context=RunContext(inline=True, write_brief=False, **context),
    )  # fmt: skip


def go_on(experiments=None, *, listener=lambda event: None, changes=(), **limits):
    """Another session, until the lab has had so many experiments. changes: of settings; limits: as in SessionLimits."""
    asked = GoOn(budget=Budget(experiments=experiments) if experiments else Budget(), changes=changes)
    context = RunContext(inline=True, limits=SessionLimits(**limits), listener=listener, write_brief=False)
    return research_lab(LAB, asked, context=context)


def tell(kind, path=LAB, **content):
    """A message is put into the inbox and not waited for; returns its name."""
    message = MessageRecord(id=new_id(), kind=kind, by="me", **content)
    Inbox(path).put(message)
    return message.id


def wish(kind, subject, *names, **more):
    """A rule given by name; returns what became of it."""
    return send(LAB, "wish", wishes=(Wish(kind=kind, subject=subject, names=names, strength=3, **more),))


def lab():
    """The lab, opened for reading."""
    return Lab.open(LAB)


def standing(opened):
    """The experiments that are not void."""
    return [e.experiment for e in opened.state.entries.values() if not e.is_void]


def kinds(path=LAB):
    """The kinds of all records, in order."""
    opened = Lab.open(path)
    try:
        return [record.kind for record in opened.ledger.records()]
    finally:
        opened.close()
