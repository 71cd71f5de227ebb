"""Folders of text models: what must be in one, what is refused, and what it says of itself."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from assay.core.array import Json, JsonObject
from assay.core.errors import UsageError, Where
from assay.core.text_model import TextModel, TextModelKind

WEIGHTS, TOKENS, CONFIG = "model.safetensors", "tokenizer.json", "config.json"
STATIC_PART = "0_StaticEmbedding"
"""Where sentence-transformers keep the files of a table of vectors."""
POOLING, MODULES = "1_Pooling/config.json", "modules.json"
BUILT_OF = frozenset({"Transformer", "StaticEmbedding", "Pooling", "Normalize"})
"""Layers of sentence-transformers whose answer is the vector that is made here."""
MEANS, FIRST = frozenset({"mean", "mean_tokens", "mean_sqrt_len_tokens"}), frozenset({"cls", "cls_token"})
"""Poolings by the names that are in use; a mean by another divisor is the same at length 1."""
ELSEWHERE = ("transformers_weights", "quantization_config", "auto_map")
"""Settings that have other files or other code read than those that a digest names."""
ADAPTER = "adapter_config.json"
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
"""Endings of files that run code when they are opened."""
VECTORS = ("embeddings", "embedding.weight", "embedding")
"""Names of the table of vectors, in the formats that have one."""
WRITERS = ("ForCausalLM", "ForConditionalGeneration", "LMHeadModel")
"""Endings of architectures that write texts; the mean of their states says little of a text."""
MOST_TOKENS = 512
LARGEST = 2**31
"""Of whole numbers in a configuration."""
HEADER_BYTES = 8
MOST_HEADER = 100 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """The files of a model. config: what its config.json says; reads_first: whether a text is the state of its first
    token, in place of the mean of all; most_tokens: that it reads at once.
    """

    name: str
    kind: TextModelKind
    weights: Path
    tokens: Path
    width: int
    config: JsonObject = field(default_factory=dict)
    reads_first: bool = False
    most_tokens: int = MOST_TOKENS

    @property
    def model(self) -> TextModel:
        """What plans and recipes know of it; reads all of its files."""
        return TextModel(name=self.name, digest=self.digest, kind=self.kind, width=self.width, work=self.work)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that a vector depends on."""
        own = hashlib.sha256()
        for path in (self.weights, self.tokens):
            with path.open("rb") as file:
                own.update(hashlib.file_digest(file, "sha256").digest())
        said = [self.kind, self.config, self.reads_first, self.most_tokens]
        own.update(json.dumps(said, sort_keys=True).encode())
        return own.hexdigest()

    @property
    def work(self) -> float:
        """Millions of multiplications for a token, of an encoder's layers: four products of attention, two beyond."""
        if self.kind == "static":
            return 0.0
        layers = _whole(self.config, "num_hidden_layers", "n_layers", "num_layers") or 12
        inner = _whole(self.config, "intermediate_size", "hidden_dim", "d_ff") or 4 * self.width
        return 1e-6 * layers * (4 * self.width**2 + 2 * self.width * inner)


def read_folder(path: Path) -> ModelFiles:
    """The model in a folder, told from the beginnings of its files; UsageError for what is no encoder of texts, lacks a
    file, or has its weights in files that run code.
    """
    if not path.is_dir():
        raise _refused(path, "there is no such folder", "name the folder that holds config.json and model.safetensors")
    static = path / STATIC_PART if (path / STATIC_PART / WEIGHTS).is_file() else path
    weights, tokens = static / WEIGHTS, static / TOKENS
    if not weights.is_file():
        raise _without_weights(path)
    if not tokens.is_file():
        raise _refused(path, f"it is incomplete: {TOKENS} is missing", f"copy {TOKENS} into it")
    _check_layers(path)
    shapes = tensor_shapes(weights, path)
    table = next((shapes[name] for name in VECTORS if name in shapes), None)
    if table is not None and len(table) == 2 and len(shapes) <= 3:
        return ModelFiles(name=path.name, kind="static", weights=weights, tokens=tokens, width=table[1])
    return _transformer(path, weights, tokens)


def _without_weights(path: Path) -> UsageError:
    pickles = sorted(file.name for file in path.iterdir() if file.suffix in PICKLES)
    if pickles:
        return _refused(
            path, f"its weights are in {pickles[0]}, a format that can run code when it is opened",
            f"save them as {WEIGHTS}",
        )  # fmt: skip
    if (path / f"{WEIGHTS}.index.json").is_file():
        return _refused(path, "its weights are divided over several files", f"save them as one {WEIGHTS}")
    return _refused(path, f"it is incomplete: {WEIGHTS} is missing", f"copy {WEIGHTS} into it")


