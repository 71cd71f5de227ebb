"""What typer says of wrong usage, in our words."""

import re
from typing import Any

from assay.core.errors import UsageError, Where

WANTED = {"valid integer": "a whole number", "valid number": "a number"}


def wrong_usage(error: Exception, command: Any, name: str) -> UsageError:
    """A wrong value, a missing argument or one too many of a command; with the line that helps."""
    text = str(getattr(error, "format_message", lambda: error)())
    param = getattr(error, "param", None)
    option = next((opt for opt in getattr(param, "opts", ()) if opt.startswith("--")), "")
    surplus = re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", text)
    if surplus is not None:
        return _surplus(surplus[1].split()[0], command, name)
    if param is not None and type(error).__name__ == "MissingParameter":
        usage = f"assay {name} {getattr(param, 'metavar', None) or str(param.name).upper()}"
        return UsageError(f"assay {name}: {_missing(name)} is missing.", do=(usage, f"assay {name} --help"))
    if option:
        return UsageError(
            f"assay {name}: {option} takes {_taken(text, param)}.", where=Where(option=option),
            do=(f"assay {name} --help",),
        )  # fmt: skip
    return UsageError(f"assay {name}: {text[:1].lower()}{text[1:]}", do=(f"assay {name} --help",))


def _missing(name: str) -> str:
    return {"fit": "the file with the table", "predict": "the file with the rows"}.get(name, "what to show")


def _taken(text: str, param: Any) -> str:
    """What an option takes: its choices, or the kind of number."""
    choices = str(getattr(param, "metavar", None) or "")
    if "|" in choices:
        return choices.replace("|", ", ")[::-1].replace(",", "ro ", 1)[::-1]
    return next((ours for theirs, ours in WANTED.items() if theirs in text), f"another value: {text}")


def _surplus(word: str, command: Any, name: str) -> UsageError:
    """An argument too many: where the command has --target, a word that could be a column may be meant as it."""
    has_target = any("--target" in param.opts for param in command.params)
    if has_target and re.fullmatch(r"[\w][\w .-]*", word) and not re.search(r"\.\w+$", word):
        return UsageError(
            f"assay {name}: unexpected argument {word}. Did you mean --target {word}?",
            do=(f"assay {name} FILE --target {word}",),
        )  # fmt: skip
    return UsageError(f"assay {name}: unexpected argument {word}.", do=(f"assay {name} --help",))
