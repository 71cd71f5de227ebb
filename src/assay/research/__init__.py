"""Who proposes experiments, one researcher a file; found through `registry`."""

from assay.core.contract import Researcher
from assay.core.registry import Registry

registry: Registry[Researcher] = Registry(noun="researcher", package="assay.research", group="assay.researchers")
register = registry.register
