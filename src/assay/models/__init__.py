"""Model families, found through `registry`: a file with `@register` is one; the others are what families share."""

from assay.core.contract import Model, ModelTraits
from assay.core.registry import Registry

registry: Registry[Model] = Registry(
    noun="model", package="assay.models", group="assay.models", traits=ModelTraits
)  # fmt: skip
register = registry.register


def traits_of(family: str) -> ModelTraits:
    """Traits of the family of that name; the defaults if it is not installed (any more), as a lab may name it."""
    return registry.get(family).traits if family in registry else ModelTraits()
