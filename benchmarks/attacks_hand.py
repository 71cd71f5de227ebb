"""What somebody who holds a lab's folder can do to its ledger and models, with the hashes made to fit again or not."""

import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.array import AnyArray
from assay.core.recipe import canonical
from assay.ledger.anchor import Anchor
from assay.ledger.artifacts import ArtifactFolder
from assay.ledger.chain import ROOT, hash_of
from assay.predictor.bundle import Bundle
from assay.predictor.storage import read_bundle, write_bundle
from assay.ship.file_digests import digests_of

COLUMNS = "number, kind, experiment, at, body, artifact, previous, hash"


@dataclass
class Line:
    """One record as it can be edited; body: the whole of it, with `value` and `seconds_in`."""

    kind: str
    experiment: int | None
    at: str
    body: Any

    @property
    def value(self) -> Any:
        """What the record says."""
        return self.body["value"]


@contextmanager
def base(lab: Path) -> Iterator[sqlite3.Connection]:
    """The ledger's database with its triggers dropped, as any program may."""
    with closing(sqlite3.connect(lab / "ledger.sqlite")) as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        yield connection
        connection.commit()


def lines(lab: Path) -> list[Line]:
    """All records."""
    with closing(sqlite3.connect(lab / "ledger.sqlite")) as connection:
        rows = connection.execute(f"select {COLUMNS} from record order by number").fetchall()
    store = ArtifactFolder(lab / "artifacts")
    return [
        Line(kind, experiment, at, json.loads(store.bytes(artifact) if body is None else body))
        for _, kind, experiment, at, body, artifact, _, _ in rows
    ]


def forge(lab: Path, change: Callable[[list[Line]], object]) -> None:
    """Change the records as if they had been written so: numbered anew, every hash made to fit."""
    known = lines(lab)
    change(known)
    _drop_bodies(lab)
    with base(lab) as connection:
        connection.execute("delete from record")
        previous = ROOT
        for number, line in enumerate(known, start=1):
            text = canonical(line.body)
            digest = hash_of(
                number=number, kind=line.kind, experiment=line.experiment, at=line.at, body=text, previous=previous
            )  # fmt: skip
            connection.execute(
                f"insert into record ({COLUMNS}) values (?, ?, ?, ?, ?, null, ?, ?)",
                (number, line.kind, line.experiment, line.at, text, previous, digest),
            )
            previous = digest


def _drop_bodies(lab: Path) -> None:
    """Large bodies lie inside the forged records from now on."""
    with closing(sqlite3.connect(lab / "ledger.sqlite")) as connection:
        keys = [key for (key,) in connection.execute("select artifact from record where artifact is not null")]
    for key in keys:
        (lab / "artifacts" / key[:2] / f"{key}.json").unlink(missing_ok=True)


def sweep(lab: Path) -> None:
    """Delete every artifact that no record names any more, as who knows of them would."""
    text = "".join(canonical(line.body) for line in lines(lab))
    for file in (lab / "artifacts").glob("??/*"):
        if file.name[:64] not in text:
            file.unlink()


def edit(lab: Path, number: int, change: Callable[[Any], object]) -> None:
    """Change what one record says and leave its hash as it was."""
    body = lines(lab)[number - 1].body
    change(body["value"])
    with base(lab) as connection:
        connection.execute(
            "update record set body = ?, artifact = null where number = ?", (canonical(body), number)
        )  # fmt: skip


def cut(lab: Path, number: int) -> None:
    """Leave the records up to a number."""
    with base(lab) as connection:
        connection.execute("delete from record where number > ?", (number,))


def number_of(lab: Path, kind: str, *, which: int = -1, experiment: int | None = None) -> int:
    """The number of a record of that kind; the last one unless said otherwise."""
    found = [
        number for number, line in enumerate(lines(lab), start=1)
        if line.kind == kind and experiment in (None, line.experiment)
    ]  # fmt: skip
    return found[which]


def head_of(lab: Path, *, kind: str = "") -> str:
    """The head of the ledger; kind: that before the last record of this kind."""
    last = len(lines(lab)) if not kind else number_of(lab, kind) - 1
    with closing(sqlite3.connect(lab / "ledger.sqlite")) as connection:
        (digest,) = connection.execute("select hash from record where number = ?", (last,)).fetchone()
    return Anchor(last, digest[:32]).text


def rewrap(place: Path, change: Callable[[Bundle], Bundle]) -> None:
    """A bundle changed and written as Assay writes one: every hash in its manifest fits."""
    bundle, _ = read_bundle(place)
    changed = change(bundle)
    shutil.rmtree(place)
    write_bundle(changed, place)


def relisted(lab: Path, folder: str = "model", **told: object) -> None:
    """The ledger made to say that the files in a folder are those that shipped, all but their answers; every hash made
    to fit. told: what else it says of them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, _ in digests_of(lab / folder):
            archive.write(lab / folder / name, name)
    copy = ArtifactFolder(lab / "artifacts").put_bytes(packed.getvalue(), ".zip")

    def change(known: list[Line]) -> None:
        value: Any = known[number_of(lab, "shipped") - 1].value
        for one in value["bundles"]:
            if one["folder"] == folder:
                one.update(copy=copy, files=[list(pair) for pair in digests_of(lab / folder)], **told)

    forge(lab, change)


def nudged(bundle: Bundle) -> Bundle:
    """The same with the smallest leaf of one boosted model turned."""
    key = min(key for key, state in bundle.states.items() if state.name == "lightgbm")
    state = bundle.states[key]
    leaves = np.array(state.arrays["leaves"])
    size = np.where(leaves == 0, np.inf, np.abs(leaves))
    leaves[size == size.min()] *= -1
    return replace(bundle, states={**bundle.states, key: replace(state, arrays={**state.arrays, "leaves": leaves})})


def turned(bundle: Bundle) -> Bundle:
    """The same with the sign of every model's numbers turned: what it called likely is unlikely."""
    models = {piece.model for member in bundle.members for piece in member.pieces}
    states = {
        key: replace(state, arrays={name: _negated(name, array) for name, array in state.arrays.items()})
        if key in models else state
        for key, state in bundle.states.items()
    }  # fmt: skip
    return replace(bundle, states=states)


def _negated(name: str, array: AnyArray) -> AnyArray:
    """The numbers that a model adds up; where it asks its questions stays as it is."""
    if not np.issubdtype(array.dtype, np.floating) or "threshold" in name:
        return array
    return np.asarray(-array)


def passport(place: Path, **changes: object) -> None:
    """A manifest whose passport says something else; nothing hashes the manifest but the ledger."""
    file = place / "manifest.json"
    body = json.loads(file.read_text())
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(body["passport"].get(name), dict):
            body["passport"][name].update(value)
        else:
            body["passport"][name] = value
    file.write_text(json.dumps(body))


def array(path: Path, change: Callable[[AnyArray], AnyArray]) -> None:
    """A .npy file whose values were changed."""
    np.save(path, change(np.load(path)))
