"""Settings files: [assay] in assay.toml here or above, then the user's; options and environment take precedence."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.core.errors import UsageError, Where, nearest_names
from assay.core.user_folder import user_folder

FILE = "assay.toml"


def read_settings(cwd: Path, environ: Mapping[str, str]) -> dict[str, object]:
    """Settings by option name with underscores; nearer files take precedence."""
    found: dict[str, object] = {}
    near = next((folder / FILE for folder in (cwd, *cwd.parents) if (folder / FILE).is_file()), None)
    for path in (user_folder(environ, kind="CONFIG") / FILE, near):
        if path is not None and path.is_file():
            found |= _section(path)
    return found


def _section(path: Path) -> dict[str, object]:
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as settings: {error}.", where=Where(file=str(path))) from error
    section = body.get("assay", {})
    if not isinstance(section, dict):
        raise UsageError(f"{path}: [assay] should be a table of settings.", where=Where(file=str(path)))
    return {str(key).replace("-", "_"): value for key, value in section.items()}


def default_map(settings: Mapping[str, object], group: Any) -> dict[str, dict[str, object]]:
    """The settings as defaults of every command that has them; UsageError for a setting no command has."""
    options = {
        name: {param.name: param for param in item.params if param.param_type_name == "option"}
        for name, item in group.commands.items()
    }
    known = {name for params in options.values() for name in params}
    for key in settings:
        if key not in known:
            near = tuple(name.replace("_", "-") for name in nearest_names(key, known))
            raise UsageError(f"{FILE}: there is no setting {key.replace('_', '-')!r}.", nearest=near)
    return {
        name: {key: _typed(settings[key], params[key]) for key in settings if key in params}
        for name, params in options.items()
    }


def _typed(value: object, param: Any) -> object:
    """A TOML value as the command line would give it."""
    if param.multiple:
        return [str(item) for item in value] if isinstance(value, list) else [str(value)]
    return value if isinstance(value, bool) else str(value)
