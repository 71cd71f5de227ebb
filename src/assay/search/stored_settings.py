"""The settings of a search as its session records them, so that a lab goes on as it was begun."""

import json
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from assay.core.array import Json
from assay.core.clock import Budget
from assay.core.codec import from_json, to_json
from assay.core.labels import LabelRule
from assay.core.recipe import canonical
from assay.core.task import Notice
from assay.journal.records import SessionRecord
from assay.journal.state import LabState
from assay.search.settings import FitSettings

STORED = (
    "preset", "max_latency_ms", "max_size_bytes", "patience", "ship", "researchers", "families", "executor",
    "memory_bytes",
)  # fmt: skip
"""Beside these a session records its seed, the families left out and the labels. How many workers there are is the
machine's and the moment's: an exact search has the same ledger with any."""

WHERE_SET = ("text_models", "sandbox", "lab_memory")
"""Those that are recorded only where they are not as usual. That a model may ship code is asked for by each session: a
lab that comes from elsewhere does not ask for it."""
USERS_OR_NONE = (None, "", "off")
"""Memories that a lab may go on with by itself: this user's, or none; a file is named by whoever goes on."""


def stored_settings(settings: FitSettings) -> str:
    """What of the settings another session needs, as JSON."""
    body = {name: to_json(getattr(settings, name)) for name in STORED}
    plain = FitSettings()
    for name in WHERE_SET:
        if getattr(settings, name) != getattr(plain, name):
            body[name] = to_json(getattr(settings, name))
    return canonical({**body, "labels": to_json(settings.labels)})


def settings_as_before(state: LabState, *, out: str, budget: Budget, **changes: Any) -> FitSettings:
    """The settings of the last session with another budget; of a lab that recorded none, the usual ones.

    changes: fields that are set otherwise now. A vault's share is the one that was asked for when the lab began.
    """
    session = state.session
    settings = FitSettings(budget=budget, out=out, vault=None if state.vault is None else state.vault.asked)
    if session is not None:
        settings = replace(settings, seed=session.seed, without=frozenset(session.without), **_known(session))
    return replace(settings, **changes)


def _known(session: SessionRecord) -> dict[str, Any]:
    body: Mapping[str, Json] = json.loads(session.settings) if session.settings else {}
    found: dict[str, Any] = {name: body[name] for name in (*STORED, *WHERE_SET) if name in body}
    for name, kind in (("researchers", tuple), ("families", frozenset), ("text_models", tuple)):
        value = found.pop(name, None)
        if isinstance(value, list):
            found[name] = kind(str(one) for one in value)
    labels = body.get("labels")
    if found.get("lab_memory") not in USERS_OR_NONE:
        del found["lab_memory"]
    return {**found, "labels": from_json(LabelRule, labels)} if isinstance(labels, dict) else found


def notices_of_places(state: LabState, changes: Collection[str]) -> Iterator[Notice]:
    """What is said of files and folders that the last session's settings name, as a lab may come from anybody.

    changes: settings that are asked for anew.
    """
    session = state.session
    body: Mapping[str, Json] = json.loads(session.settings) if session is not None and session.settings else {}
    memory, models = body.get("lab_memory"), body.get("text_models")
    if memory not in USERS_OR_NONE and "lab_memory" not in changes:
        message = f"this lab remembered its moves in {memory}, which is not written: a lab may name any file"
        yield Notice(code="session/place-unused", message=message, do=f"--lab-memory {shlex.quote(str(memory))}")
    if isinstance(models, list) and models != ["none"] and "text_models" not in changes:
        folders = ", ".join(map(str, models))
        message = f"settings from this lab: text models are read from {folders}"
        yield Notice(code="session/place-read", message=message, do="--text-model none")
