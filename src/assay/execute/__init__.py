"""Executors: run jobs inline, or in warm worker processes; one a file, found through `registry`."""

from assay.core.job import Executor
from assay.core.registry import Registry

registry: Registry[Executor] = Registry(noun="executor", package="assay.execute", group="assay.executors")
register = registry.register
