"""What a lab says of its owner: places on their machine, and login names."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from assay.core.array import Json
from assay.core.codec import to_json
from assay.core.contract import LedgerRecord
from assay.core.errors import LabError, Where
from assay.journal.source_stamp import Stamp

READ_AS_TEXT = frozenset({".json", ".md", ".html", ".svg", ".py"})


def stamp_without_place(lab: Path) -> bytes | None:
    """The stamp of the lab's file as packs hold it: files by their names alone; None where there is none."""
    stamp = Stamp.read(lab)
    if stamp is None:
        return None
    options: dict[str, Json] = json.loads(stamp.options)
    named = {name: _name_alone(options.get(name)) for name in ("valid", "unlabelled", "valid_file") if name in options}
    told = replace(stamp, path=_last(stamp.path), options=json.dumps({**options, **named}, sort_keys=True))
    return json.dumps(to_json(told)).encode()


def refuse_names(lab: Path, records: Sequence[LedgerRecord], files: Mapping[str, Path]) -> None:
    """LabError where the records or files of a lab name a place of this machine, or who sent a message.

    Records cannot be changed, so who packs them is asked. files: what is packed beside them, by names in the pack.
    """
    stamp = Stamp.read(lab)
    near = [Path.home(), lab.resolve().parent, *([Path(stamp.path).parent] if stamp is not None else [])]
    places = [str(place) for place in dict.fromkeys(near) if len(place.parts) > 1]
    what = next(chain(_in_records(records, places), _in_files(files, places)), None)
    if what is not None:
        raise LabError(
            f"{what}, which everybody who is given the pack could read.", where=Where(file=str(lab)),
            do=("assay pack LAB --with-names  (packs it as it is)",),
        )  # fmt: skip


def _in_records(records: Sequence[LedgerRecord], places: Sequence[str]) -> Iterator[str]:
    for record in records:
        told = json.dumps(record.body, ensure_ascii=False)
        value = record.body.get("value")
        sender = value.get("by") if record.kind in ("message", "code") and isinstance(value, dict) else None
        if sender:
            yield f"Record {record.number} names who sent it, {sender}"
        yield from (f"Record {record.number} names {place}" for place in places if place in told)
        if record.kind == "session" and isinstance(value, dict):
            yield from (f"Record {record.number} names {place}" for place in _places_set(value.get("settings")))


def _places_set(settings: Json) -> Iterator[str]:
    """Absolute paths among the settings of a session."""
    body = json.loads(settings) if isinstance(settings, str) and settings else {}
    models = body.get("text_models") or []
    yield from (one for one in (body.get("lab_memory"), *models) if isinstance(one, str) and Path(one).is_absolute())


def _in_files(files: Mapping[str, Path], places: Sequence[str]) -> Iterator[str]:
    for name, path in files.items():
        if path.suffix in READ_AS_TEXT:
            told = path.read_text("utf-8", errors="replace")
            yield from (f"{name} names {place}" for place in places if place in told)


def _name_alone(value: Json) -> Json:
    return _last(value) if isinstance(value, str) else value


def _last(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path
