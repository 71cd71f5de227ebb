"""Registries of classes by name: a decorator at the definition, a folder scan, entry points."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Generic, TypeVar

from assay.core.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from assay.core.recipe import Step  # with numpy

T = TypeVar("T")


def _place(cls: type[object]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


@dataclass
class Registry(Generic[T]):
    """Registered classes by name. Filled by look-ups, read-only once all of the folder was read.

    package: folder whose modules are imported to find what they register; group: entry-point group of plug-ins
    (an entry point names a module, or any object of it; importing it registers). traits: the class of which each has a
    value as its attribute `traits`; None where there is nothing to say of them.
    """

    noun: str
    package: str
    group: str
    traits: type[object] | None = None
    _found: dict[str, type[T]] = field(default_factory=dict)
    _also: dict[str, str] = field(default_factory=dict)
    _scanned: bool = False

    def register(self, name: str, *, also: tuple[str, ...] = ()) -> Callable[[type[T]], type[T]]:
        """Class decorator: register the class under a name; a second class of that name is refused.

        also: other names people use for it. Look-ups do not accept them, but errors suggest the class for them.
        """

        def keep(cls: type[T]) -> type[T]:
            other = self._found.get(name, cls)
            if _place(other) != _place(cls):  # the same place again is a module imported anew
                raise UsageError(f"Two {self.noun}s are named {name!r}: {_place(other)} and {_place(cls)}. Rename one.")
            if self.traits is not None and not isinstance(getattr(cls, "traits", None), self.traits):
                wanted = self.traits.__name__
                raise UsageError(
                    f"The {self.noun} {name!r} ({_place(cls)}) says nothing of itself in `traits`.",
                    do=(f"add to the class: traits: ClassVar[{wanted}] = {wanted}()",),
                )
            self._found[name] = cls
            self._also.update(dict.fromkeys(also, name))
            return cls

        return keep

    def _scan(self) -> None:
        if self._scanned:
            return
        from importlib.metadata import entry_points  # only plug-ins need it, which may not be looked for

        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__, self.package + "."):
            importlib.import_module(module.name)
        for point in entry_points(group=self.group):
            try:
                point.load()
            except (ImportError, AttributeError) as error:
                raise UsageError(
                    f"The plug-in {point.name!r} ({point.value}) cannot be loaded: {error}.",
                    do=("repair or uninstall the package it comes from",),
                ) from error
        self._scanned = True

    def _look_for(self, name: str) -> None:
        """Import the modules that may define a name: its own module alone where the folder has one, so that a served
        model does not load all families; else all."""
        if name not in self._found and name.isidentifier() and find_spec(f"{self.package}.{name}") is not None:
            importlib.import_module(f"{self.package}.{name}")
        if name not in self._found:
            self._scan()

    def names(self) -> tuple[str, ...]:
        self._scan()
        return tuple(sorted(self._found))

    def nearest(self, name: str) -> tuple[str, ...]:
        """Registered names similar to a wrong one, nearest first, by their other names too."""
        self._scan()
        near = nearest_names(name, [*self._found, *self._also])
        return tuple(dict.fromkeys(self._also.get(one, one) for one in near))

    def __iter__(self) -> Iterator[tuple[str, type[T]]]:
        self._scan()
        return iter(sorted(self._found.items()))

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            self._look_for(name)
        return name in self._found

    def get(self, name: str) -> type[T]:
        """The class of that name; UsageError with the nearest names if there is none."""
        self._look_for(name)
        if name not in self._found:
            near = nearest_names(name, self._found)
            hint = f" Near: {', '.join(near)}." if near else ""
            raise UsageError(
                f"No {self.noun} is called {name!r}.{hint} Known: {', '.join(sorted(self._found))}.", nearest=near
            )
        return self._found[name]

    def build(self, step: "Step") -> T:
        """An instance from a recipe's step: the dataclass with the step's parameters as fields."""
        cls = self.get(step.name)
        known = {item.name for item in fields(cls)} if is_dataclass(cls) else set()
        for name, _ in step.params:
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise UsageError(
                    f"The {self.noun} {step.name!r} has no parameter {name!r}. Known: {listed}.",
                    nearest=nearest_names(name, known),
                )
        return cls(**dict(step.params))
