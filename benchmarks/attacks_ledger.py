"""Tampers of the ledger's records: edited, left out, put in, made again with every hash right."""

import copy
import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assay.ledger.artifacts import ArtifactFolder
from attacks_hand import Line, base, cut, edit, forge, head_of, lines, number_of, passport, sweep
from attacks_labs import AGAIN, PLAIN, VAULT, search
from attacks_tamper import Tamper

FULL = "whoever may write the lab, its models, its brief and every head noted outside of it can make any lab"


def value(kind: str, change: Callable[[Any], object], *, which: int = -1) -> Callable[[Path], None]:
    """Edit what a record says, every hash made to fit."""
    return lambda lab: forge(lab, lambda known: change(known[number_of(lab, kind, which=which) - 1].value))


def without(kind: str) -> Callable[[Path], None]:
    """Leave the last record of a kind out, every hash made to fit."""
    return lambda lab: forge(lab, lambda known: known.pop(number_of(lab, kind) - 1))


def _without_experiment(lab: Path, number: int) -> None:
    forge(lab, lambda known: _keep(known, lambda line: line.experiment != number))


def _keep(known: list[Line], wanted: Callable[[Line], bool]) -> None:
    known[:] = [line for line in known if wanted(line)]


def _later(known: list[Line], *, days: int = 1) -> None:
    for line in known:
        line.at = (datetime.fromisoformat(line.at) + timedelta(days=days)).isoformat()


def _one_later(lab: Path) -> None:
    def change(known: list[Line]) -> None:
        known[number_of(lab, "end") - 1].at = (datetime.fromisoformat(known[-1].at) - timedelta(days=3)).isoformat()

    forge(lab, change)


def _cut_and_search(lab: Path) -> None:
    """Take the opening back and open the vault again: the second opening is counted as the first."""
    cut(lab, number_of(lab, "opening") - 1)
    for name in ("brief.md", "brief.html", "progress.svg"):
        (lab / name).unlink(missing_ok=True)
    search(lab, vault=0.25, experiments=5)


def _cut_clean_and_search(lab: Path) -> None:
    cut(lab, number_of(lab, "opening") - 1)
    sweep(lab)
    search(lab, vault=0.25, experiments=5)


def _not_certified_again(lab: Path, *, is_thorough: bool) -> None:
    """Leave out the first end and the session after it, and clear the mark that they brought."""

    def change(known: list[Line]) -> None:
        first, second = number_of(lab, "end", which=0) - 1, number_of(lab, "session") - 1
        known[first : second + 1] = []
        for line in (line for line in known if line.kind == "end"):
            line.value["adaptive"] = []
            line.value["expect"]["adaptive"] = False

    forge(lab, change)
    if is_thorough:
        sweep(lab)


def _fake_keep(lab: Path) -> None:
    """An experiment that was never run, with the predictions of another one under a flattering score."""

    def change(known: list[Line]) -> None:
        at = number_of(lab, "choice") - 1
        own = [copy.deepcopy(line) for line in known[:at] if line.experiment == 4]
        for line in own:
            line.experiment = 5
            if line.kind == "asked":
                line.value["number"] = 5
            if line.kind == "result":
                line.value["score"] = 0.99
        known[at:at] = own

    forge(lab, change)


def _better_predictions(lab: Path) -> None:
    """Predictions drawn towards the truth, stored under their own hash; score and folds are made to fit."""
    store = ArtifactFolder(lab / "artifacts")
    y = np.load(lab / "data" / "y.npy")
    known = lines(lab)[number_of(lab, "result", experiment=4) - 1].value
    made = 0.5 * np.array(store.array(known["oof"])) + 0.5 * y
    key = store.put_array(made.astype(np.float32))
    value("result", lambda body: body.update(oof=key), which=_place(lab, 4))(lab)
    (lab / "artifacts" / known["oof"][:2] / f"{known['oof']}.npy").unlink()


