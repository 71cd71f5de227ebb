"""The commands that an answer of the command line advises, and whether they can be typed."""

import re
import shlex

from assay.cli.main import commands


def advised(said: str) -> list[list[str]]:
    """The commands in an answer that can be typed as they stand, without a word in capitals to put a name for."""
    lines = re.findall(r"^ +(?:try  )?(assay .*?)(?:   .*|  \(.*|)$", said, re.MULTILINE)
    return [shlex.split(text)[1:] for text in lines if not re.search(r"\b[A-Z]{3,}\b", text)]


def can_be_typed(words: list[str]) -> bool:
    """Whether there is such a command with such options."""
    known = commands().commands[words[0]]
    options = {"--help", *(one for param in known.params for one in param.opts)}
    return {word for word in words if word.startswith("--")} <= options
