"""Tampers of what lies beside the ledger: models, rows, predictions, the brief, the key, the file of the ledger."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from assay.predictor.bundle import Bundle
from assay.ship.file_digests import digests_of
from assay.vault.key import VaultKey
from attacks_hand import array, forge, lines, nudged, number_of, passport, relisted, rewrap, turned
from attacks_labs import PLAIN, VAULT, make
from attacks_tamper import Tamper

VAULTED = {"origin": "vault", "rows": 99_999, "certified": True}
"""Of a passport that claims what no vault showed."""


def written(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    """A text file of the lab that says something else."""

    def act(lab: Path) -> None:
        file = lab / name
        before = file.read_text()
        after = change(before)
        assert after != before, f"{name} was not changed"
        file.write_text(after)

    return act


def damaged(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A file of the lab with other bytes."""

    def act(lab: Path) -> None:
        file = lab / name
        file.write_bytes(change(file.read_bytes()))

    return act


def gone(name: str) -> Callable[[Path], None]:
    """A file or folder of the lab deleted."""

    def act(lab: Path) -> None:
        place = lab / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return act


def _artifact(lab: Path, experiment: int) -> Path:
    key = str(lines(lab)[number_of(lab, "result", experiment=experiment) - 1].value["oof"])
    return lab / "artifacts" / key[:2] / f"{key}.npy"


def _swap(lab: Path) -> None:
    one, other = _artifact(lab, 2), _artifact(lab, 3)
    a, b = one.read_bytes(), other.read_bytes()
    one.write_bytes(b)
    other.write_bytes(a)


def _without_member(bundle: Bundle) -> Bundle:
    kept = bundle.members[:-1] or bundle.members
    total = sum(member.weight for member in kept)
    members = tuple(replace(member, weight=member.weight / total) for member in kept)
    used = {key for member in members for piece in member.pieces for key in (*piece.encoders, piece.model)}
    return replace(bundle, members=members, states={key: bundle.states[key] for key in used})


def _turned_and_recorded(lab: Path) -> None:
    """The model turned, its hashes and answers in the ledger made again by Assay itself, every hash made to fit."""
    rewrap(lab / "model", turned)
    forge(lab, lambda known: known.__delitem__(slice(number_of(lab, "shipped") - 1, None)))
    make(PLAIN, lab)


def _nudged(lab: Path) -> None:
    rewrap(lab / "model", nudged)
    relisted(lab)


def _copy_exchanged(lab: Path) -> None:
    whole = lab.with_name("whole-model")
    shutil.copytree(lab / "model", whole)
    _nudged(lab)
    shutil.rmtree(lab / "model")
    whole.rename(lab / "model")
    files = [list(pair) for pair in digests_of(lab / "model")]
    forge(lab, lambda known: known[number_of(lab, "shipped") - 1].value["bundles"][0].update(files=files))


def _certified_ships(lab: Path) -> None:
    shutil.rmtree(lab / "model")
    shutil.copytree(lab / "certified", lab / "model")


def _emptied(lab: Path) -> None:
    shutil.rmtree(lab / "model")
    (lab / "model").mkdir()


def _without_work(lab: Path) -> None:
    shutil.rmtree(lab / "cache")
    shutil.rmtree(lab / "work")


def _stray(lab: Path) -> None:
    place = lab / "artifacts" / "ab"
    place.mkdir(exist_ok=True)
    np.save(place / ("ab" * 32 + ".npy"), np.ones(3))


def _pipe(lab: Path) -> None:
    file = lab / "data" / "y.npy"
    file.unlink()
    os.mkfifo(file)


def _truth(lab: Path) -> Path:
    (file,) = (lab / "sealed").glob(f"??/{lines(lab)[number_of(lab, 'certified') - 1].value['truth']}.npy")
    return file


def _key_elsewhere(lab: Path) -> None:
    VaultKey.drawn().write(lab)


def _copied_folds(lab: Path) -> None:
    array(lab / "data" / "folds.npy", lambda folds: np.roll(folds, 1, axis=0))


