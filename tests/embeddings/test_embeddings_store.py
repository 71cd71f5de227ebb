"""The store of vectors: what is kept, what a damaged or full one does, and that it holds no texts."""

import os
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from assay.embeddings.vector_store import VectorStore

DIGEST = "0123456789abcdef"


def some(n: int, width: int = 3) -> tuple[list[str], np.ndarray]:
    return [f"text number {k}" for k in range(n)], np.random.default_rng(n).normal(size=(n, width)).astype(np.float32)


def test_what_was_kept_is_read_to_the_last_bit_and_nothing_else(tmp_path: Path) -> None:
    store, (texts, vectors) = VectorStore(tmp_path / "store"), some(1_200)
    store.write(DIGEST, texts, vectors)
    found, there = store.read(DIGEST, [*texts, "another"], 3)
    assert there.tolist() == [True] * 1_200 + [False]
    assert found[:-1].tobytes() == vectors.tobytes()
    assert not store.read("f" * 16, texts, 3)[1].any(), "another model has none of them"


def test_the_store_holds_no_words_and_is_for_its_user_alone(tmp_path: Path) -> None:
    store, (texts, vectors) = VectorStore(tmp_path / "store"), some(5)
    store.write(DIGEST, texts, vectors)
    (file,) = (tmp_path / "store").iterdir()
    assert b"number" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("body", [b"no database at all" * 100, b""], ids=["other", "empty"])
def test_a_damaged_file_is_no_error_and_is_begun_anew(tmp_path: Path, body: bytes) -> None:
    store, (texts, vectors) = VectorStore(tmp_path), some(5)
    store.write(DIGEST, texts, vectors)
    (file,) = tmp_path.iterdir()
    file.write_bytes(body)
    assert not store.read(DIGEST, texts, 3)[1].any()
    assert store.clear_damaged(DIGEST) == bool(body), "that it was damaged is told"
    assert not store.clear_damaged(DIGEST), "and once"
    store.write(DIGEST, texts, vectors)
    assert store.read(DIGEST, texts, 3)[1].all()


def test_vectors_of_another_width_or_without_a_value_are_made_again(tmp_path: Path) -> None:
    store, (texts, vectors) = VectorStore(tmp_path), some(4)
    vectors[2, 1] = np.nan
    store.write(DIGEST, texts, vectors)
    assert store.read(DIGEST, texts, 3)[1].tolist() == [True, True, False, True]
    assert not store.read(DIGEST, texts, 4)[1].any()


def test_a_full_store_forgets_other_models_then_the_older_half(tmp_path: Path) -> None:
    store, (texts, vectors) = VectorStore(tmp_path, most_bytes=60_000), some(300, 16)
    store.write("f" * 16, texts, vectors)
    for start in range(0, 300, 50):
        store.write(DIGEST, texts[start : start + 50], vectors[start : start + 50])
    for again in range(3):
        store.write(DIGEST, [f"{again} {text}" for text in texts], vectors)
    assert not store.read("f" * 16, texts, 16)[1].any()
    assert store.read(DIGEST, [f"2 {text}" for text in texts[-50:]], 16)[1].all(), "the newest stay"
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 3 * 60_000


def test_of_a_full_store_what_was_read_last_stays(tmp_path: Path) -> None:
    store, (texts, vectors) = VectorStore(tmp_path, most_bytes=120_000), some(300, 16)
    for place, digest in enumerate(("a" * 16, "b" * 16)):
        store.write(digest, texts, vectors)
        (file,) = tmp_path.glob(f"{digest}*")
        os.utime(file, (1000 + place, 1000 + place))
    store.read("a" * 16, texts[:1], 16)
    for start in range(0, 300, 100):
        store.write(DIGEST, texts[start : start + 100], vectors[start : start + 100])
    assert [store.read(one, texts, 16)[1].any() for one in ("a" * 16, "b" * 16)] == [True, False]


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store, (texts, vectors) = VectorStore(tmp_path / "file" / "store"), some(3)
    store.write(DIGEST, texts, vectors)
    assert not store.read(DIGEST, texts, 3)[1].any()
    assert store.trouble()


def _fill(asked: tuple[Path, int]) -> None:
    folder, part = asked
    texts, vectors = some(200)
    for start in range(0, 200, 20):
        VectorStore(folder).write(
            DIGEST, [f"{part} {t}" for t in texts[start : start + 20]], vectors[start : start + 20]
        )


@pytest.mark.slow
def test_several_processes_write_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        list(pool.map(_fill, [(tmp_path, part) for part in range(3)]))
    texts, vectors = some(200)
    for part in range(3):
        found, there = VectorStore(tmp_path).read(DIGEST, [f"{part} {text}" for text in texts], 3)
        assert there.all()
        assert found.tobytes() == vectors.tobytes()
