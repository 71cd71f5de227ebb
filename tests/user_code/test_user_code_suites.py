"""Steps and models that call functions keep the contracts of all others: the suites of plug-ins, run on them."""

import numpy as np
import pytest

from assay.core.contract import Step, Target
from assay.core.schema import Schema
from assay.models import registry as models
from assay.models.code_model import CodeModel
from assay.models.code_post import CodePost
from assay.testing import encoders as of_steps
from assay.testing.models import CHECKS, Case, fit, small_view, state_gives_the_same_bits
from assay.testing.tables import PROBLEMS, folds_of, tables_of_every_kind, tiny_table, tiny_target
from assay.user_code.access import CodeAccess
from assay.user_code.runners import TrustedRunner
from assay.user_code.source import CodeSource
from user_code.test_user_code_models import RIDGE
from user_code.tried_functions import placed

LEVEL_MEANS = """
import numpy as np

def fit(X, y, columns):
    state = {"all": float(y.mean()), "sums": {}}
    for name in [name for name, kind in columns.items() if kind == "category"]:
        cells = np.array([str(cell) for cell in X[name]], dtype=object)
        state["sums"][name] = {
            cell: [float(y[cells == cell].sum()), int((cells == cell).sum())] for cell in sorted(set(cells))
        }
    return state

def transform(state, X):
    gaps = [np.array([cell is None or cell != cell for cell in X[name]]) * 1.0 for name in X]
    made = {"missing": sum(gaps, np.zeros(len(X)))}
    for name, sums in state["sums"].items():
        known = {cell: (total + 20 * state["all"]) / (n + 20) for cell, (total, n) in sums.items()}
        made["mean of " + name] = np.array([known.get(str(cell), state["all"]) for cell in X[name]])
    return made
"""
OWN = TrustedRunner()


def step_of(text=LEVEL_MEANS, runner=OWN):
    return placed(CodeSource("means", text), runner)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", tables_of_every_kind())
def test_a_step_keeps_the_laws_of_steps_on_tables_of_every_kind(name, problem):
    table, where = tables_of_every_kind()[name], name
    target = tiny_target(problem, tiny_table(0, table.n_rows))
    step = step_of()
    fitted = step.fit(table, target, seeds=of_steps._SEEDS)
    of_steps.check_same_every_time(step, table, target, where)
    of_steps.check_effort_is_counted(step, fitted, where)
    of_steps.check_shape_is_kept(fitted, table, where)
    of_steps.check_rows_are_independent(fitted, table, where)
    if table.n_rows > 2:
        of_steps.check_training_block(step, fitted, table, target, where)


def test_labels_stay_in_their_fold():
    of_steps.check_labels_stay_in_their_fold(step_of())


def test_noise_stays_noise():
    """No column of the training block ranks a random target better than by chance."""
    table = of_steps.noise_table()
    labels = np.random.default_rng(0).integers(0, 2, table.n_rows).astype(np.int32)
    made = of_steps.training_block(step_of(), table, Target(labels, 2), folds_of(table.n_rows, 5))
    for name in ("mean of wide", "mean of narrow", "mean of middle"):
        column = made.numeric[:, made.numeric_names.index(name)].astype(np.float64)
        assert abs(of_steps.rank_auc(labels == 1, column) - 0.5) < 0.06, name


def test_a_step_in_the_sandbox_keeps_the_laws_too(sandboxed):
    table = tiny_table(n=60)
    step, target = step_of(runner=sandboxed), tiny_target("binary", table)
    fitted = step.fit(table, target, seeds=of_steps._SEEDS)
    of_steps.check_shape_is_kept(fitted, table, "sandboxed")
    of_steps.check_training_block(step, fitted, table, target, "sandboxed")


OF_THE_FAMILY = tuple(one for one in CHECKS if one.__name__ in ("traits_hold", "space_can_be_built"))
AS_IT_IS = """
import numpy as np

def fit(X, y, weight, n_classes):
    shares = np.bincount(y, weights=weight, minlength=n_classes) / weight.sum() if n_classes else np.zeros(0)
    return {"shares": shares, "mean": float(np.average(y, weights=weight)), "k": n_classes}

def predict(state, X):
    spread = np.nan_to_num(X["fare"]) / 1000
    if not state["k"]:
        return state["mean"] + spread
    odds = state["shares"][None, :] + 0.01 * spread[:, None] + 0.01
    return odds / odds.sum(axis=1, keepdims=True)
"""


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(("family", "text"), [("code_model", RIDGE), ("code_post", AS_IT_IS)])
def test_a_model_keeps_the_laws_of_models(family, text, problem):
    source = CodeSource("own", text)
    access = CodeAccess(runner=OWN, known=(source,))
    model = (CodeModel if family == "code_model" else CodePost)(source.digest, "own")
    if isinstance(model, CodePost):
        model = model.knowing(Schema(columns=()))
    placed_model, view = model.with_code(access), small_view(problem)
    case = Case(family, problem, models.get(family), placed_model, view, fit(placed_model, view))
    for check in CHECKS:
        if check not in (state_gives_the_same_bits, *OF_THE_FAMILY):  # read again it must be told who runs it
            check(case)
    assert models.build(Step(family)).cost(view.facts).seconds > 0


def test_no_row_changes_what_another_gets():
    table = tiny_table(n=60)
    fitted = step_of().fit(table, tiny_target("binary", table), seeds=of_steps._SEEDS)
    order = np.arange(60)[::-1]
    of_steps.assert_equal_tables(fitted.transform(table.take(order)), fitted.transform(table).take(order), "turned")
