"""How much is tried: many values as one test, and the number of examples of a law."""

import functools
import inspect
import traceback
from collections.abc import Callable, Iterable

import pytest
from hypothesis import settings


def each(names: str | tuple[str, ...], values: Iterable[object], *, ids: object = None) -> Callable[..., object]:
    """As pytest.mark.parametrize, in one test: all values are tried, and those that fail are listed.

    For values that take milliseconds and share whatever fixtures the test has. The test is skipped where all skip.
    """
    known = tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else tuple(names)
    tried = [value if len(known) > 1 else (value,) for value in values]
    assert tried, f"There is nothing to try as {', '.join(known)}."

    def decorate(test: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(test)
        def looped(**fixtures: object) -> None:
            failed, skipped = list[str](), list[str]()
            for value in tried:
                try:
                    test(**fixtures, **dict(zip(known, value, strict=True)))
                except pytest.skip.Exception as error:
                    skipped.append(str(error))
                except (Exception, pytest.fail.Exception) as error:
                    said = traceback.format_exception(error, limit=-1)
                    failed.append(f"{', '.join(map(repr, value))}\n{''.join(said)}")
            if failed:
                pytest.fail(f"{len(failed)} of {len(tried)}:\n" + "\n".join(failed), pytrace=False)
            if len(skipped) == len(tried):
                pytest.skip(skipped[0])

        signature = inspect.signature(test)
        fixtures = [given for name, given in signature.parameters.items() if name not in known]
        looped.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        del looped.__wrapped__  # type: ignore[attr-defined]  # pytest would read the signature of the test below
        return looped

    return decorate


def at_most(examples: int) -> int:
    """Examples of a law: so many in `make test-all`, as many as conftest.py's usual profile has in `make test`."""
    return min(examples, settings.default.max_examples)


USUAL_STEPS = frozenset({
    "clusters", "combine", "dates", "hashing", "impute", "lags", "leave_out", "one_hot", "scale", "select_univariate",
    "splines", "target_mean", "text_svd", "tfidf",
})  # fmt: skip
USUAL_FAMILIES = frozenset({"constant", "gp", "knn", "lightgbm", "linear", "naive_bayes", "tree"})
"""One of each kind, on which `make test` tries what `make test-all` tries on all."""


def with_usual(names: Iterable[str], usual: frozenset[str]) -> list[object]:
    """Values to parametrise by, of which all but the usual ones are slow."""
    return [pytest.param(name, marks=[] if name in usual else pytest.mark.slow) for name in names]
