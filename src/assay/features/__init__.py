"""Feature steps (encoders), one subject a file; found through `registry`."""

from assay.core.contract import Encoder, StepTraits
from assay.core.registry import Registry

registry: Registry[Encoder] = Registry(
    noun="step", package="assay.features", group="assay.encoders", traits=StepTraits
)  # fmt: skip
register = registry.register


def traits_of(step: str) -> StepTraits:
    """Traits of the step of that name; the defaults if it is not installed (any more), as a lab may name it."""
    return registry.get(step).traits if step in registry else StepTraits()
