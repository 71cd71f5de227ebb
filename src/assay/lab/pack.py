"""A lab as one file, which opens, audits and replays elsewhere: a zip with a list of its files and their hashes."""

import hashlib
import shutil
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from assay.core.atomic_files import UNFINISHED, atomic_file
from assay.core.errors import LabError, StorageError, Where
from assay.embeddings.text_models import FILE as TEXT_MODELS
from assay.journal.find_labs import LEDGER
from assay.journal.packed import MANIFEST, PackedFile, PackManifest, is_known
from assay.journal.source_stamp import NAME as SOURCE
from assay.lab.lab_folder import RESEARCH_LOG
from assay.lab.pack_names import refuse_names, stamp_without_place
from assay.ledger.anchor import Anchor
from assay.ledger.artifacts import storage_error
from assay.ledger.sqlite_ledger import LOCK, SqliteLedger

REBUILT = frozenset({"cache", "work", "inbox"})
"""Folders of a lab that stay behind: what is computed again, and messages that nobody has answered."""
SEALED = "sealed"
OWN = frozenset({LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", LOCK, RESEARCH_LOG, MANIFEST})
"""Files that stay behind or are written anew: the ledger's live files, its lock, a log."""
MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of every file, so that the same lab gives the same bytes."""


def pack(
    lab: Path, out: Path, *, with_vault: bool = False, with_names: bool = False, force: bool = False
) -> PackManifest:  # fmt: skip
    """Write a lab to one file; returns the list of what is in it.

    The ledger is copied by SQLite while the lab is held, so LabError while a session works on it. with_vault: with the
    key and the labels of its vault. Without them nobody can open the vault elsewhere, where the lab's own count of
    openings would not grow; the claims on it are then not audited there. with_names: with places on this machine and
    names of people; without, LabError where records name some, which cannot be changed. StorageError where `out`
    exists, or cannot be written.
    """
    if out.exists() and not force:
        raise StorageError(
            f"{out} exists already.", where=Where(option="--out"), do=("another --out", "replace it: --force"),
        )  # fmt: skip
    ledger = SqliteLedger.open(lab, create=False)
    try:
        records = ledger.records()
        if not records:
            raise LabError(f"{lab.name} holds nothing yet.", do=("assay fit FILE --target COLUMN",))
        with tempfile.TemporaryDirectory() as folder:
            sources = dict(_files(lab, with_vault=with_vault))
            if not with_names:
                sources |= dict(_stamps(sources, Path(folder)))
                refuse_names(lab, records, sources)
            sources |= dict(_ledgers(lab, Path(folder)))
            manifest = PackManifest(
                lab=lab.resolve().name, head=Anchor.of(records[-1]).text, assay=version("assay-ml"),
                with_vault=with_vault, files=tuple(_described(name, sources[name]) for name in sorted(sources)),
            )  # fmt: skip
            _write(out, manifest, sources)
    except OSError as error:
        raise storage_error(error, out) from error
    finally:
        ledger.close()
    return manifest


def _files(lab: Path, *, with_vault: bool) -> Iterator[tuple[str, Path]]:
    """Name in the pack and path of every file that is packed as it is; links are followed by nobody: LabError."""
    for name, path in _all_in(lab):
        if _stays(name, with_vault=with_vault):
            continue
        if path.is_symlink():
            raise LabError(
                f"{path} is a link; a pack holds files alone.", where=Where(file=str(path)),
                do=("put the file in its place",),
            )  # fmt: skip
        if path.is_file() and is_known(str(name), with_vault=with_vault):
            yield str(name), path


def left_behind(lab: Path) -> tuple[str, ...]:
    """Files in a lab's folder that are not Assay's, so that no pack takes them."""
    return tuple(
        str(name) for name, path in _all_in(lab)
        if path.is_file() and name.name != TEXT_MODELS
        and not (_stays(name, with_vault=True) or is_known(str(name), with_vault=True))
    )  # fmt: skip


def _all_in(lab: Path) -> Iterator[tuple[PurePosixPath, Path]]:
    for path in sorted(lab.rglob("*")):
        yield PurePosixPath(path.relative_to(lab).as_posix()), path


def _stamps(sources: dict[str, Path], folder: Path) -> Iterator[tuple[str, Path]]:
    """The stamp of the lab's file without the place where it lies here."""
    for number, (name, path) in enumerate(sources.items()):
        told = stamp_without_place(path.parents[1]) if name.endswith(f"data/{SOURCE}") else None
        if told is not None:
            copy = folder / f"{number}.json"
            copy.write_bytes(told)
            yield name, copy


def _stays(name: PurePosixPath, *, with_vault: bool) -> bool:
    """Whether a path stays behind: folders of these names, but for those inside what is stored by hash or shipped."""
    top = name.parts[0]
    if top in ("artifacts", "data", "model", "certified"):
        return name.name.endswith(UNFINISHED)
    folders = name.parts
    return (
        any(part in REBUILT or (part == SEALED and not with_vault) for part in folders)
        or name.name in OWN or name.name.endswith(UNFINISHED)
    )  # fmt: skip


def _ledgers(lab: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """A copy of each ledger, made by SQLite: whole, and without a log beside it."""
    for number, file in enumerate(sorted(lab.rglob(LEDGER))):
        copy = folder / f"{number}.sqlite"
        source = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True)) as live, closing(sqlite3.connect(copy)) as other:
            live.backup(other)
            other.execute("pragma journal_mode = delete")
        yield file.relative_to(lab).as_posix(), copy


def _described(name: str, path: Path) -> PackedFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return PackedFile(path=name, size_bytes=path.stat().st_size, sha256=digest)


def _write(out: Path, manifest: PackManifest, sources: dict[str, Path]) -> None:
    with atomic_file(out, synced=True) as draft, zipfile.ZipFile(draft, "w") as archive:
        archive.writestr(_member(MANIFEST), manifest.as_bytes())
        for file in manifest.files:
            with sources[file.path].open("rb") as stream, archive.open(_member(file.path, file.size_bytes), "w") as to:
                shutil.copyfileobj(stream, to)


def _member(name: str, size_bytes: int = 0) -> zipfile.ZipInfo:
    """A member that says nothing of when and where it was made."""
    info = zipfile.ZipInfo(name, date_time=MOMENT)
    info.compress_type, info.create_system, info.file_size = zipfile.ZIP_DEFLATED, 3, size_bytes
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    return info
