"""Metrics: a score, its direction, its influence values; found through `registry`."""

from assay.core.contract import Metric
from assay.core.registry import Registry

registry: Registry[Metric] = Registry(noun="metric", package="assay.metrics", group="assay.metrics")
register = registry.register
