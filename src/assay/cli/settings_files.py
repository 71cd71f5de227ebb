"""Settings files: [assay] in assay.toml here or above, then the user's; options and environment take precedence.

A file found in a folder may be anybody's. It may say what is asked of a table, how long a search lasts and how answers
look; it grants no rights: what runs, what is read or written, what is trusted or sealed is said on the command line, in
the environment, or in the file of the user's own folder.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assay.core.errors import UsageError, Where, nearest_names
from assay.core.user_folder import user_folder

FILE, SECTION = "assay.toml", "assay"
OF_THE_TABLE = frozenset({
    "target", "drop", "keep", "raw", "missing", "kind", "group", "order_by", "candidates_by", "weights", "positive",
    "sheet", "metric", "problem", "monotone", "id_column", "column",
})  # fmt: skip
OF_THE_SEARCH = frozenset({
    "time_limit", "until", "time", "experiments", "goal", "patience", "at_plateau", "jobs", "memory", "seed", "preset",
    "families", "without", "researchers", "vault", "ship", "threshold", "cost", "max_latency", "max_size",
})  # fmt: skip
OF_THE_ANSWER = frozenset({
    "json", "verbose", "events", "debug", "color", "width", "every", "everything", "deep", "strict", "moves", "by",
    "proba", "top", "coverage", "effect", "adjust", "jointly", "family", "errors", "exposure", "importance",
})  # fmt: skip
FROM_FOLDERS = OF_THE_TABLE | OF_THE_SEARCH | OF_THE_ANSWER
"""Settings that a file in any folder may set; a setting that is not named here is the user's own to set."""
STRICTER: Mapping[str, object] = MappingProxyType({
    "sandbox": "required", "text_model": "none", "text_store": "off", "lab_memory": "off", "quotes": False,
})  # fmt: skip
"""Values that take rights away: these, too, may come from anywhere."""


@dataclass(frozen=True, slots=True)
class FoundSettings:
    """Settings by option name with underscores. file: the one in a folder, None without one; taken: the names that are
    from it, refused: those in it that only the user may set; own: the file in the user's own folder."""

    values: Mapping[str, object] = field(default_factory=dict)
    file: Path | None = None
    taken: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    own: Path = Path(FILE)


def read_settings(cwd: Path, environ: Mapping[str, str]) -> FoundSettings:
    """The settings that hold in a folder; nearer files take precedence in what they may set."""
    own = user_folder(environ, kind="CONFIG") / FILE
    values = _section(own) if own.is_file() else {}
    near = next((folder / FILE for folder in (cwd, *cwd.parents) if (folder / FILE).is_file()), None)
    if near is None or (own.is_file() and near.samefile(own)):
        return FoundSettings(values, own=own)
    found = _section(near)
    taken = frozenset(key for key, value in found.items() if key in FROM_FOLDERS or STRICTER.get(key) == value)
    return FoundSettings(
        {**values, **{key: found[key] for key in found if key in taken}},
        file=near, taken=taken, refused=frozenset(found) - taken, own=own,
    )  # fmt: skip


def _section(path: Path) -> dict[str, object]:
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as settings: {error}.", where=Where(file=str(path))) from error
    section = body.get(SECTION, {})
    if not isinstance(section, dict):
        raise UsageError(f"{path}: [assay] should be a table of settings.", where=Where(file=str(path)))
    other = next((name for name in body if name != SECTION), None)
    if other is not None:
        raise UsageError(
            f"{path}: {other!r} is nothing that Assay takes from a file; settings stand under [assay].",
            where=Where(file=str(path)), do=("delete it from the file",),
        )  # fmt: skip
    return {str(key).replace("-", "_"): value for key, value in section.items()}


def default_map(found: FoundSettings, group: Any) -> dict[str, dict[str, object]]:
    """The settings as defaults of every command that has them; UsageError for a setting no command has."""
    options = {
        name: {param.name: param for param in item.params if param.param_type_name == "option"}
        for name, item in group.commands.items()
    }
    known = {name for params in options.values() for name in params}
    for key in (*found.values, *sorted(found.refused)):
        if key not in known:
            near = tuple(name.replace("_", "-") for name in nearest_names(key, known))
            raise UsageError(f"{FILE}: there is no setting {key.replace('_', '-')!r}.", nearest=near)
    return {
        name: {key: _typed(value, params[key]) for key, value in found.values.items() if key in params}
        for name, params in options.items()
    }


def _typed(value: object, param: Any) -> object:
    """A TOML value as the command line would give it."""
    if param.multiple:
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    return value if isinstance(value, bool) else str(value)


def acting(found: FoundSettings, context: Any) -> list[str]:
    """What is said of the settings from a folder before a command begins: those that act on it, and those that would
    and may not. context: the command's, of typer, which knows where each value is from.
    """
    names = [param.name for param in context.command.params]
    sources = {name: getattr(context.get_parameter_source(name), "name", "") for name in names}
    act = [name for name in found.values if name in found.taken and sources.get(name) == "DEFAULT_MAP"]
    barred = [name for name in sorted(found.refused) if sources.get(name) in ("DEFAULT", "DEFAULT_MAP")]
    said = [f"settings from {found.file}: {', '.join(_said(name, found.values[name]) for name in act)}"] if act else []
    if barred:
        listed = ", ".join(_shown(name) for name in barred)
        said.append(f"not taken from {found.file}: {listed}; you alone say this, as an option or in {found.own}")
    return said


def _said(name: str, value: object) -> str:
    if isinstance(value, bool):
        return _shown(name) if value else f"{_shown(name)} off"
    return f"{_shown(name)} {','.join(map(str, value)) if isinstance(value, list) else value}"


def _shown(name: str) -> str:
    return name.replace("_", "-")
