"""The same configuration for less time, where a family has a way to have one."""

from dataclasses import fields

from assay.core.recipe import Step
from assay.models import registry as models

CHEAP_ROUNDS, LEAST_EPOCHS = 300, 8
MOST_RATE = 0.3
"""Of learning, however short the time."""


def hurried(model: Step) -> Step | None:
    """Boosted: twice the learning rate, fewer rounds; networks: a quarter of the epochs; None for all others."""
    rate, epochs = _boosting_rate(model), _params(model).get("n_epochs")
    if rate is not None:
        return model.with_params(learning_rate=2 * rate, max_rounds=CHEAP_ROUNDS)
    if isinstance(epochs, int) and epochs > LEAST_EPOCHS:
        return model.with_params(n_epochs=max(LEAST_EPOCHS, epochs // 4))
    return None


def faster(model: Step, factor: float) -> Step:
    """Boosted: by so much a higher learning rate, MOST_RATE at most, for a fit that is told as many rounds fewer; all
    others as they are.
    """
    rate = _boosting_rate(model)
    return model if rate is None else model.with_params(learning_rate=min(rate * factor, MOST_RATE))


def _boosting_rate(model: Step) -> float | None:
    """The learning rate of a family that adds rounds; None for others, networks among them."""
    params = _params(model)
    rate = params.get("learning_rate") if "max_rounds" in params else None
    return rate if isinstance(rate, int | float) else None


def _params(model: Step) -> dict[str, object]:
    built = models.build(model)
    return {item.name: getattr(built, item.name) for item in fields(built)}  # type: ignore[arg-type]  # models are dataclasses
