"""Tables in JSON: an object a line, a list of objects, or one object of columns or around the rows."""

import json
from collections.abc import Mapping

from assay.core.array import Json
from assay.core.errors import DataError, Where
from assay.core.task import Notice
from assay.data.nested_cells import flat_rows
from assay.data.raw import RawTable, with_tidy_names
from assay.data.whole_numbers import from_rows

_FEWEST = 2
"""Rows below which objects of equal keys are one nested row, and no columns."""


def is_json(content: bytes) -> bool:
    """Whether the bytes begin as JSON does: a list of objects, an object in the first line, or one over all lines."""
    start = content.lstrip()
    if start[:1] == b"[":
        return start[1:].lstrip()[:1] == b"{"
    for text in (start.split(b"\n", 1)[0], start):
        try:
            return isinstance(json.loads(text), dict)
        except RecursionError:
            return True  # too deep to be read, which is said by who reads it
        except ValueError:
            continue
    return False


def read_json(content: bytes, name: str) -> RawTable:
    """The table in the bytes of a JSON file, objects inside cells taken apart. Raises DataError where it is none."""
    try:
        rows, notices = _rows(content)
        flat, nested = flat_rows(rows)
        frame = from_rows(flat)
    except RecursionError:
        raise DataError(f"{name} has lists or objects inside each other too deep to be read.", where=Where(file=name),
                        do=("write one object of plain cells a line",)) from None  # fmt: skip
    except (ValueError, TypeError) as error:
        raise DataError(f"{name} is no table in JSON lines: {error}.", where=Where(file=name),
                        do=("write one object of the same keys a line",)) from error  # fmt: skip
    named = with_tidy_names(frame, tuple(frame.columns))
    return RawTable(frame=named.frame, name=name, notices=(*notices, *nested, *named.notices), repeated=named.repeated)


def _rows(content: bytes) -> tuple[list[Json], tuple[Notice, ...]]:
    if content.lstrip()[:1] == b"[":
        return json.loads(content), ()
    try:
        one = json.loads(content)
    except ValueError:
        return [json.loads(line) for line in content.splitlines() if line.strip()], ()
    if columns := _columns(one):
        return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)], ()
    inner = {key: value for key, value in one.items() if _are_objects(value)}
    if len(inner) != 1:
        return [one], ()
    key, rows = next(iter(inner.items()))
    message = f'the rows are those under "{key}"' + ("; what is beside them is left out" if len(one) > 1 else "")
    return rows, (Notice(code="data/json-rows", message=message),)


def _are_objects(value: Json) -> bool:
    return isinstance(value, list) and len(value) >= _FEWEST and all(isinstance(item, dict) for item in value)


def _columns(one: Mapping[str, Json]) -> dict[str, list[Json]]:
    """The columns of an object that holds a cell for each row under each name, as pandas writes them; else none."""
    values = list(one.values())
    dicts = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    if values and len(dicts) == len(values) and all(list(value) == list(dicts[0]) for value in dicts):
        columns = {name: list(value.values()) for name, value in zip(one, dicts, strict=True)}
    elif (
        values
        and len(lists) == len(values)
        and len({len(value) for value in lists}) == 1
        and not _are_objects(lists[0])
    ):
        columns = dict(zip(one, lists, strict=True))
    else:
        return {}
    return columns if len(next(iter(columns.values()))) >= _FEWEST else {}
