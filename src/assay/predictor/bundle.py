"""A predictor as data: its passport, members and states, and the files they are stored in."""

import json
from collections.abc import Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version

import numpy as np

from assay.core.array import Json, JsonObject
from assay.core.codec import from_json, to_json
from assay.core.contract import State
from assay.core.errors import BundleError
from assay.core.problem import registry as problems
from assay.core.schema import Schema
from assay.data.dates import check_formats
from assay.ensemble.difficulty_tree import PREDICTION
from assay.features import registry as encoders
from assay.models import registry as models
from assay.predictor.member import FittedPiece, Ingredient, Member, check_members, shares
from assay.predictor.passport import Passport
from assay.predictor.state_files import UNREADABLE, Allowance, brief, read_json, read_state, state_files, state_key

FORMAT = 1
"""Of predictors without a second level, learned combination or fitted target side, which every version reads."""
THREADS = 2
NUMBERS = "biuf"
"""Array types allowed in states: booleans, integers, floats."""
KIND = "assay predictor"
MANIFEST, SCHEMA, STATES = "manifest.json", "schema.json", "states"
UPDATE = "update Assay: pip install -U assay-ml"
AGAIN = "copy the bundle again, or take it again from its lab, folder model"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bundle:
    """The content of a predictor. states: by key, each used by a piece; equal states are stored once."""

    passport: Passport
    members: tuple[Member, ...]
    states: Mapping[str, State]


def assemble(passport: Passport, ingredients: Sequence[Ingredient]) -> Bundle:
    """The bundle of a blend: equal states shared, weight split between fold bag and refits, weights normalised."""
    states: dict[str, State] = {}

    def keep(state: State) -> str:
        key = state_key(state)
        states[key] = state
        return key

    total = sum(ingredient.weight for ingredient in ingredients)
    members = []
    for one in ingredients:
        parts = shares([trained.source for trained in one.trained])
        pieces = tuple(
            FittedPiece(
                encoders=tuple(keep(state) for state in trained.encoders), model=keep(trained.model),
                transform=trained.link.name, link=None if trained.link.is_plain else trained.link,
                rounds=trained.rounds, source=trained.source, share=share,
            )
            for trained, share in zip(one.trained, parts, strict=True)
        )  # fmt: skip
        member = Member(number=one.number, name=one.name, weight=one.weight / total, pieces=pieces, on=one.on)
        members.append(member)
    check_members(members)
    return Bundle(passport=passport, members=tuple(members), states=states)


def bundle_files(bundle: Bundle) -> dict[str, bytes]:
    """The files of a bundle by their relative names, the manifest last; equal bundles give equal bytes."""
    files = {SCHEMA: _schema_json(bundle.passport.schema)}
    with ThreadPoolExecutor(THREADS) as pool:  # zlib and sha256 let other threads run
        packed = pool.map(lambda key: (key, state_files(bundle.states[key])), sorted(bundle.states))
        files |= {f"{STATES}/{key}/{name}": body for key, found in packed for name, body in found.items()}
    listed: JsonObject = {
        name: {"sha256": sha256(body).hexdigest(), "bytes": len(body)} for name, body in files.items()
    }
    passport = to_json(replace(bundle.passport, schema=Schema(columns=())))
    manifest: JsonObject = {
        "kind": KIND, "format": FORMAT, "assay": version("assay-ml"), "passport": passport,
        "members": [to_json(member) for member in bundle.members],
        "states": {key: state.name for key, state in sorted(bundle.states.items())}, "files": listed,
    }  # fmt: skip
    return files | {MANIFEST: _json(manifest)}


def _schema_json(schema: Schema) -> bytes:
    """A line for each column: of thousands, a line for each of their values would take seconds."""
    columns = ",\n ".join(json.dumps(to_json(column), ensure_ascii=False, allow_nan=False) for column in schema)
    return f'{{"columns": [\n {columns}\n]}}'.encode()


def _json(body: Json) -> bytes:
    return json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Listed:
    """What the manifest says of a file."""

    sha256: str
    bytes: int


def read_manifest(body: bytes, where: str) -> JsonObject:
    """The manifest, if this version can read such bundles; BundleError saying what is wrong and what to do."""
    try:
        manifest = read_json(body)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{where}: {MANIFEST} is no JSON: {brief(error)}.", do=(AGAIN,)) from error
    if not isinstance(manifest, dict) or manifest.get("kind") != KIND:
        raise BundleError(f"{where} is not a predictor: its {MANIFEST} is of another kind.", do=("check the path",))
    found = manifest.get("format")
    if type(found) is not int or found != FORMAT:  # true is an int, and equals 1
        by = manifest.get("assay", "?")
        raise BundleError(
            f"{where} was written by Assay {by} in format {found}; this one reads {FORMAT}.", do=(UPDATE,)
        )
    return manifest


def listed_files(manifest: JsonObject, where: str) -> dict[str, Listed]:
    """The files a manifest lists; names that could leave the bundle are refused."""
    try:
        listed = {name: from_json(Listed, body) for name, body in _object(manifest["files"]).items()}
    except UNREADABLE as error:
        raise BundleError(
            f"{where}: the list of files in {MANIFEST} is unreadable: {brief(error)}.", do=(AGAIN,)
        ) from error
    for name, file in listed.items():
        if type(file.bytes) is not int or file.bytes < 0:
            raise BundleError(f"{where}: {MANIFEST} lists {name!r} with {file.bytes!r} bytes.", do=(AGAIN,))
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name:
            raise BundleError(f"{where}: {MANIFEST} lists {name!r}, which lies outside of the bundle.", do=(AGAIN,))
    return listed


