"""Column names as shell arguments."""

import re
import shlex
from collections.abc import Iterable

_PART = re.compile(r'\s*(?:"((?:[^"]|"")+)"([^",]*)|([^,]*))(?:,|$)')


def list_argument(name: str, suffix: str = "") -> str:
    """One name of a list option, quoted where its commas, spaces or special characters need it; suffix: "=category".

    A name with a comma stands in quotation marks, as in a CSV file, and these in those of the shell: '"a,b"'.
    """
    marked = '"' + name.replace('"', '""') + '"' if "," in name or name[:1] == '"' else name
    return shlex.quote(marked + suffix)


def listed_names(values: Iterable[str]) -> tuple[str, ...]:
    """Names given by repeating an option or with commas, in order, without duplicates; quoted names are kept whole."""
    parts = [part for value in values for part in _parts(value)]
    return tuple(dict.fromkeys(part for part in parts if part))


def _parts(value: str) -> list[str]:
    found = []
    for match in _PART.finditer(value):
        quoted, suffix, plain = match.groups()
        found.append(plain.strip() if quoted is None else quoted.replace('""', '"') + suffix.rstrip())
    return found