def _place(lab: Path, experiment: int) -> int:
    numbers = [line.experiment for line in lines(lab) if line.kind == "result"]
    return numbers.index(experiment)


def _reanchored(lab: Path, change: Callable[[Path], None]) -> None:
    """A change with every head inside the lab made to fit: in the model, then hashed anew, then in the brief."""
    change(lab)
    passport(lab / "model", head=head_of(lab, kind="shipped"))


def _shift_everything(lab: Path) -> None:
    forge(lab, _later)
    _refresh(lab)


def _refresh(lab: Path) -> None:
    """Have Assay itself write down the model and the brief of a forged ledger."""
    head = head_of(lab, kind="model")
    passport(lab / "model", head=head)
    forge(lab, lambda known: _keep(known, lambda line: line.kind not in ("shipped", "brief")))
    for name in ("brief.md", "brief.html", "progress.svg"):
        (lab / name).unlink(missing_ok=True)
    sweep(lab)
    search(lab)


def _made_anew(lab: Path) -> None:
    """Another lab of the same question, made by Assay with other experiments, in the place of this one."""
    shutil.rmtree(lab)
    search(lab, experiments=3)


def deep(lab: Path) -> None:
    """A body nested beyond what a parser follows."""
    with base(lab) as connection:
        connection.execute(
            "update record set body = ?, artifact = null where number = 5",
            ('{"value":' + "[" * 90_000 + "]" * 90_000 + "}",),
        )


def raw(body: object) -> Callable[[Path], None]:
    """Anything at all in the place of a body."""

    def act(lab: Path) -> None:
        with base(lab) as connection:
            connection.execute("update record set body = ?, artifact = null where number = 6", (body,))

    return act


def sql(command: str) -> Callable[[Path], None]:
    """One statement."""

    def act(lab: Path) -> None:
        with base(lab) as connection:
            connection.execute(command)

    return act


def _set(name: str, found: object) -> Callable[[Any], object]:
    return lambda body: body.update({name: found})


def _in(part: str, name: str, found: object) -> Callable[[Any], object]:
    return lambda body: body[part].update({name: found})


def _longer(body: Any) -> None:
    body["experiments"] = 2


