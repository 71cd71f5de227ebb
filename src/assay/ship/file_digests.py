"""Digests and copies of the files beside a ledger, so that an exchange is detected and a loss can be restored."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from assay.core.array import AnyArray, Index
from assay.core.atomic_files import atomic_folder
from assay.core.errors import LabError, StorageError
from assay.core.machine_arithmetic import arithmetic
from assay.embeddings.text_models import FILE as TEXT_MODELS
from assay.journal.digest_records import CERTIFIED, MODEL, BundleRecord, Digests, RowsRecord, ShippedRecord
from assay.journal.journal import Journal
from assay.journal.source_stamp import NAME as STAMP
from assay.ledger.artifacts import storage_error
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.predictor.state_files import LONG_AGO, Allowance
from assay.user_code.access import FOLDER as CODE

SAMPLE_ROWS = 200
"""Rows of the lab for which the predictions of what ships are recorded."""


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests_of(folder: Path) -> Digests:
    """Of every file below a folder, by its name there, without unfinished ones."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".tmp")
    return tuple((file.relative_to(folder).as_posix(), digest_of_file(file)) for file in files)


def is_as_written(folder: Path, files: Digests) -> bool:
    """Whether a folder holds these files with these digests."""
    return all((folder / name).is_file() and digest_of_file(folder / name) == known for name, known in files)


def rows_digests(folder: TaskFolder) -> Digests:
    """Of a lab's rows and question. Left out is what holds where files lie on this machine, and may change with each
    session: of the source, of text models; and sources of functions, each of which has its digest for a name.
    """
    found = digests_of(folder.data)
    return tuple(one for one in found if one[0] not in (STAMP, TEXT_MODELS) and not one[0].startswith(f"{CODE}/"))


def record_rows(journal: Journal, folder: TaskFolder) -> None:
    """Record in the ledger the rows that a lab begins with, if they are not recorded yet."""
    if journal.state.rows is None:
        journal.write("rows", RowsRecord(files=rows_digests(folder)), durable=True)


def sample(n_rows: int) -> Index:
    """The rows, at most SAMPLE_ROWS, evenly spaced, for which predictions are recorded."""
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, SAMPLE_ROWS)).round().astype(np.int64))


def answers_of(model: Predictor, folder: TaskFolder) -> AnyArray:
    """A predictor's predictions for the sample of a lab's rows, in stored form: in one thread, as several may add in
    another order.
    """
    with threadpool_limits(1):
        return model.of_table(folder.table.take(sample(folder.table.n_rows)))


def record_shipped(journal: Journal, folder: TaskFolder, *, anew: bool = False) -> None:
    """Record in the ledger what an ended search left beside it, if it is not recorded yet, or it changed (anew)."""
    state = journal.state
    if state.model is None or state.end is None or not (anew or state.shipped is None):
        return
    if not (folder.path / MODEL).is_dir():  # moved away between a kill and now: no copy was made of it
        return
    names = (MODEL, CERTIFIED) if state.certified is not None else (MODEL,)
    bundles = tuple(_recorded(journal, folder, name) for name in names if (folder.path / name).is_dir())
    journal.write("shipped", ShippedRecord(bundles=bundles), durable=True)


def _recorded(journal: Journal, folder: TaskFolder, name: str) -> BundleRecord:
    place = folder.path / name
    answers = answers_of(Predictor.in_lab(place, folder.surroundings), folder)
    return BundleRecord(
        folder=name, files=digests_of(place), copy=journal.ledger.put_bytes(_packed(place), ".zip"),
        answers=journal.ledger.put_array(answers), arithmetic=arithmetic(),
    )  # fmt: skip


def _packed(folder: Path) -> bytes:
    """The files of a folder in one zip; equal files give equal bytes. They are deflated already where it pays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, _ in digests_of(folder):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), (folder / name).read_bytes())
    return buffer.getvalue()


def digests_in(body: bytes) -> Digests:
    """Of every file in such a zip, by its name there."""
    allowance = Allowance.of(len(body))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        found = []
        for name in sorted(archive.namelist()):
            with archive.open(name) as packed:
                found.append((name, hashlib.sha256(allowance.read(packed)).hexdigest()))
    return tuple(found)


def is_lacking(path: Path, shipped: ShippedRecord | None) -> bool:
    """Whether a folder of what shipped is gone from a lab."""
    return shipped is not None and any(not (path / one.folder).is_dir() for one in shipped.bundles)


def restore(journal: Journal, folder: TaskFolder) -> None:
    """Restore folders of what shipped that are gone, from the copies in the lab: nothing is fitted or opened again.

    LabError where a copy is gone or damaged, too.
    """
    for one in () if journal.state.shipped is None else journal.state.shipped.bundles:
        place = folder.path / one.folder
        if place.is_dir():
            continue
        try:
            body = journal.ledger.bytes(one.copy, check=True)
        except LabError as error:
            raise LabError(
                f"{folder.path.name}/{one.folder} is gone, and so is the copy of it: {error.message}",
                do=("copy the folder back", "--force makes a new lab"),
            ) from error
        _unpack(body, place, one.files)


def _contents(body: bytes, files: Digests) -> Iterator[tuple[str, bytes]]:
    allowance = Allowance.of(len(body))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name, _ in files:
            with archive.open(name) as packed:
                yield name, allowance.read(packed)


def _unpack(body: bytes, place: Path, files: Digests) -> None:
    """The files that were recorded, and no others, each no larger than what was packed can be."""
    try:
        with atomic_folder(place, synced=True) as folder:
            for name, content in _contents(body, files):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise LabError(
            f"The copy of {place.name} in {place.parent.name} cannot be unpacked: {error}.",
            do=("copy the folder back",),
        ) from error
    except (OSError, StorageError) as error:
        raise (storage_error(error, place) if isinstance(error, OSError) else error) from error
