"""A packed lab put back into a folder: checked file by file, and nothing else in it."""

import hashlib
import lzma
import shutil
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO

from assay.core.atomic_files import atomic_folder
from assay.core.errors import LabError, StorageError, Where
from assay.core.special_files import refuse_special
from assay.journal.digest_records import is_plain_name
from assay.journal.find_labs import LEDGER, SUFFIX
from assay.journal.packed import MANIFEST, PackedFile, PackManifest, is_known
from assay.ledger.anchor import Anchor
from assay.ledger.artifacts import storage_error
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.vault.key import restrict

MOST_IN_MANIFEST = 256 << 20
"""Bytes of a list of files: of a million."""
BLOCK = 1 << 20


def unpack(file: Path, out: Path | None = None) -> tuple[Path, PackManifest]:
    """Put a packed lab into a folder, of its own name here if none is given; returns the folder and what is in it.

    Nothing is written outside a new folder, which stands in its place only once every file is there, has the size and
    hash of the list, and the ledger has the head of the list. LabError names the file that is damaged, missing, or in
    no list; StorageError where the folder exists, or the disk has no room.
    """
    refuse_special(file)
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            place = out or Path.cwd() / _name(manifest, file)
            if place.exists():
                raise StorageError(f"{place} exists already.", where=Where(option="--out"), do=("another --out",))
            _check_names(archive, manifest, file)
            _check_room(manifest, place)
            with atomic_folder(place) as draft:
                _fill(draft, archive, manifest, file)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(file, f"it is no packed lab, or was cut off ({error})") from error
    except OSError as error:
        raise storage_error(error, file if not file.exists() else out or file) from error
    return place, manifest


def _fill(draft: Path, archive: zipfile.ZipFile, manifest: PackManifest, file: Path) -> None:
    for one in manifest.files:
        _extract(archive, one, draft / one.path, file)
    (draft / MANIFEST).write_bytes(manifest.as_bytes())
    for ledger in draft.rglob(LEDGER):
        restrict(ledger.parent)
        try:
            SqliteLedger.open(ledger.parent, create=False, write=False).close()
        except LabError as error:
            raise _damaged(file, f"its {ledger.relative_to(draft)} is refused ({error.message})") from error
    _check_head(draft, manifest, file)


def _damaged(file: Path, why: str) -> LabError:
    return LabError(
        f"{file.name}: {why}.",
        where=Where(file=str(file)),
        do=("copy it again from where it was made: assay pack LAB",),
    )


def _manifest(archive: zipfile.ZipFile, file: Path) -> PackManifest:
    try:
        found = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise _damaged(file, f"it is no packed lab, as it has no {MANIFEST}") from error
    if found.file_size > MOST_IN_MANIFEST:
        raise _damaged(file, f"its {MANIFEST} is larger than any list of files")
    with archive.open(found) as stream:
        return PackManifest.of_bytes(stream.read(MOST_IN_MANIFEST), where=file.name)


def _name(manifest: PackManifest, file: Path) -> str:
    """The lab's own name, as a folder that is found by it."""
    name = manifest.lab if manifest.lab.endswith(SUFFIX) else f"{manifest.lab}{SUFFIX}"
    if not is_plain_name(name):
        raise LabError(f"{file.name} names no folder to unpack to.", do=("name one: --out LAB",))
    return name


def _check_names(archive: zipfile.ZipFile, manifest: PackManifest, file: Path) -> None:
    """What the file holds is what its list says, each once, and no links."""
    names = [info.filename for info in archive.infolist()]
    listed = [MANIFEST, *(one.path for one in manifest.files)]
    folded = [name.casefold() for name in listed]
    twice = sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set())
    if twice or len(set(folded)) < len(folded):
        raise _damaged(file, f"{(twice or ['a file'])[0]} is in it twice")
    missing, more = sorted(set(listed) - set(names)), sorted(set(names) - set(listed))
    if missing:
        raise _damaged(file, f"{missing[0]} is missing{_and_more(missing)}")
    if more:
        raise _damaged(file, f"{more[0]!r} is in it and not in its list{_and_more(more)}")
    known = {MANIFEST, *(name for name in listed if is_known(name, with_vault=manifest.with_vault))}
    strange = sorted(set(listed) - known)
    if strange:
        raise _damaged(file, f"{strange[0]!r} is no file that a packed lab has{_and_more(strange)}")
    links = [info.filename for info in archive.infolist() if stat.S_ISLNK(info.external_attr >> 16)]
    if links:
        raise _damaged(file, f"{links[0]} is a link, and a packed lab has none")


def _and_more(names: list[str]) -> str:
    return f", and {len(names) - 1} more" if len(names) > 1 else ""


def _check_room(manifest: PackManifest, place: Path) -> None:
    free = shutil.disk_usage(place.absolute().parent).free
    if manifest.size_bytes > free:
        raise StorageError(
            f"The lab takes {manifest.size_bytes:,} bytes, and {free:,} are free at {place.absolute().parent}.",
            where=Where(option="--out"), do=("unpack it on another disk: --out FOLDER",),
        )  # fmt: skip


def _extract(archive: zipfile.ZipFile, one: PackedFile, to: Path, file: Path) -> None:
    """Write one file, no byte more than its list says, and compare its hash."""
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(one.path) as stream, to.open("xb") as target:
            found = _copied(stream, target, at_most=one.size_bytes)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise _damaged(file, f"{one.path} is damaged ({error})") from error
    if found != (one.size_bytes, one.sha256):
        raise _damaged(file, f"{one.path} is not the file that was packed: its size or hash is another")


def _copied(stream: IO[bytes], target: BinaryIO, *, at_most: int) -> tuple[int, str]:
    """How many bytes were copied, and their SHA-256; nothing is written after the first block that is too much."""
    digest, done = hashlib.sha256(), 0
    while block := stream.read(min(BLOCK, at_most - done + 1)):
        done += len(block)
        if done > at_most:
            break
        digest.update(block)
        target.write(block)
    return done, digest.hexdigest()


def _check_head(lab: Path, manifest: PackManifest, file: Path) -> None:
    """The ledger opens and ends where the list says."""
    ledger = SqliteLedger.open(lab, create=False, write=False)
    try:
        records = ledger.ends()
        head = Anchor.of(records[-1]).text if records else ""
    finally:
        ledger.close()
    if head != manifest.head:
        raise _damaged(file, f"its ledger ends at {head or 'nothing'}, not at {manifest.head}")
