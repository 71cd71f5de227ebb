"""Commands, and options with their settings."""

import json
from typing import Any

from assay.cli.main import commands
from assay.cli.settings_files import FROM_FOLDERS, STRICTER
from assay.core.schema import KINDS
from assay.core.durations_and_sizes import DURATION_FORMS, SIZE_FORMS
from generate.markdown import fenced, heading, table
from generate.terminal import printed

COMMANDS_INTRO = """What `assay --help` and `assay COMMAND --help` print. LAB is a folder, or its name without `.lab`;
`-` is the lab used last; where it is left out, the only lab in this folder is meant, else the one used last. FILE may
be `-` (standard input)."""
OPTIONS_INTRO = """An option has one name and one meaning in all commands. It can be given as an option, in the
environment, or under `[assay]` in `assay.toml` (in this folder or above, or `assay/assay.toml` in the folder of your
settings): the first of these wins.

A file in this folder or above may be anybody's. It sets what is asked, how long a search lasts and how answers look:
{harmless}. A line on stderr names what it sets when it acts. All else (what code runs and how, what is read, written,
replaced, sealed or kept silent) is yours to set: as an option, in the environment, or in the file in the folder of your
settings; and anybody's file may be stricter ({stricter}).

Lists repeat or take commas. Durations: {durations}. Sizes: {sizes}. Kinds of columns: {kinds}."""


def commands_page() -> str:
    """Every command's help page."""
    group: Any = commands()
    parts = [heading("Commands", COMMANDS_INTRO), fenced(printed("--help"))]
    parts += [f"## {name}\n\n{fenced(printed(name, '--help'))}" for name in group.commands]
    return "\n".join(parts)


def options_page() -> str:
    """Every option once, with its variable and the commands that take it."""
    group: Any = commands()
    found: dict[str, tuple[str, str, list[str]]] = {}
    for command, item in group.commands.items():
        for param in item.params:
            if param.param_type_name != "option" or getattr(param, "hidden", False):
                continue
            names = ", ".join([*param.opts, *param.secondary_opts])
            value = "" if param.is_flag else f" {param.metavar or ''}"
            meaning, variable = str(param.help or ""), str(param.envvar or "")
            found.setdefault(f"`{names}{value}`", (meaning, f"`{variable}`", []))[2].append(command)
    rows = [(name, meaning, variable, ", ".join(used)) for name, (meaning, variable, used) in found.items()]
    one_of = {name.replace("_", "-"): value for name, value in STRICTER.items()}
    intro = OPTIONS_INTRO.format(
        durations=DURATION_FORMS, sizes=SIZE_FORMS, kinds=", ".join(KINDS[:9]),
        harmless=", ".join(f"`{name.replace('_', '-')}`" for name in sorted(FROM_FOLDERS)),
        stricter=", ".join(f"`{name} = {json.dumps(value)}`" for name, value in one_of.items()),
    )  # fmt: skip
    listed = table(("option", "meaning", "variable", "commands"), rows)
    return f"{heading('Options and settings', intro)}\n{listed}{_others()}"


def _others() -> str:
    rows = (
        ("`ASSAY_LAB`", "The lab that is meant where LAB is left out."),
        ("`ASSAY_HOME`", "Folder for your settings and the list of labs, in place of the XDG folders."),
        ("`ASSAY_HISTORY=off`", "Keep no list of labs used."),
        ("`NO_COLOR`, `FORCE_COLOR`, `COLUMNS`", "As in other programs."),
    )
    return "\n## Read from the environment only\n\n" + table(("variable", "meaning"), rows)