def _wal(lab: Path) -> None:
    (lab / "ledger.sqlite-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(200))


def _page(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes(255 - byte for byte in body[middle : middle + 600]) + body[middle + 600 :]


MODELS = (
    Tamper("a model with its signs turned, its list hashed anew", PLAIN, lambda lab: rewrap(lab / "model", turned)),
    Tamper("the same, and the ledger made to say so", PLAIN, _turned_and_recorded),
    Tamper("one leaf turned, its files' hashes in the ledger made to fit", PLAIN, _nudged),
    Tamper(
        "the mark of the arithmetic rewritten, every hash made to fit: a remark says how answers were compared",
        PLAIN,
        lambda lab: relisted(lab, arithmetic="0" * 64),
    ),
    Tamper("the copy of the model exchanged, its hash in the ledger made to fit", PLAIN, _copy_exchanged),
    Tamper("the certified model turned, its list hashed anew", VAULT, lambda lab: rewrap(lab / "certified", turned)),
    Tamper(
        "what ships exchanged for the certified model",
        VAULT,
        _certified_ships,
    ),
    Tamper(
        "a passport that claims a vault of 99,999 rows", PLAIN, lambda lab: passport(lab / "model", expected=VAULTED)
    ),
    Tamper("a passport with the threshold 0.01", PLAIN, lambda lab: passport(lab / "model", threshold=0.01)),
    Tamper(
        "a passport with a better figure",
        PLAIN,
        lambda lab: passport(lab / "model", expected={"value": 0.99, "low": 0.98}),
    ),
    Tamper("a passport that is certified", PLAIN, lambda lab: passport(lab / "model", expected={"certified": True})),
    Tamper("a passport of more rows", PLAIN, lambda lab: passport(lab / "model", rows=99_999)),
    Tamper(
        "a passport without calibration",
        PLAIN,
        lambda lab: rewrap(lab / "model", lambda b: replace(b, passport=replace(b.passport, threshold=0.25))),
    ),
    Tamper(
        "classes exchanged",
        PLAIN,
        lambda lab: rewrap(
            lab / "model", lambda b: replace(b, passport=replace(b.passport, classes=b.passport.classes[::-1]))
        ),
    ),
    Tamper(
        "a member dropped, the others weighed up",
        PLAIN,
        lambda lab: rewrap(lab / "model", lambda b: replace(_without_member(b), passport=b.passport)),
    ),
    Tamper("the head in the model exchanged", PLAIN, lambda lab: passport(lab / "model", head="9:" + "0" * 32)),
    Tamper("the head in the model removed", PLAIN, lambda lab: passport(lab / "model", head="")),
    Tamper("a file of the model deleted", PLAIN, gone("model/schema.json")),
    Tamper("a file of the model altered", PLAIN, damaged("model/schema.json", lambda body: body + b" ")),
    Tamper(
        "a file put into the model's folder", PLAIN, lambda lab: (lab / "model" / "extra.py").write_text("print(1)")
    ),
    Tamper(
        "a manifest nested 90,000 deep", PLAIN, lambda lab: (lab / "model" / "manifest.json").write_text("[" * 90_000)
    ),
    Tamper(
        "the copy of the model damaged", PLAIN, lambda lab: next((lab / "artifacts").rglob("*.zip")).write_bytes(b"PK")
    ),
    Tamper("the model's folder emptied", PLAIN, _emptied),
    Tamper(
        "the model's folder taken away",
        PLAIN,
        gone("model"),
        harmless="nothing is claimed by what is not there; fit brings it back",
    ),
)
ROWS = (
    Tamper("numbers of the rows edited", PLAIN, lambda lab: array(lab / "data" / "numeric.npy", lambda x: x * 1.01)),
    Tamper(
        "one number of one row edited",
        PLAIN,
        lambda lab: array(
            lab / "data" / "numeric.npy", lambda x: np.where(np.arange(x.size).reshape(x.shape) == 5, 0, x)
        ),
    ),
    Tamper("categories of the rows edited", PLAIN, lambda lab: array(lab / "data" / "codes.npy", lambda x: x[::-1])),
    Tamper(
        "ten labels turned",
        PLAIN,
        lambda lab: array(lab / "data" / "y.npy", lambda y: np.where(np.arange(len(y)) < 10, 1 - y, y)),
    ),
    Tamper("the folds moved", PLAIN, _copied_folds),
    Tamper("a row fewer", PLAIN, lambda lab: array(lab / "data" / "y.npy", lambda y: y[:-1])),
    Tamper("labels deleted", PLAIN, gone("data/y.npy")),
    Tamper("a pipe in the place of labels", PLAIN, _pipe),
    Tamper("the question cut in half", PLAIN, damaged("data/task.json", lambda body: body[: len(body) // 2])),
    Tamper(
        "the question's metric edited",
        PLAIN,
        written("data/task.json", lambda text: text.replace('"metric": "roc_auc"', '"metric": "log_loss"')),
    ),
    Tamper(
        "a metric that nobody knows",
        PLAIN,
        written("data/task.json", lambda text: text.replace('"metric": "roc_auc"', '"metric": "mine"')),
    ),
    Tamper("the question replaced by a list", PLAIN, lambda lab: (lab / "data" / "task.json").write_text("[]")),
    Tamper("the question deleted", PLAIN, gone("data/task.json")),
    Tamper("the layout of the blocks damaged", PLAIN, damaged("data/layout.json", lambda body: b"{" + body)),
    Tamper(
        "a block that says it is an object array",
        PLAIN,
        damaged("data/numeric.npy", lambda body: body.replace(b"<f4", b"|O ").replace(b"<f8", b"|O ")),
    ),
    Tamper(
        "weights put beside the rows", PLAIN, lambda lab: np.save(lab / "data" / "weight.npy", np.linspace(0.1, 2, 600))
    ),
    Tamper(
        "where the file lay edited",
        PLAIN,
        lambda lab: (lab / "data" / "source.json").write_text("{}"),
        harmless="it only says where a file lay",
    ),
)
STORED = (
    Tamper("stored predictions edited", PLAIN, lambda lab: array(_artifact(lab, 3), lambda p: 1 - p)),
    Tamper("stored predictions deleted", PLAIN, lambda lab: _artifact(lab, 3).unlink()),
    Tamper("predictions of two experiments exchanged", PLAIN, _swap),
    Tamper(
        "one experiment's predictions named for another, rechained",
        PLAIN,
        lambda lab: forge(
            lab,
            lambda known: known[number_of(lab, "result", experiment=4) - 1].value.update(
                oof=known[number_of(lab, "result", experiment=3) - 1].value["oof"]
            ),
        ),
    ),
    Tamper(
        "a prediction file that is no array", PLAIN, lambda lab: _artifact(lab, 3).write_bytes(b"\x93NUMPY\x01\x00")
    ),
    Tamper(
        "an artifact that no record names",
        PLAIN,
        _stray,
    ),
    Tamper("the vault's key exchanged", VAULT, _key_elsewhere),
    Tamper("the vault's key deleted", VAULT, gone("sealed")),
    Tamper("labels of the vault's opening edited", VAULT, lambda lab: array(_truth(lab), lambda y: 1 - y)),
    Tamper("the vault's key damaged", VAULT, written("sealed/key", lambda text: "zz" + text[2:])),
    Tamper(
        "the certified model taken away",
        VAULT,
        gone("certified"),
        harmless="nothing is claimed by what is not there; fit brings it back",
    ),
    Tamper(
        "cache and work deleted",
        PLAIN,
        _without_work,
        harmless="both are made again",
    ),
)
BASE = (
    Tamper("the ledger's file cut in half", PLAIN, damaged("ledger.sqlite", lambda body: body[: len(body) // 2])),
    Tamper("the ledger's file empty", PLAIN, damaged("ledger.sqlite", lambda body: b"")),
    Tamper(
        "the ledger's first page damaged",
        PLAIN,
        damaged("ledger.sqlite", lambda body: body[:100] + bytes(400) + body[500:]),
    ),
    Tamper("a page in the middle damaged", PLAIN, damaged("ledger.sqlite", _page)),
    Tamper("the ledger replaced by text", PLAIN, damaged("ledger.sqlite", lambda body: b"score 0.99\n" * 50)),
    Tamper(
        "a log of SQLite's put beside it", PLAIN, _wal, harmless="SQLite passes over a log that does not belong to it"
    ),
    Tamper(
        "a record edited in the file itself",
        PLAIN,
        damaged("ledger.sqlite", lambda body: body.replace(b'"kept":true', b'"kept":null', 1)),
    ),
)
