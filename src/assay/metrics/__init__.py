"""Metrics: a score, its direction, its influence values; found through `registry`.

One more is a class in a file of this folder with `@register("its name")`, as in label_metrics.py.
"""

from assay.core.contract import Metric
from assay.core.registry import Registry

registry: Registry[Metric] = Registry(noun="metric", package="assay.metrics", group="assay.metrics")
register = registry.register
