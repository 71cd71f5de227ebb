"""Feature steps (encoders), one subject a file; found through `registry`."""

from assay.core.contract import Encoder
from assay.core.registry import Registry

registry: Registry[Encoder] = Registry(noun="step", package="assay.features", group="assay.encoders")
register = registry.register
