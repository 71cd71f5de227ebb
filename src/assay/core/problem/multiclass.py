"""More than two classes."""

from typing import ClassVar

from assay.core.problem import Form, Problem, register


@register("multiclass")
class Multiclass(Problem):
    """Which of several classes."""

    name: ClassVar[str] = "multiclass"
    form: ClassVar[Form] = "probabilities"
    metric: ClassVar[str] = "log_loss"
