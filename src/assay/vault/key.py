"""The key of a vault: drawn for one lab, kept apart from all that workers and proposers are given."""

import hashlib
import secrets
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.atomic_files import atomic_file
from assay.core.errors import LabError, UsageError, Where
from assay.journal.labs import is_lab
from assay.ledger.artifacts import array_bytes, storage_error

FOLDER, FILE = "sealed", "key"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class VaultKey:
    """Deals the rows of a vault and covers what an opening stores of them. secret: never printed nor in the ledger."""

    secret: bytes = field(repr=False)

    @classmethod
    def drawn(cls) -> "VaultKey":
        """A new one. From the system and not from the lab's seed, which proposers may know: with it they could compute
        which rows are set aside.
        """
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def at(cls, file: Path) -> "VaultKey":
        """The key in a file; UsageError where there is none."""
        try:
            text = file.read_text().strip()
            secret = bytes.fromhex(text)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{file} holds no key of a vault.", where=Where(option="--vault-key", file=str(file)),
                do=(f"--vault-key OTHER.lab/{FOLDER}/{FILE}", "leave it out: a key is drawn"),
            ) from error  # fmt: skip
        if len(secret) != KEY_BYTES:
            raise UsageError(
                f"{file} holds {len(secret)} bytes; a key has {KEY_BYTES}.", where=Where(option="--vault-key")
            )
        return cls(secret)

    @property
    def fingerprint(self) -> str:
        """What the ledger says of it, so that no other key can stand in for it later; it tells nothing of the rows."""
        return hashlib.sha256(b"assay vault key " + self.secret).hexdigest()

    def write(self, lab: Path) -> None:
        """Leave it in the lab, readable by its owner only."""
        folder = lab / FOLDER
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_file(folder / FILE) as temporary:  # half of a key would be taken for one
                temporary.touch(mode=0o600)
                temporary.write_text(self.secret.hex() + "\n")
        except OSError as error:
            raise storage_error(error, folder) from error

    def covered(self, array: AnyArray, name: str) -> AnyArray:
        """The array's bytes under the key: what a search through a lab's files finds in place of labels.

        name: no two arrays under a key have the same. A keystream of SHAKE-256; the ledger's chain guards the bytes.
        """
        return self._under(np.frombuffer(array_bytes(array), dtype=np.uint8), name)

    def uncovered(self, covered: AnyArray, name: str) -> AnyArray:
        """The array that was covered under that name; LabError where the key is another one."""
        try:
            found: AnyArray = np.load(BytesIO(self._under(np.asarray(covered), name).tobytes()), allow_pickle=False)
        except ValueError as error:
            raise LabError("The key in the lab does not open what its vault left behind: it is another key.") from error
        return found

    def _under(self, plain: AnyArray, name: str) -> AnyArray:
        stream = hashlib.shake_256(self.secret + b"\0" + name.encode()).digest(len(plain))
        return np.asarray(plain ^ np.frombuffer(stream, dtype=np.uint8))


def lab_of(file: Path) -> Path | None:
    """The lab in which the file of a key lies; None where that is in none."""
    folder = file.resolve().parent
    return folder.parent if file.name == FILE and folder.name == FOLDER and is_lab(folder.parent) else None


def has_key(lab: Path) -> bool:
    """Whether a key was drawn for the lab."""
    return (lab / FOLDER / FILE).is_file()


def key_of(lab: Path, fingerprint: str) -> VaultKey:
    """The key that dealt a lab's vault; LabError where it is gone or another one. fingerprint: of its record."""
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
