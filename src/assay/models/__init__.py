"""Model families, one per file, found through `registry`."""

from assay.core.contract import Model
from assay.core.registry import Registry

registry: Registry[Model] = Registry(noun="model", package="assay.models", group="assay.models")
register = registry.register
