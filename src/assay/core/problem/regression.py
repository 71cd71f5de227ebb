"""Numbers."""

from typing import ClassVar

from assay.core.problem import Form, Problem, register


@register("regression")
class Regression(Problem):
    """How large a number."""

    name: ClassVar[str] = "regression"
    form: ClassVar[Form] = "value"
    metric: ClassVar[str] = "rmse"
