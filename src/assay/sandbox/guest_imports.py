"""What a guest server imports before it locks itself in: files, threads and much time are out of reach later."""

import importlib
import sys
from collections.abc import Sequence
from contextlib import suppress

from assay.sandbox import guest
from assay.sandbox.pandas_methods import shut_methods


def preloaded(names: Sequence[str], *, is_restricted: bool) -> None:
    """Import these modules, and do once what their functions do at their first call."""
    for name in names:
        with suppress(BaseException):  # who imports it hears of it, with its name; a test of a package may raise any
            importlib.import_module(name)
    if is_restricted and "pandas" in sys.modules:
        shut_methods(sys.modules["pandas"])
    if "sklearn" in sys.modules:
        _count_threads()
    guest.warmed()


def _count_threads() -> None:
    """scikit-learn looks once, in /proc, which libraries have threads."""
    with suppress(ImportError, AttributeError):
        from sklearn.utils.parallel import _get_threadpool_controller

        _get_threadpool_controller()
