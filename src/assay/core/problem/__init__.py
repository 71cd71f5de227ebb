"""Problems: what is asked of a target, one a file; found through `registry`. Code asks a problem, never its name."""

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from assay.core.errors import MissingExtraError, UsageError
from assay.core.registry import Registry

if TYPE_CHECKING:
    from assay.core.array import AnyArray, Json  # with numpy, which a problem does not need

Form = Literal["probability", "probabilities", "value"]
"""Of a stored prediction, and so of what the target holds: of two classes the probability of the second, (n,); of more
classes that of each, (n, k); a number, (n,)."""


@dataclass(frozen=True, slots=True)
class Problem(ABC):
    """A class of its own for each; a value without fields. Files and people know it by its name.

    form: of a stored prediction. metric: the default, by name.
    """

    name: ClassVar[str]
    form: ClassVar[Form]
    metric: ClassVar[str]

    def __str__(self) -> str:
        return self.name

    @property
    def is_class(self) -> bool:
        """Whether the target holds classes, else numbers."""
        return self.form != "value"

    def misfit(self, values: "AnyArray") -> str:
        """Why (n,) targets, class codes or numbers, are none of this problem, as in "is -1 in one row"; else ""."""
        return ""

    def as_json(self) -> str:
        return self.name

    @classmethod
    def from_json(cls, body: "Json") -> "Problem":
        """The problem that a file names; MissingExtraError where no installed package defines it."""
        if not isinstance(body, str):
            raise ValueError(f"A problem is stored by its name, not as {body!r}.")
        if body not in registry:
            raise MissingExtraError(
                f"The problem {body[:60]!r} is not installed.", do=("install the package that defines it",)
            )
        return registry.get(body)()


registry: Registry[Problem] = Registry(noun="problem", package="assay.core.problem", group="assay.problems")


def register(name: str) -> Callable[[type[Problem]], type[Problem]]:
    """Class decorator; the name is the class's, too, as files write that one and look up this one."""

    def keep(cls: type[Problem]) -> type[Problem]:
        if getattr(cls, "name", None) != name:
            raise UsageError(f"The problem {name!r} calls itself {getattr(cls, 'name', None)!r}: give it that `name`.")
        return registry.register(name)(cls)

    return keep
