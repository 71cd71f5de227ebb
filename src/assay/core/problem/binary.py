"""Two classes."""

from typing import ClassVar

from assay.core.problem import Form, Problem, register


@register("binary")
class Binary(Problem):
    """Which of two classes; the second is the positive one."""

    name: ClassVar[str] = "binary"
    form: ClassVar[Form] = "probability"
    metric: ClassVar[str] = "roc_auc"
