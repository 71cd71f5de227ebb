"""The options of a task as they would be typed in a shell."""

import shlex
from typing import TYPE_CHECKING

from assay.core.argument import list_argument
from assay.data.options import NO_ORDER

if TYPE_CHECKING:
    from assay.data.options import TaskOptions


def option_words(options: "TaskOptions") -> str:
    """All options but the target, quoted for a shell where needed; "" where none are set."""
    lists = {"--drop": options.drop, "--keep": options.keep, "--raw": options.raw, "--missing": options.missing}
    pairs = {"--kind": options.kinds, "--monotone": {name: f"{sign:+d}" for name, sign in options.monotone.items()}}
    single = {
        "--group": options.group, "--order-by": NO_ORDER if options.in_no_order else options.order_by,
        "--weights": options.weights,
        "--candidates-by": options.candidates_by,
        "--positive": options.positive, "--sheet": options.sheet, "--query": options.query,
        "--metric": options.metric, "--problem": options.problem, "--seed": options.seed or None,
    }  # fmt: skip
    words = [f"{name} {list_argument(value)}" for name, values in lists.items() for value in values]
    words += [f"{name} {list_argument(of, f'={value}')}" for name, each in pairs.items() for of, value in each.items()]
    words += [f"{name} {shlex.quote(str(value))}" for name, value in single.items() if value is not None]
    return " ".join(words)
