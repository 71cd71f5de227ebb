"""Cheaper variants of a configuration: fewer rounds or epochs, where the family has such parameters."""

from dataclasses import fields

from assay.core.recipe import Step
from assay.models import registry as models

LEAST_EPOCHS = 8
MOST_RATE = 0.3
"""Highest learning rate, however short the time."""
FACTORS = (2, 4)
MOST_STEP = 1.0
"""Largest step of a leaf before the learning rate: without it LightGBM and XGBoost diverge at rates of 0.2 to 0.3 with
many classes (docs/log.md)."""


def cheaper_variants(model: Step) -> tuple[Step, ...]:
    """Cheaper configurations, the closest first; () where there are none.

    Boosters: two and four times the learning rate, with as many rounds as that needs: a cap on rounds alone stops
    configurations that learn little per round (random, small or symmetric trees, many classes) far from convergence.
    Networks: half and a quarter of the epochs.
    """
    rate, params = _boosting_rate(model), _params(model)
    held = {"max_step": MOST_STEP} if "max_step" in params else {}
    epochs = params.get("n_epochs")
    found: list[Step] = []
    if rate is not None and rate < MOST_RATE:
        found = [model.with_params(learning_rate=min(factor * rate, MOST_RATE), **held) for factor in FACTORS]
    elif isinstance(epochs, int) and epochs > LEAST_EPOCHS:
        found = [model.with_params(n_epochs=max(LEAST_EPOCHS, epochs // factor)) for factor in FACTORS]
    return tuple(dict.fromkeys(found))


def faster(model: Step, factor: float) -> Step:
    """Boosters with a learning rate higher by this factor, up to MOST_RATE, for a fit with proportionally fewer rounds;
    other families unchanged."""
    rate = _boosting_rate(model)
    return model if rate is None else model.with_params(learning_rate=min(rate * factor, MOST_RATE))


def _boosting_rate(model: Step) -> float | None:
    """The learning rate of a family that adds rounds; None for others, including networks."""
    params = _params(model)
    rate = params.get("learning_rate") if "max_rounds" in params else None
    return rate if isinstance(rate, int | float) else None


def _params(model: Step) -> dict[str, object]:
    built = models.build(model)
    return {item.name: getattr(built, item.name) for item in fields(built)}  # type: ignore[arg-type]  # models are dataclasses