EDITED = (
    Tamper(
        "a score edited, hashes as they were",
        PLAIN,
        lambda lab: edit(lab, number_of(lab, "result"), _set("score", 0.999)),
    ),
    Tamper("a score edited, rechained", PLAIN, value("result", _set("score", 0.999))),
    Tamper(
        "a fold's score edited, rechained",
        PLAIN,
        value("result", lambda body: body["folds"][0].update(score=0.9), which=1),
    ),
    Tamper("better predictions under their own hash, rechained", PLAIN, _better_predictions),
    Tamper(
        "a verdict turned, rechained", PLAIN, value("verdict", lambda body: body.update(kept=not body["kept"]), which=2)
    ),
    Tamper("the promise edited, rechained", PLAIN, value("end", _in("expect", "value", 0.99))),
    Tamper("the interval edited, rechained", PLAIN, value("end", _in("expect", "low", 0.97))),
    Tamper("the gain edited, rechained", PLAIN, value("end", _in("gain", "value", 0.3))),
    Tamper("σ edited, rechained", PLAIN, value("end", _set("sigma", 0.0001))),
    Tamper("the optimism edited, rechained", PLAIN, value("end", _set("optimism", 0.0))),
    Tamper(
        "what was learned reworded, rechained", PLAIN, value("end", _set("learned", "age alone explains everything"))
    ),
    Tamper(
        "the pool of the choice halved, rechained",
        PLAIN,
        value("choice", lambda body: body.update(pool=body["pool"][:1])),
    ),
    Tamper(
        "weights of the blend edited, rechained",
        PLAIN,
        value("blend", lambda body: body.update(weights=[1.0] + [0.0] * (len(body["weights"]) - 1))),
    ),
    Tamper(
        "an experiment renamed to a fixed pool, rechained", AGAIN, value("session", _set("asked", "balanced None None"))
    ),
    Tamper("the limit of a session edited, rechained", PLAIN, value("session", _longer)),
    Tamper(
        "the mark 'not certified' cleared, rechained",
        AGAIN,
        value("end", lambda body: (body.update(adaptive=[]), body["expect"].update(adaptive=False))),
    ),
    Tamper("the task's metric edited, rechained", PLAIN, value("task", _set("metric", "log_loss"))),
    Tamper(
        "hashes of the rows edited, rechained",
        PLAIN,
        value("rows", lambda body: body["files"][0].__setitem__(1, "0" * 64)),
    ),
    Tamper(
        "hashes of the model edited, rechained",
        PLAIN,
        value("shipped", lambda body: body["bundles"][0]["files"][0].__setitem__(1, "0" * 64)),
    ),
    Tamper("the vault's size edited, rechained", VAULT, value("vault", _set("rows", 99_999))),
    Tamper("the vault's key exchanged in the ledger, rechained", VAULT, value("vault", _set("key", "0" * 64))),
    Tamper("the level of an opening edited, rechained", VAULT, value("opening", _set("level", 0.5))),
    Tamper("the number of an opening edited, rechained", VAULT, value("opening", _set("opening", 7))),
    Tamper("the certified figure edited, rechained", VAULT, value("certified", _in("figure", "value", 0.99))),
    Tamper(
        "a finding claimed, rechained", VAULT, value("certified", lambda body: body.update(finding=not body["finding"]))
    ),
    Tamper("the certified gain edited, rechained", VAULT, value("certified", _in("against", "value", 0.4))),
    Tamper("p of the gate edited, rechained", VAULT, value("certified", _in("against", "p", 1e-9))),
)
LEFT_OUT = (
    Tamper("the last record dropped", PLAIN, lambda lab: cut(lab, len(lines(lab)) - 1)),
    Tamper("all dropped from the end on", PLAIN, lambda lab: cut(lab, number_of(lab, "end") - 1)),
    Tamper("all dropped from the opening on", VAULT, lambda lab: cut(lab, number_of(lab, "opening") - 1)),
    Tamper("cut before an opening and fitted again", VAULT, _cut_and_search),
    Tamper("the same, artifacts swept first", VAULT, _cut_clean_and_search),
    Tamper(
        "a session and an end left out, the mark cleared",
        AGAIN,
        lambda lab: _not_certified_again(lab, is_thorough=False),
    ),
    Tamper("the same, artifacts swept", AGAIN, lambda lab: _not_certified_again(lab, is_thorough=True)),
    Tamper("a result left out, rechained", PLAIN, without("result")),
    Tamper("a verdict left out, rechained", PLAIN, without("verdict")),
    Tamper("a fold left out, rechained", PLAIN, without("fold")),
    Tamper("a question left out, rechained", PLAIN, without("asked")),
    Tamper("an experiment left out whole, rechained", PLAIN, lambda lab: _without_experiment(lab, 2)),
    Tamper("the last experiment left out whole, rechained", PLAIN, lambda lab: _without_experiment(lab, 4)),
    Tamper("the choice left out, rechained", PLAIN, without("choice")),
    Tamper("the model's record left out, rechained", PLAIN, without("model")),
    Tamper("hashes of what shipped left out, rechained", PLAIN, without("shipped")),
    Tamper("hashes of the rows left out, rechained", PLAIN, without("rows")),
    Tamper("the opening left out, rechained", VAULT, without("opening")),
    Tamper("what an opening showed left out, rechained", VAULT, without("certified")),
    Tamper("the vault left out, rechained", VAULT, without("vault")),
    Tamper("the session left out, rechained", PLAIN, without("session")),
    Tamper("a record deleted, hashes as they were", PLAIN, sql("delete from record where number = 9")),
    Tamper("every record deleted but the first", PLAIN, lambda lab: cut(lab, 1)),
)
PUT_IN = (
    Tamper("an experiment put in that was never run, rechained", PLAIN, _fake_keep),
    Tamper(
        "a result put in twice, rechained",
        PLAIN,
        lambda lab: forge(
            lab,
            lambda known: known.insert(number_of(lab, "result"), copy.deepcopy(known[number_of(lab, "result") - 1])),
        ),
    ),
    Tamper(
        "a second task put in, rechained",
        PLAIN,
        lambda lab: forge(lab, lambda known: known.append(copy.deepcopy(known[0]))),
    ),
    Tamper(
        "a verdict of an experiment that is not there, rechained",
        PLAIN,
        lambda lab: forge(
            lab,
            lambda known: known.append(Line("verdict", 99, known[-1].at, known[number_of(lab, "verdict") - 1].body)),
        ),
    ),
    Tamper(
        "a second certified figure of one opening, rechained",
        VAULT,
        lambda lab: forge(
            lab,
            lambda known: known.insert(
                number_of(lab, "certified"), copy.deepcopy(known[number_of(lab, "certified") - 1])
            ),
        ),
    ),
    Tamper(
        "a record of a kind nobody knows, rechained",
        PLAIN,
        lambda lab: forge(lab, lambda known: known.append(Line("note", None, known[-1].at, {"value": {}}))),
        needs_head=True,
    ),
    Tamper("all times a day later, rechained", PLAIN, lambda lab: forge(lab, _later)),
    Tamper("one time three days earlier, rechained", PLAIN, _one_later),
    Tamper(
        "a time that is none, rechained",
        PLAIN,
        lambda lab: forge(lab, lambda known: setattr(known[5], "at", "yesterday")),
    ),
    Tamper("all times a day later, model and brief made again", PLAIN, _shift_everything, needs_head=True),
    Tamper(
        "a lab of other experiments in its place",
        PLAIN,
        _made_anew,
        harmless="it is another lab, begun later: a remark says that one with another head lay here before",
    ),
)
DAMAGED = (
    Tamper("a body nested 90,000 deep", PLAIN, deep),
    Tamper("a body that is no JSON", PLAIN, raw("{")),
    Tamper("a body that is a list", PLAIN, raw("[1, 2]")),
    Tamper("a body of NaN", PLAIN, raw('{"value": {"score": NaN}, "seconds_in": NaN}')),
    Tamper("a body of a number with 5,000 digits", PLAIN, raw('{"value": ' + "9" * 5000 + "}")),
    Tamper("a body of bytes", PLAIN, raw(b"\xff\xfe\x00")),
    Tamper("NUL bytes in a body", PLAIN, raw('{"value": "\x00"}')),
    Tamper("half a surrogate pair in a body", PLAIN, raw(json.dumps({"value": "\ud800"}))),
    Tamper("a kind that is a number", PLAIN, sql("update record set kind = 7 where number = 6")),
    Tamper("a time that is bytes", PLAIN, sql("update record set at = x'ff00' where number = 6")),
    Tamper("an experiment that is a text", PLAIN, sql("update record set experiment = 'two' where number = 6")),
    Tamper("a hash cut short", PLAIN, sql("update record set hash = substr(hash, 1, 8) where number = 6")),
    Tamper("numbers moved by one hundred", PLAIN, sql("update record set number = number + 100")),
    Tamper("the table of records dropped", PLAIN, sql("drop table record")),
    Tamper("a format of the future", PLAIN, sql("pragma user_version = 99")),
    Tamper("the mark of another program", PLAIN, sql("pragma application_id = 7")),
    Tamper(
        "a key that leads out of the lab",
        PLAIN,
        value("result", lambda body: body.update(oof="../../../../etc/passwd" + "a" * 42)),
    ),
)
