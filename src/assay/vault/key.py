"""The key of a vault, drawn for one lab, and the sealed arrays that openings leave for audits.

Both lie unencrypted in a folder of the lab that only its owner may read; no job is given its path.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.atomic_files import may_be_read_by_others, write_private
from assay.core.errors import LabError, UsageError, Where
from assay.core.special_files import refuse_special
from assay.ledger.artifacts import ArtifactFolder, storage_error
from assay.predictor.lab_rows import FOLDER as FOLDER  # noqa: PLC0414  # what else is sealed lies there, too

FILE = "key"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The key of the keyed hash that chooses a vault's rows. secret: never printed nor in the ledger."""

    secret: bytes = field(repr=False)

    @classmethod
    def drawn(cls) -> "VaultKey":
        """A new one, from the system and not from the lab's seed, which proposers may know: with it they could compute
        which rows are set aside.
        """
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def at(cls, file: Path) -> "VaultKey":
        """The key in a file; UsageError where there is none."""
        refuse_special(file)
        try:
            text = file.read_text().strip()
            secret = bytes.fromhex(text)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{file} holds no key of a vault.", where=Where(file=str(file)),
                do=("copy it back from where the lab was copied", "--force makes a new lab"),
            ) from error  # fmt: skip
        if len(secret) != KEY_BYTES:
            raise UsageError(f"{file} holds {len(secret)} bytes; a key has {KEY_BYTES}.", where=Where(file=str(file)))
        return cls(secret)

    @property
    def fingerprint(self) -> str:
        """Its hash in the ledger, so that no other key can stand in for it later; it discloses nothing of the rows."""
        return hashlib.sha256(b"assay vault key " + self.secret).hexdigest()

    def write(self, lab: Path) -> None:
        """Write it to the lab, readable by its owner only."""
        folder = lab / FOLDER
        try:
            _make_folder(folder)
            write_private(folder / FILE, f"{self.secret.hex()}\n".encode())  # half of a key would be taken for one
        except OSError as error:
            raise storage_error(error, folder) from error
        restrict(lab)


def put_sealed(lab: Path, array: AnyArray) -> str:
    """Store an array for audits outside the lab's artifacts; returns its key."""
    _make_folder(lab / FOLDER)
    key = ArtifactFolder(lab / FOLDER).put_array(array)
    restrict(lab)
    return key


def sealed_array(lab: Path, key: str) -> AnyArray:
    """The array of that key, its bytes checked; LabError where it is gone or changed."""
    return np.array(ArtifactFolder(lab / FOLDER).array(key, check=True))


def is_open_to_others(lab: Path) -> bool:
    """Whether others than the owner may read what is sealed, as after a copy that lost the modes of files."""
    return bool(_wide(lab))


def restrict(lab: Path) -> bool:
    """Let the owner alone read what is sealed; returns whether others could. StorageError for another's lab."""
    wide = _wide(lab)
    try:
        for path in wide:
            path.chmod(0o700 if path.is_dir() else 0o600)
    except OSError as error:
        raise storage_error(error, lab / FOLDER) from error
    return bool(wide)


def _wide(lab: Path) -> list[Path]:
    """What others may read there. A link is nobody's to restrict: what it leads to may lie anywhere."""
    folder = lab / FOLDER
    return [one for one in (folder, *folder.rglob("*")) if may_be_read_by_others(one) and not one.is_symlink()]


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def has_key(lab: Path) -> bool:
    """Whether a key was drawn for the lab."""
    return (lab / FOLDER / FILE).is_file()


def key_of(lab: Path, fingerprint: str) -> VaultKey:
    """The key of a lab's vault; LabError where it is gone or another one. fingerprint: of its record."""
    if not has_key(lab):
        raise LabError(
            f"{lab.name}/{FOLDER}/{FILE} is gone: without it nobody can tell which rows were set aside.",
            do=("copy it back from where the lab was copied", "--force makes a new lab"),
        )
    key = VaultKey.at(lab / FOLDER / FILE)
    if key.fingerprint != fingerprint:
        raise LabError(
            f"{lab.name}/{FOLDER}/{FILE} is not the key that the lab's vault was dealt with.",
            do=("copy the lab's own key back",),
        )
    return key
