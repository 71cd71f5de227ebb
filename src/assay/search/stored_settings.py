"""The settings of a search as its session records them, so that a lab goes on as it was begun."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assay.core.array import Json
from assay.core.clock import Budget
from assay.core.codec import from_json, to_json
from assay.core.labels import LabelRule
from assay.core.recipe import canonical
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
    return {**found, "labels": from_json(LabelRule, labels)} if isinstance(labels, dict) else found
