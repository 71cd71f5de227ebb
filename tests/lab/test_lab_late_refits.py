"""What stands in for a refit that was late: the fold models, of a forest, which counts as one, a part of each."""

import pytest

from assay.core.clock import Deadline, SystemClock
from assay.execute.inline import InlineExecutor
from assay.journal.journal import Journal
from assay.journal.replayed_state import replay
from assay.lab.workers import RUN
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.pipeline.store import TaskFolder
from assay.search.session import Session
from assay.search.settings import FitSettings
from assay.ship.shipping import Shipping, form_of

OTHERS = frozenset({"catboost", "xgboost", "realmlp", "svm", "random_forest", "knn"})


@pytest.fixture
def by_family(run, here):
    """The models that ship of the first experiment of a family, and how many folds there are."""
    run(experiments=9, without=OTHERS)
    path = here / "shop.lab"
    ledger = SqliteLedger.open(path)
    state, folder, settings = replay(ledger.records()), TaskFolder(path), FitSettings()
    assert form_of(folder, settings) == "half fold bag, half refit"
    journal = Journal.start(ledger, state, SystemClock(), started=0.0)
    session = Session(
        folder=folder, journal=journal, executor=InlineExecutor(RUN), scorer=None, settings=settings,
        deadline=Deadline(), end=Deadline(), seconds=0.0,
    )  # fmt: skip
    shipping = Shipping(session, None)

    def shipped(family):
        number = next(
            n for n, e in state.entries.items()
            if e.experiment.recipe.model.name == family and e.result is not None and e.result.complete
        )  # fmt: skip
        return shipping.ingredient(number, 1.0, refits={}).trained

    yield shipped, folder.split.n_folds
    ledger.close()


@pytest.mark.slow
def test_a_late_forest_ships_a_part_of_each_fold_s_trees(by_family):
    shipped, n_folds = by_family
    trees = [len(one.model.arrays["roots"]) for one in shipped("extra_trees")]
    assert trees == [200 // n_folds] * n_folds
    assert len(shipped("lightgbm")) == n_folds
