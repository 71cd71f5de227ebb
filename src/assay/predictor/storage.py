"""Bundles on disk: a folder, or one zip file with the same content; read and verified as a whole."""

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from assay.core.atomic_files import ABANDONED_SECONDS, atomic_folder, sweep_unfinished, sync, write_synced
from assay.core.errors import BundleError, StorageError, Where
from assay.core.special_files import refuse_special
from assay.predictor.bundle import MANIFEST, Bundle, bundle_files, bundle_of, check_file, listed_files, read_manifest
from assay.predictor.state_files import LONG_AGO, MOST_UNPACKED, Allowance, unpackable

MOST_MANIFEST_BYTES = 64 * 2**20
"""Size limit of a manifest; a few hundred bytes per state are expected."""
UNZIPPABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
"""Exceptions of zipfile for entries that are cut, altered, encrypted, or packed in unknown ways."""
NO_BUNDLE = "give the folder or .zip file that a predictor was saved to"


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write a folder, or a zip file if the path ends in .zip: under a temporary name beside it, then renamed.

    An older predictor there is replaced, at once where the system can, and what killed saves left is cleared away;
    StorageError if something else is there or cannot be written.
    """
    if path.exists() and not _holds_bundle(path):
        raise StorageError(
            f"{path} exists and is no predictor, so it is not replaced.", where=Where(file=str(path)),
            do=("give another path",),
        )  # fmt: skip
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            write_synced(path, zip_bytes(bundle))
        else:
            with atomic_folder(path, synced=True) as folder:
                _fill(folder, bundle)
        sweep_unfinished(path.parent, path.name, least_age_seconds=ABANDONED_SECONDS)
    except OSError as error:
        raise StorageError(
            f"The predictor cannot be written to {path}: {error.strerror or error}.", where=Where(file=str(path)),
            do=("check space and rights", "give another path"),
        ) from error  # fmt: skip


def _holds_bundle(path: Path) -> bool:
    if path.is_dir():
        return (path / MANIFEST).is_file() or not any(path.iterdir())
    return zipfile.is_zipfile(path)


def _fill(folder: Path, bundle: Bundle) -> None:
    for name, body in bundle_files(bundle).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    sync(folder / MANIFEST)  # it names every file's hash: with it safe, a torn one is noticed


def zip_bytes(bundle: Bundle) -> bytes:
    """The zip file of a bundle; equal bundles give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in bundle_files(bundle).items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            # arrays are deflated already
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".npz") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return buffer.getvalue()


def home_of(path: Path) -> Path:
    """The predictor's path: itself, or the model/ of a lab."""
    own, of_lab = path / MANIFEST, path / "model" / MANIFEST
    return path / "model" if of_lab.exists() and not own.exists() else path


def read_bundle(path: Path) -> tuple[Bundle, int]:
    """The bundle of a folder or zip file, checked against its manifest, and its bytes on disk.

    BundleError if it is no bundle, of a newer format, incomplete, altered, or needs what is not installed.
    """
    if path.is_dir():
        try:
            return _checked(lambda name, most: _file_of(path, name, most), str(path))
        except OSError as error:
            raise _unreadable(path, error) from error
    if not path.exists():
        raise BundleError(f"There is no predictor at {path}.", where=Where(file=str(path)), do=(NO_BUNDLE,))
    refuse_special(path)
    try:
        bundle, _ = bundle_from_zip(path.read_bytes(), str(path))
    except OSError as error:
        raise _unreadable(path, error) from error
    return bundle, path.stat().st_size


def _unreadable(path: Path, error: OSError) -> BundleError:
    return BundleError(
        f"{path} cannot be read: {error.strerror or error}.", where=Where(file=str(path)), do=(NO_BUNDLE,)
    )


def bundle_from_zip(body: bytes, where: str) -> tuple[Bundle, int]:
    """The bundle of a zip file's bytes, and the bytes of its files."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _checked(lambda name, most: _entry_of(archive, name, most), where, packed=len(body))
    except UNZIPPABLE as error:
        raise BundleError(f"{where} is not a predictor: {error}.", where=Where(file=where), do=(NO_BUNDLE,)) from error


def _checked(read: Callable[[str, int], bytes | None], where: str, *, packed: int | None = None) -> tuple[Bundle, int]:
    """A reader (name, most) of verified files; None for a missing file; reads at most `most` + 1 bytes.

    packed: compressed size of all files; None where they are not compressed.
    """
    head = read(MANIFEST, MOST_MANIFEST_BYTES)
    if head is None:
        raise BundleError(
            f"{where} is not a predictor: it holds no {MANIFEST}.", where=Where(file=where), do=(NO_BUNDLE,)
        )
    manifest = read_manifest(head, where)
    files, contents = {}, listed_files(manifest, where)
    most = MOST_UNPACKED if packed is None else unpackable(packed)
    if sum(listed.bytes for listed in contents.values()) > most:
        raise BundleError(
            f"{where} unpacks to more than {most:,} bytes, so it is not read.", where=Where(file=where), do=(NO_BUNDLE,)
        )
    for name, listed in contents.items():
        found = read(name, listed.bytes)
        if found is None:
            raise BundleError(
                f"{where}: {name} is missing.", where=Where(file=where), do=("copy the whole bundle again",)
            )
        check_file(name, found, listed, where)
        files[name] = found
    size = len(head) + sum(map(len, files.values()))
    allowance = Allowance.of(size if packed is None else packed)
    return bundle_of(manifest, files, where, allowance=allowance), size


def _file_of(folder: Path, name: str, most: int) -> bytes | None:
    file = folder / name
    if not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
        return None
    with file.open("rb") as opened:
        return opened.read(most + 1)


def _entry_of(archive: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    try:
        with archive.open(name) as opened:
            return opened.read(most + 1)
    except KeyError:
        return None