def _transformer(path: Path, weights: Path, tokens: Path) -> ModelFiles:
    config = _read_object(path, CONFIG)
    width, built = _whole(config, "hidden_size", "dim", "d_model"), config.get("architectures")
    written = [str(one) for one in built] if isinstance(built, list) else []
    if not isinstance(config.get("model_type"), str) or width is None:
        raise _refused(path, f"{CONFIG} says neither which kind of network it is nor how wide", "name another folder")
    if any(one.endswith(WRITERS) for one in written) or config.get("is_decoder") is True:
        what = (*written, config["model_type"])[0]
        raise _refused(path, f"it holds a model that writes texts ({what})", "name an encoder of texts")
    if "vision_config" in config or "image_size" in config:
        raise _refused(path, "it holds a model of pictures", "name an encoder of texts")
    own = [name for name in ELSEWHERE if config.get(name)] + [ADAPTER] * (path / ADAPTER).exists()
    if own:
        why = f"{own[0]} has it read code of its own, or weights beside {WEIGHTS}"
        raise _refused(path, why, "name a model that its library knows, with all its weights in one file")
    return ModelFiles(
        name=path.name, kind="transformer", weights=weights, tokens=tokens, width=width,
        config=config, reads_first=_reads_first(path),
        most_tokens=_most_tokens(path, config),
    )  # fmt: skip


def _check_layers(path: Path) -> None:
    """UsageError where layers follow that are not computed here: the vectors would be those of another model."""
    if not (path / MODULES).is_file():
        return
    body = _read_json(path, MODULES)
    layers = body if isinstance(body, list) else []
    kinds = [str(one.get("type", "")).rpartition(".")[2] for one in layers if isinstance(one, dict)]
    other = [kind for kind in kinds if kind not in BUILT_OF]
    if other or not kinds:
        what = f"it has a layer {other[0]!r}, which is not computed here" if other else f"{MODULES} lists no layers"
        raise _refused(path, what, "name a model of a network and its mean, or of its first token")


def _reads_first(path: Path) -> bool:
    """Whether a text is the state of its first token; UsageError for what is neither that nor the mean."""
    said = _read_object(path, POOLING) if (path / POOLING).is_file() else {}
    prefix = "pooling_mode_"
    modes = {key.removeprefix(prefix) for key, is_on in said.items() if key.startswith(prefix) and is_on is True}
    modes |= {str(said["pooling_mode"])} if said.get("pooling_mode") else set()
    if modes <= MEANS:
        return False
    if modes <= FIRST:
        return True
    raise _refused(
        path, f"its vectors are pooled by {' and '.join(sorted(modes))}, which is not computed here",
        "name a model whose vectors are the mean of its tokens, or its first",
    )  # fmt: skip


def _most_tokens(path: Path, config: JsonObject) -> int:
    """Tokens read at once: what it was trained for, and no more than it has places for (two of which some keep)."""
    sentences = path / "sentence_bert_config.json"
    trained = _whole(_read_object(path, sentences.name), "max_seq_length") if sentences.is_file() else None
    places = _whole(config, "max_position_embeddings")
    kept = 0 if places is None or places % 2**5 == 0 else 2
    return max(8, min(trained or MOST_TOKENS, (places or MOST_TOKENS) - kept, MOST_TOKENS))


def tensor_shapes(weights: Path, folder: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors, from the header of the file: its length in eight bytes, then JSON."""
    try:
        with weights.open("rb") as file:
            size = int.from_bytes(file.read(HEADER_BYTES), "little")
            body = file.read(size) if size <= MOST_HEADER else b""
        found = {key: one for key, one in json.loads(body).items() if key != "__metadata__"}
        shapes = {str(key): tuple(map(int, one["shape"])) for key, one in found.items()}
        is_whole = (
            HEADER_BYTES + size + max(int(one["data_offsets"][1]) for one in found.values()) <= weights.stat().st_size
        )
    except OSError as error:
        raise _refused(folder, f"{weights.name} cannot be read: {error}", "copy it again") from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        raise _refused(folder, f"{weights.name} is cut off or no safetensors file", "copy it again") from error
    if not is_whole:
        raise _refused(folder, f"{weights.name} is cut off", "copy it again")
    return shapes


def _read_object(path: Path, name: str) -> JsonObject:
    body = _read_json(path, name)
    if not isinstance(body, dict):
        raise _refused(path, f"{name} is no JSON object", "copy it again")
    return body


def _read_json(path: Path, name: str) -> Json:
    try:
        body: Json = json.loads((path / name).read_text("utf-8"))
    except FileNotFoundError as error:
        raise _refused(path, f"it is incomplete: {name} is missing", f"copy {name} into it") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _refused(path, f"{name} cannot be read: {error}", "copy it again") from error
    return body


def _whole(config: JsonObject, *names: str) -> int | None:
    """The first of these settings that is a whole number above 0, and no larger than any can be."""
    found = (config.get(name) for name in names)
    return next(
        (one for one in found if isinstance(one, int) and not isinstance(one, bool) and 0 < one < LARGEST), None
    )


def _refused(path: Path, why: str, do: str) -> UsageError:
    return UsageError(
        f"{path} cannot be used as a text model: {why}.", where=Where(file=str(path), option="--text-model"), do=(do,)
    )
