"""Messages for wrong usage, in place of typer's."""

import re
from collections.abc import Sequence
from typing import Any

from assay.core.errors import UsageError, Where

WANTED = {"valid integer": "a whole number", "valid number": "a number"}
TABLE, NUMBER = "the file with the table", "the number of an experiment"
LACKS = {
    "fit": TABLE, "inspect": TABLE, "infer": TABLE, "predict": "the file with the rows",
    "compare": "a file of predictions, or the truth after them,", "show": NUMBER, "why": NUMBER,
    "diff": "the number of one of two experiments",
}  # fmt: skip


def wrong_usage(error: Exception, command: Any, name: str) -> UsageError:
    """The error for a wrong value, a missing or a surplus argument of a command, with the line that helps."""
    text = str(getattr(error, "format_message", lambda: error)())
    param = getattr(error, "param", None)
    option = next((opt for opt in getattr(param, "opts", ()) if opt.startswith("--")), "")
    surplus = re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", text)
    if surplus is not None:
        return _surplus(surplus[1].split()[0], command, name)
    if param is not None and type(error).__name__ == "MissingParameter":
        usage, what = " ".join(["assay", name, *_wanted(command)]), LACKS.get(name, "an argument")
        return UsageError(f"assay {name}: {what} is missing.", do=(usage, f"assay {name} --help"))
    if option:
        return UsageError(
            f"assay {name}: {option} takes {_taken(text, param)}.", where=Where(option=option),
            do=(f"assay {name} --help",),
        )  # fmt: skip
    return UsageError(f"assay {name}: {text[:1].lower()}{text[1:]}", do=(f"assay {name} --help",))


def refuse_repeated(group: Any, arguments: Sequence[str]) -> None:
    """UsageError where an option of one value is given twice with different ones: the first would be forgotten."""
    name = next((word for word in arguments if not word.startswith("-")), "")
    if name not in group.commands:
        return
    options = {opt: param for param in group.commands[name].params for opt in param.opts if opt.startswith("-")}
    given: dict[str, list[str]] = {}
    words = list(arguments[: list(arguments).index("--")] if "--" in arguments else arguments)
    while words:
        word, sign, value = words.pop(0).partition("=")
        if re.match(r"-\w.", word):  # -tprice
            word, sign, value = word[:2], "=", word[2:] + sign + value
        param = options.get(word)
        if param is None or getattr(param, "is_flag", False) or getattr(param, "multiple", False):
            continue
        if not sign and words:
            value = words.pop(0)
        given.setdefault(max(param.opts, key=len), []).append(value)
    for option, values in given.items():
        if len(set(values)) > 1:
            one = " Only one target can be predicted; fit each on its own." if option == "--target" else ""
            raise UsageError(
                f"assay {name}: {option} is given more than once ({', '.join(values)}), and takes one value.{one}",
                where=Where(option=option), do=(f"{option} {values[0]}",),
            )  # fmt: skip


def _wanted(command: Any) -> list[str]:
    """The arguments of a command, as in its help."""
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    return [str(getattr(param, "metavar", None) or str(param.name).upper()) for param in arguments]


def _taken(text: str, param: Any) -> str:
    """The values of an option: its choices, or the kind of number."""
    choices = str(getattr(param, "metavar", None) or "")
    if "|" in choices:
        *others, last = choices.split("|")
        return f"{', '.join(others)} or {last}"
    at_least = re.search(r"greater than or equal to (-?\d+)|x>=(-?\d+)", text)
    if at_least is not None:
        return f"a number from {at_least[1] or at_least[2]} on"
    return next((ours for theirs, ours in WANTED.items() if theirs in text), f"another value: {text}")


def _surplus(word: str, command: Any, name: str) -> UsageError:
    """The error for a surplus argument: where the command has --target, the word may be meant as the column."""
    has_target = any("--target" in param.opts for param in command.params)
    if has_target and re.fullmatch(r"[\w][\w .-]*", word) and not re.search(r"\.\w+$", word):
        return UsageError(
            f"assay {name}: unexpected argument {word}. Did you mean --target {word}?",
            do=(f"assay {name} FILE --target {word}",),
        )  # fmt: skip
    return UsageError(f"assay {name}: unexpected argument {word}.", do=(f"assay {name} --help",))
