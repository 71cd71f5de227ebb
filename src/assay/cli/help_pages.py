"""Help pages: a command's purpose, two examples, its options; all from its typer definition."""

from collections.abc import Sequence
from typing import Any

from assay.cli.line_layout import Line, LineLayout, Span, line, wrap

PANELS = ("start", "steer", "look", "trust", "use", "care")
OPTION_COLUMN = 30
COMMON = frozenset({"json", "quiet", "debug", "color", "width"})


def overview(layout: LineLayout, version: str, group: Any) -> list[Line]:
    """All commands with their one line of help, by purpose."""
    lines = [line(Span(f"Assay {version}", "number"), ", an automated machine-learning researcher"),
             line("  assay COMMAND [LAB] [WHAT] [--options]")]  # fmt: skip
    for panel in PANELS:
        chosen = [(name, item) for name, item in group.commands.items() if item.rich_help_panel == panel]
        for position, (name, item) in enumerate(chosen):
            label = panel if position == 0 else ""
            lines.append(line(Span(f"{label:<8}", "dim"), Span(f"{name:<13}", "number"), one_line(item)))
    lines.append(line(Span(f"{'also':<8}", "dim"), "assay COMMAND --help, --version, --install-completion"))
    return lines


def one_line(item: Any) -> str:
    """The first line of a command's help."""
    return str(item.help or "").split("\n", 1)[0].rstrip(".")


def examples(item: Any) -> tuple[str, ...]:
    """The commands in a command's help, ready to paste."""
    return tuple(text.strip() for text in str(item.help or "").splitlines() if text.strip().startswith("assay "))


def page(layout: LineLayout, name: str, item: Any) -> list[Line]:
    """Two examples, usage, arguments and options of one command."""
    lines = [line(Span(one_line(item), "number"))]
    lines += [line(f"  {example}") for example in examples(item)]
    arguments = [param for param in item.params if param.param_type_name == "argument"]
    usage = " ".join(str(param.metavar or param.name.upper()) for param in arguments)
    lines.append(line(Span("usage   ", "dim"), f"assay {name} {usage} [--options]".replace("  ", " ")))
    for param in arguments:
        lines += _entry(layout, str(param.metavar or param.name.upper()), str(param.help or ""))
    lines.append(line(Span("options", "dim")))
    for param in _own_first(item.params):
        lines += _entry(layout, _names(param), str(param.help or ""))
    lines.append(line(Span("Each option can also be set as ASSAY_OPTION or under [assay] in assay.toml.", "dim")))
    return lines


def _own_first(params: Sequence[Any]) -> list[Any]:
    """Visible options, those common to all commands last."""
    shown = [param for param in params if param.param_type_name == "option" and not getattr(param, "hidden", False)]
    return sorted(shown, key=lambda param: param.name in COMMON)


def _names(param: Any) -> str:
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"


def _entry(layout: LineLayout, left: str, meaning: str) -> list[Line]:
    column = min(OPTION_COLUMN, layout.columns // 2)
    first, *more = wrap(layout, meaning, indent=column + 2)
    if len(left) + 2 > column:
        return [line(f"  {left}"), *(line(" " * (column + 2), Span(part, "dim")) for part in (first, *more))]
    head = line(f"  {left:<{column}}", Span(first, "dim"))
    return [head, *(line(" " * (column + 2), Span(part, "dim")) for part in more)]
