"""What a person's function learned, as part of a state: JSON and arrays, with its source beside them."""

from collections.abc import Mapping, Sequence

from assay.core.array import AnyArray, Json, JsonObject
from assay.core.contract import State
from assay.core.errors import BundleError, CodeError
from assay.sandbox.wire import NotPlainError, Packed, Value, unpacked
from assay.user_code.given_rows import GivenColumn
from assay.user_code.source import CodeSource, digest_of

MOST_ARRAYS = 64
ARRAYS = tuple(f"learned{i}" for i in range(MOST_ARRAYS))
"""Names of the arrays of a state; NaN may be a value in them."""
VERSION = 1


def check_storable(learned: Mapping[str, Value], source: CodeSource) -> None:
    """CodeError where there is more than a state may hold."""
    n_arrays = len(Packed.of(learned).arrays)
    if n_arrays > MOST_ARRAYS:
        raise CodeError(
            "code/state", f"{source.file}: fit answered {n_arrays:,} arrays; a state may hold {MOST_ARRAYS}.",
            do=("put them together: np.stack(arrays)",),
        )  # fmt: skip


def state_with_code(
    name: str, source: CodeSource, learned: Mapping[str, Value], columns: Sequence[GivenColumn], **more: Json
) -> State:
    """The state of a fitted step or model that calls a source."""
    packed = Packed.of(learned)
    meta: JsonObject = {
        "version": VERSION, "source": source.text, "source_name": source.name, "learned": packed.body,
        "columns": [[one.name, one.kind, list(one.labels), one.shift, one.scale] for one in columns], **more,
    }  # fmt: skip
    return State(name, meta, dict(zip(ARRAYS, packed.arrays, strict=False)))


def source_in(state: State) -> CodeSource:
    """BundleError where the state holds none."""
    text, name = state.meta.get("source"), state.meta.get("source_name")
    if state.meta.get("version") != VERSION or not isinstance(text, str) or not isinstance(name, str):
        raise _damaged(state, "its source")
    return CodeSource(name, text)


def learned_in(state: State) -> dict[str, Value]:
    """What `fit` learned; BundleError where that is damaged."""
    arrays: list[AnyArray] = [state.arrays[name] for name in ARRAYS if name in state.arrays]
    try:
        learned = unpacked(state.meta.get("learned"), arrays)
    except NotPlainError as error:
        raise _damaged(state, "what it learned") from error
    if not isinstance(learned, dict):
        raise _damaged(state, "what it learned")
    return learned


def whole_in(state: State, key: str) -> int:
    """A whole number from 0."""
    found = state.meta.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise _damaged(state, repr(key))
    return found


def columns_in(state: State) -> tuple[GivenColumn, ...]:
    """The columns that its functions are given; BundleError where these are damaged."""
    body = state.meta.get("columns")
    try:
        if not isinstance(body, list):
            raise TypeError("columns are no list")
        return tuple(_column(one) for one in body)
    except (ValueError, TypeError) as error:
        raise _damaged(state, "its columns") from error


def _column(body: Json) -> GivenColumn:
    if not isinstance(body, list):
        raise TypeError("a column is no list")
    name, kind, labels, shift, scale = body
    is_known = kind in ("number", "category", "date", "text") and isinstance(labels, list)
    if not is_known or not isinstance(name, str) or not isinstance(shift, float) or not isinstance(scale, float):
        raise TypeError("a column is damaged")
    return GivenColumn(name=name, kind=kind, labels=tuple(map(str, labels)), shift=shift, scale=scale)  # type: ignore[arg-type]


def _damaged(state: State, what: str) -> BundleError:
    return BundleError(f"{what} in the stored {state.name!r} cannot be read. The bundle is damaged; save it again.")


def digest_in(state: State) -> str:
    """Of the source that a state holds."""
    return digest_of(source_in(state).text)