def check_file(name: str, body: bytes, listed: Listed, where: str) -> None:
    """BundleError if a file is not byte for byte the one that was written."""
    if len(body) != listed.bytes or sha256(body).hexdigest() != listed.sha256:
        raise BundleError(
            f"{where}: {name} is not the file that was saved (its SHA-256 differs). It was changed or cut off.",
            do=(AGAIN,),
        )


def bundle_of(manifest: JsonObject, files: Mapping[str, bytes], where: str, *, allowance: Allowance) -> Bundle:
    """The bundle of verified files; BundleError for steps, models or a problem not installed.

    allowance: limit of the unpacked size of its states.
    """
    try:
        states = _states(manifest, files, where, allowance)
        stated = _object(manifest["passport"])
        if isinstance(problem := stated.get("problem"), str):
            _check_installed("problem", problem, problems, where)
        passport = from_json(Passport, {**stated, "schema": read_json(files[SCHEMA])})
        check_formats(passport.schema)
        members = tuple(from_json(Member, body) for body in _array(manifest["members"]))
        check_members(members)
    except UNREADABLE as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"{where}: {MANIFEST} is unreadable: {brief(error)}.", do=(UPDATE, AGAIN)) from error
    _check_names(members, states, where)
    _check_numbers(members, states, where)
    _check_coverage(passport, where)
    _check_candidates(passport, where)
    _check_classes(members, states, len(passport.classes), where)
    return Bundle(passport=passport, members=members, states=states)


def _object(body: Json) -> JsonObject:
    if not isinstance(body, dict):
        raise ValueError(f"{body!r} should be an object")
    return body


def _array(body: Json) -> list[Json]:
    if not isinstance(body, list) or not body:
        raise ValueError(f"{body!r} should be a list with something in it")
    return body


def _states(manifest: JsonObject, files: Mapping[str, bytes], where: str, allowance: Allowance) -> dict[str, State]:
    states = {}
    for key in _object(manifest["states"]):
        prefix = f"{STATES}/{key}/"
        own = {name.removeprefix(prefix): body for name, body in files.items() if name.startswith(prefix)}
        states[key] = read_state(own, where=f"{where}: {prefix[:-1]}", allowance=allowance)
    return states


def _check_names(members: Sequence[Member], states: Mapping[str, State], where: str) -> None:
    """All names are checked before anything is restored."""
    for member in members:
        needed = [("step", key) for piece in member.pieces for key in piece.encoders]
        needed += [("model", piece.model) for piece in member.pieces]
        for noun, key in needed:
            if key not in states:
                raise BundleError(f"{where}: member #{member.number} misses its {noun} {key[:60]}.", do=(AGAIN,))
            _check_installed(noun, states[key].name, encoders if noun == "step" else models, where)


def _check_installed(noun: str, name: str, known: Container[str], where: str) -> None:
    if name not in known:
        raise BundleError(
            f"{where} needs the {noun} {name[:60]!r}, which is not installed.",
            do=("install the package it comes from", UPDATE),
        )


def _check_numbers(members: Sequence[Member], states: Mapping[str, State], where: str) -> None:
    """Learned values must be finite: a NaN among them would silently predict NaN, or a label."""
    pieces = [piece for member in members for piece in member.pieces]
    gaps_of = {key: encoders.get(states[key].name).traits.nan_arrays for piece in pieces for key in piece.encoders}
    gaps_of |= {piece.model: models.get(states[piece.model].name).traits.nan_arrays for piece in pieces}
    for key, gaps in gaps_of.items():
        state = states[key]
        for name, array in state.arrays.items():
            if array.dtype.kind not in NUMBERS:
                kind = f"{array.dtype.name} and no numbers"
                raise BundleError(f"{where}: {name[:60]!r} of {state.name[:60]!r} holds {kind}.", do=(AGAIN,))
            if array.dtype.kind == "f" and name not in gaps and np.isnan(array).any():
                raise BundleError(f"{where}: {name[:60]!r} of {state.name[:60]!r} holds NaN.", do=(AGAIN,))


def _check_coverage(passport: Passport, where: str) -> None:
    """Columns that intervals depend on must be stored as numbers, codes or dates."""
    known = {column.name for column in passport.schema.features if column.kind != "text"}
    unknown = [name for name in passport.conformal.difficulty.names if name != PREDICTION and name not in known]
    if unknown:
        raise BundleError(f"{where}: its intervals ask of the column {unknown[0][:60]!r}, which is none.", do=(AGAIN,))


def _check_candidates(passport: Passport, where: str) -> None:
    """The column by which labels are restricted must be stored with a value for each list of labels."""
    column, candidates = passport.schema.restricting, passport.candidates
    found = (column.name, len(column.restricts)) if column is not None else ("", 0)
    meant = (candidates.column, len(candidates.labels)) if candidates is not None else ("", 0)
    if found != meant:
        raise BundleError(
            f"{where}: its labels are restricted by {meant[1]} values of {meant[0][:60]!r}, its columns by {found[1]} "
            f"of {found[0][:60]!r}.",
            do=(AGAIN,),
        )


def _check_classes(members: Sequence[Member], states: Mapping[str, State], n_classes: int, where: str) -> None:
    """Models for another number of classes are refused before restoring, which would allocate memory by that number."""
    for key in dict.fromkeys(piece.model for member in members for piece in member.pieces):
        found = states[key].meta.get("n_classes", n_classes)
        if found not in (n_classes, 0 if n_classes else 1):
            raise BundleError(
                f"{where}: the model {states[key].name!r} answers for {str(found)[:60]} classes, the predictor for "
                f"{n_classes}.",
                do=(AGAIN,),
            )
