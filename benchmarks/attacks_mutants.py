"""One thing of a predictor's files changed on purpose, its manifest's hashes made to fit again.

Of JSON a value is changed (another type, NaN, infinity, a huge, negative or missing one, a list of another length, deep
nesting), of an array its numbers, shape or type (positions that point elsewhere, links that go round in a circle).
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import numpy as np

Files = dict[str, bytes]
Rng = np.random.Generator
HOW = ("json", "array")


def packed(files: Files) -> bytes:
    """A zip of these files whose manifest holds their hashes: as whoever means harm would write it."""
    body = dict(files)
    manifest = json.loads(body.pop("manifest.json"))
    if isinstance(manifest, dict):
        manifest["files"] = {name: {"sha256": sha256(one).hexdigest(), "bytes": len(one)} for name, one in body.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, one in {**body, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, one)
    return out.getvalue()


def mutant(files: Files, rng: Rng) -> tuple[Files, str]:
    """The files with one thing changed, and what that was."""
    how = str(rng.choice(HOW))
    names = {"json": [n for n in files if n.endswith(".json")], "array": [n for n in files if n.endswith(".npz")]}
    how = how if names[how] else "json"
    name = str(rng.choice(sorted(names[how])))
    change = {"json": _json, "array": _arrays}[how]
    body, said = change(files[name], rng)
    return {**files, name: body}, f"{name}: {said}"


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values but what the manifest says of files, which is written anew."""
    if path and path[0] == "files":
        return
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _leaves(inner, (*path, key))


def _nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def _values(old: Any, rng: Rng) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [
        ("null", None), ("true", True), ("NaN", float("nan")), ("infinity", float("inf")), ("-infinity", float("-inf")),
        ("huge", 10**30), ("huge float", 1e300), ("negative", -1), ("zero", 0), ("fraction", 0.5), ("empty text", ""),
        ("text", "%Y%Y"), ("bracket", "("), ("list", []), ("object", {}), ("list of null", [None]),
        ("two billion", 2**31),
        ("long text", "x" * 100_000), ("nested", _nested(500)), ("NaN in text", "nan"), ("list of NaN", [float("nan")]),
    ]  # fmt: skip
    if isinstance(old, list):
        found += 2 * [("shorter", old[:-1]), ("longer", [*old, *old[-1:]]), ("doubled", old + old)]
        found += 2 * [("reversed", old[::-1]), ("first is null", [None, *old[1:]])]
    if isinstance(old, int | float) and not isinstance(old, bool):
        found += 3 * [("larger by one", old + 1), ("smaller by one", old - 1), ("its opposite", -old)]
    if isinstance(old, str):
        found += 2 * [("text changed", old + "%Y%Y"), ("text cut", old[:-1])]
    return found


def _json(body: bytes, rng: Rng) -> tuple[bytes, str]:
    value = json.loads(body)
    paths = list(_leaves(value))
    path = paths[int(rng.integers(len(paths)))]
    place = value
    for key in path[:-1]:
        place = place[key]
    if rng.random() < 0.15:
        del place[path[-1]]
        return json.dumps(value).encode(), f"{path} left out"
    choices = _values(place[path[-1]], rng)
    said, new = choices[int(rng.integers(len(choices)))]
    place[path[-1]] = new
    return json.dumps(value).encode(), f"{path} is {said}"


def _arrays(body: bytes, rng: Rng) -> tuple[bytes, str]:
    with np.load(io.BytesIO(body), allow_pickle=False) as opened:
        arrays = {name: opened[name] for name in opened.files}
    names = sorted(arrays)
    name = names[int(rng.integers(len(names)))]
    said, arrays[name] = _changed(arrays[name], rng)
    if rng.random() < 0.05:
        del arrays[name]
        said = "left out"
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue(), f"{name} {said}"


def _changed(array: np.ndarray, rng: Rng) -> tuple[str, np.ndarray]:
    ways = ["shorter", "longer", "flat", "deeper", "empty", "text", "complex", "bytes", "scalar", "bool"]
    if array.size and array.dtype.kind in "fiu":
        ways += ["one NaN", "all NaN", "one infinite", "huge", "negative", "float", "whole"] * 2
        ways += ["far position", "circle", "shuffled"] * 3 if array.dtype.kind in "iu" else ["shuffled"]
    way = str(rng.choice(ways))
    whole: dict[str, Callable[[], Any]] = {
             "shorter": lambda: array[:-1], "longer": lambda: np.concatenate([array, array[-1:]]),
             "flat": array.ravel, "deeper": lambda: array[None], "empty": lambda: array[:0],
             "text": lambda: array.astype(str), "complex": lambda: array.astype(complex),
             "bytes": lambda: array.astype("S4"), "scalar": lambda: np.array(1.0), "bool": lambda: array.astype(bool),
             "all NaN": lambda: np.full(array.shape, np.nan), "float": lambda: array.astype(float) + 0.5,
             "whole": lambda: array.astype(np.int64), "shuffled": lambda: rng.permutation(array.ravel()).reshape(
                 array.shape), "circle": lambda: np.zeros_like(array)}  # fmt: skip
    if way in whole:
        try:
            return way, np.asarray(whole[way]())
        except (ValueError, TypeError, IndexError):
            return "scalar", np.array(1.0)
    out = array.astype(float) if way in ("one NaN", "one infinite") else array.copy()
    at = int(rng.integers(out.size))
    top = np.iinfo(out.dtype).max if out.dtype.kind in "iu" else np.finfo(out.dtype).max
    new = {"one NaN": np.nan, "one infinite": np.inf, "huge": top, "far position": top // 2 if top > 300 else top,
           "negative": -7 if out.dtype.kind != "u" else top}[way]  # fmt: skip
    out.flat[at] = new
    return f"{way} at {at}", out
