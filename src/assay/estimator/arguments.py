"""An estimator's arguments as the lab takes them; read when fitting, never in the constructor."""

from collections.abc import Iterable, Mapping
from typing import Literal, Protocol

import numpy as np

from assay.core.clock import Budget
from assay.core.errors import UsageError, Where
from assay.research.portfolio import QUICKEST
from assay.search.option_values import budget_of, bytes_of, label_rule
from assay.search.settings import DEFAULT_SECONDS, FitSettings, SandboxRule

Names = Iterable[str] | str | None

TINY_SECONDS, TINY_CELLS = 2.0, 200_000
SMALL_SECONDS, SMALL_ROWS = 5.0, 300


class Arguments(Protocol):
    """What settings are made of among the constructor's arguments; the estimators' docstring explains them."""

    time_limit: object
    experiments: int | None
    patience: bool
    force: bool
    without: Names
    families: Names
    preset: str
    threshold: float | None
    cost: "str | Mapping[str, float] | None"
    max_latency: float | None
    max_size: int | str | None
    n_jobs: int | None
    vault: float | None
    ship: Literal["all", "certified"]
    researchers: Names
    text_models: Names
    text_store: str
    ship_code: bool
    sandbox: SandboxRule


def names_of(names: Names) -> tuple[str, ...]:
    """Names given as one, as several, or not at all."""
    return (names,) if isinstance(names, str) else tuple(names or ())


def name_of(argument: str, name: object) -> str | None:
    """The name of a column, which `group` and `order_by` are. Raises UsageError where its values were given."""
    if name is None or isinstance(name, str):
        return name
    if isinstance(name, int | np.integer):
        return str(name)
    raise UsageError(
        f"{argument} is the name of a column of X, not its values. Put them into X and name them: "
        f'X.assign({argument}=values), {argument}="{argument}".', where=Where(option=argument),
    )  # fmt: skip


def own_budget(arguments: Arguments) -> Budget:
    """Seconds and experiments; five minutes where neither is given."""
    return budget_of(
        arguments.time_limit, arguments.experiments, default_seconds=DEFAULT_SECONDS, option="time_limit"
    )  # fmt: skip


def is_tiny(budget: Budget, *, n_rows: int, n_columns: int) -> bool:
    """Whether starting worker processes would take longer than the search itself."""
    if budget.experiments is not None:
        return False
    if budget.seconds <= TINY_SECONDS and n_rows * n_columns <= TINY_CELLS:
        return True
    return n_rows <= SMALL_ROWS and budget.seconds <= SMALL_SECONDS


def seed_of(random_state: object) -> int:
    """The root of all randomness; None is 0, a generator gives a new one each time it is asked."""
    if random_state is None:
        return 0
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    raise UsageError(f"random_state={random_state!r} is no seed. Give a whole number.")


def settings_of(arguments: Arguments, *, out: str, tiny: bool, seed: int) -> FitSettings:
    """The budget, the place and the limits. tiny: a few cheap configurations that no clock decides about."""
    jobs, budget = arguments.n_jobs, own_budget(arguments)
    researchers = names_of(arguments.researchers)
    if tiny:
        budget = Budget(experiments=2 if budget.seconds <= TINY_SECONDS else 3)
        researchers = researchers or QUICKEST
    return FitSettings(
        budget=budget, out=out, force=arguments.force, jobs=0 if jobs is None or jobs == -1 else jobs,
        without=frozenset(names_of(arguments.without)),
        families=frozenset(names_of(arguments.families)), patience=arguments.patience, seed=seed,
        preset=arguments.preset, max_latency_ms=arguments.max_latency,
        max_size_bytes=bytes_of(arguments.max_size, option="max_size"),
        vault=arguments.vault, ship=arguments.ship, researchers=researchers,
        labels=label_rule(arguments.threshold, arguments.cost),
        text_models=names_of(arguments.text_models), text_store=arguments.text_store,
        ship_code=arguments.ship_code, sandbox=arguments.sandbox,
    )  # fmt: skip
