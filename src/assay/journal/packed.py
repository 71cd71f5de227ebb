"""What a packed lab says of itself: the manifest of the file that it came in, which stays in its folder."""

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assay.core.array import JsonObject
from assay.core.codec import from_json, to_json
from assay.core.errors import LabError

MANIFEST = "packed.json"
_HASH = "[0-9a-f]{64}"
_ARTIFACT = r"(?P<two_{0}>[0-9a-f]{{2}})/(?P=two_{0})[0-9a-f]{{62}}(\.[a-z0-9]{{1,8}})?"
_FILES = (
    r"ledger\.sqlite", r"brief\.(md|html)", r"progress\.svg", "artifacts/" + _ARTIFACT.format("a"),
    r"data/(unlabelled/)?(?!text_models\.)[a-z_]{1,40}\.(npy|json)", rf"data/code/{_HASH}\.py",
    r"(model|certified|snapshot)/((manifest|schema)\.json|states/[0-9a-f]{8,64}/(state\.json|arrays\.npz))",
)  # fmt: skip
_KNOWN = re.compile("|".join(_FILES))
_SEALED = re.compile(rf"sealed/(key|rows\.npy|{_ARTIFACT.format('s')})")
FORMAT, VERSION = "assay-pack", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file of a packed lab: its path in the lab, with slashes; its size and SHA-256."""

    path: str
    size_bytes: int
    sha256: str

    def __post_init__(self) -> None:
        if not is_inside(self.path):
            raise ValueError(f"{self.path!r} is no path inside a lab.")
        if self.size_bytes < 0 or len(self.sha256) != 64:
            raise ValueError(f"{self.path} has no size or hash.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackManifest:
    """lab: the folder's name; head: number and hash of the ledger's last record; assay: the version that packed it.
    with_vault: whether the vault's key and labels came along."""

    lab: str
    head: str
    assay: str
    with_vault: bool
    files: tuple[PackedFile, ...]
    format: str = FORMAT
    version: int = VERSION

    @property
    def size_bytes(self) -> int:
        """Of all files, unpacked."""
        return sum(file.size_bytes for file in self.files)

    def as_bytes(self) -> bytes:
        return (json.dumps(to_json(self), ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def of_bytes(cls, data: bytes, *, where: str) -> "PackManifest":
        """LabError for what is no manifest, or one of a newer version."""
        body = _object(data)
        number = body.get("version")
        if body.get("format") == FORMAT and isinstance(number, int) and number > VERSION:
            raise LabError(
                f"{where} has format {number}, made by a newer Assay; this one reads up to {VERSION}.",
                do=("pip install -U assay-ml",),
            )
        try:
            if body.get("format") != FORMAT:
                raise ValueError("it is of no packed lab")
            return from_json(cls, body)
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise LabError(
                f"{where}: its list of files, {MANIFEST}, cannot be read: {error}",
                do=("copy it again from where it was made: assay pack LAB",),
            ) from error


def _object(data: bytes) -> JsonObject:
    """The JSON object of some bytes; {} for anything else."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def is_known(name: str, *, with_vault: bool) -> bool:
    """Whether a path is one of a lab's own files that travel. What else lies in a lab, such as messages, work, settings
    or the folders where encoders of texts are looked for, would act where it is unpacked.
    """
    return bool(_KNOWN.fullmatch(name)) or (with_vault and bool(_SEALED.fullmatch(name)))


def is_inside(name: str) -> bool:
    """Whether a path with slashes stays inside the folder that it is relative to, on every system."""
    parts = PurePosixPath(name).parts
    is_plain = bool(parts) and name == "/".join(parts) and not set(name) & set('\\:\0*?"<>|')
    return is_plain and not name.startswith("/") and all(part not in (".", "..") for part in parts)


def packed_without_vault(lab: Path) -> bool:
    """Whether a lab was unpacked from a file that left the vault's key and labels behind, and they are not there."""
    file = lab / MANIFEST
    if (lab / "sealed" / "key").exists() or not file.is_file():
        return False
    try:
        return not PackManifest.of_bytes(file.read_bytes(), where=str(file)).with_vault
    except (LabError, OSError):
        return False
