"""Modules as a function sees them: what is public in them and leads nowhere else."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from assay.sandbox.allowed_names import MODULES, NOT_FOR_USE, ONLY, OUT_OF_BOUNDS, PRELOADED, SHUT, SLOW_MODULES


class OutOfBoundsError(AttributeError):
    """A name of a module that a function may not use."""


class ForbiddenImportError(ImportError):
    """A module that is not on the list, or a name that a module may not give."""


class Facade:
    """A module that can be read, name by name, and not written to.

    Reading the source cannot follow a module through variables; here each name is looked at when it is used. Behind it
    is the module itself, so that one who gets past Python's underscores is past this too.
    """

    def __init__(self, module: ModuleType) -> None:
        self.__dict__["_module"] = module

    def __getattr__(self, name: str) -> object:
        found = public(self.__dict__["_module"], name)
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, _: object) -> None:
        raise OutOfBoundsError(f"{name} of a module cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise OutOfBoundsError(f"{name} of a module cannot be changed")

    def __repr__(self) -> str:
        return f"<module {self.__dict__['_module'].__name__}>"


def public(module: ModuleType, name: str) -> object:
    """What a module has by that name, a module of it as a facade. OutOfBoundsError for what it may not give."""
    try:
        found = None if name.startswith("_") or name in OUT_OF_BOUNDS else getattr(module, name)
    except AttributeError:
        found = None
    if isinstance(found, ModuleType):
        is_own = found.__name__.startswith(f"{module.__name__.partition('.')[0]}.")
        if is_own and may_import(found.__name__):
            return Facade(found)
    elif found is not None and _is_of(module, name, found):
        return found
    raise OutOfBoundsError(f"{module.__name__} has no {name} that may be used here")


def _is_of(module: ModuleType, name: str, found: object) -> bool:
    """Whether a module offers it: on its list of names, or made in its own package; not what it has imported itself."""
    if isinstance(found, type) and issubclass(found, type):  # makes classes, with any names
        return False
    package = module.__name__.partition(".")[0]
    is_own = str(getattr(found, "__module__", "")).partition(".")[0] == package
    if package in SLOW_MODULES and is_own:
        return True
    names = getattr(module, "__all__", () if package in (*PRELOADED, *SLOW_MODULES) else dir(module))
    return name in ONLY.get(module.__name__, names)


def may_import(name: str) -> bool:
    """Whether a module, by its full name, is on the list."""
    pieces = name.split(".")
    ancestors = {".".join(pieces[: i + 1]) for i in range(len(pieces))}
    is_hidden = any(piece.startswith("_") or piece in NOT_FOR_USE for piece in pieces) and name != "__future__"
    return pieces[0] in MODULES and not ancestors & SHUT and not is_hidden and not OUT_OF_BOUNDS & set(pieces)


def imported(
    name: str, space: Mapping[str, object] | None = None, own: Mapping[str, object] | None = None,
    wanted: Sequence[str] | None = None, level: int = 0,
) -> Facade | None:  # fmt: skip
    """In place of Python's own __import__. ForbiddenImportError for what is not on the list."""
    if wanted == []:
        # asked for by C, as by x.mean() or strptime: that takes the module from sys.modules, and nobody else gets it
        importlib.import_module(name)
        return None
    if level or not may_import(name):
        raise ForbiddenImportError(f"{name} is not on the list of modules")
    module = importlib.import_module(name)
    if not wanted:
        return Facade(sys.modules[name.partition(".")[0]])
    facade = Facade(module)
    for piece in wanted:
        if not hasattr(module, piece) and may_import(f"{name}.{piece}"):  # a module of it that nobody has loaded
            importlib.import_module(f"{name}.{piece}")
        try:
            getattr(facade, piece)
        except OutOfBoundsError as error:
            raise ForbiddenImportError(str(error)) from None
    return facade
