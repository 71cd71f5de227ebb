"""Columns of paths and addresses: they name what is in a file, and no step reads that."""

import re
from collections.abc import Sequence

from assay.core.argument import list_argument
from assay.core.errors import DataError, Where
from assay.core.schema import Column

_ENDINGS = {
    "pictures": "jpg jpeg jpe png gif bmp tif tiff webp heic heif svg dcm nii raw dng psd ico",
    "sounds": "wav mp3 flac ogg oga m4a aac opus aiff aif wma mid",
    "films": "mp4 avi mov mkv webm wmv mpg mpeg m4v",
    "files": "pdf txt csv tsv json jsonl parquet npy npz doc docx xls xlsx ppt pptx xml html htm h5 hdf5 zip gz pkl md",
}  # fmt: skip
_PATH = r"(?!\S+@)[^\n\t|<>\"]{1,400}"
_PATTERNS = {
    what: re.compile(rf"{_PATH}\.(?:{'|'.join(endings.split())})(?:\.gz)?(?:[?#]\S*)?", re.IGNORECASE)
    for what, endings in _ENDINGS.items()
}
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
_NEARLY_ALL = 0.95
_MANY_WORDS = 12
_PATHS = "paths of "


def files_named(texts: Sequence[str]) -> str:
    """What nearly all of these different texts are paths of ("pictures", "sounds", "films", "files"), else ""."""
    paths = [text for text in texts if len(text.split()) <= _MANY_WORDS]
    for what, pattern in _PATTERNS.items():
        if sum(pattern.fullmatch(text) is not None for text in paths) >= _NEARLY_ALL * len(texts):
            return what
    n_any = sum(any(pattern.fullmatch(text) for pattern in _PATTERNS.values()) for text in paths)
    return "files" if n_any >= _NEARLY_ALL * len(texts) else ""


def are_addresses(texts: Sequence[str]) -> bool:
    """Whether nearly all of these texts are addresses of the web or of buckets."""
    return bool(texts) and sum(_ADDRESS.fullmatch(text) is not None for text in texts) >= _NEARLY_ALL * len(texts)


def path_reason(what: str) -> str:
    """Why a column of paths is no feature."""
    return f"{_PATHS}{what}, which no step reads"


def names_files(column: Column) -> bool:
    """Whether a column was left out as one of paths."""
    return column.reason.startswith(_PATHS)


def not_kept(column: Column) -> DataError:
    """That a column of paths cannot be kept as it is: its folders would be learned, not what is in the files."""
    return DataError(
        f'The column "{column.name}" holds {column.reason}; kept as a category it would tell the folders and names of '
        "the files, and not what is in them.",
        where=Where(column=column.name, option="--keep"),
        do=("add columns of numbers that were computed from the files, such as embeddings",
            f"--kind {list_argument(column.name, '=text')}  (if the words of the path are what counts)"),
    )  # fmt: skip
