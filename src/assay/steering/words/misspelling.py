"""Whether a word is another one misspelled: one slip of the pen in a short word, two in a long one."""

SHORT, LONG = 4, 8
"""Lengths from which one, and two, slips are allowed; digits have to agree."""


def slips_allowed(name: str) -> int:
    """The slips that a name of that length may contain."""
    return 0 if len(name) < SHORT else 1 if len(name) < LONG else 2


def is_misspelled(word: str, name: str, *, at_most: int | None = None) -> bool:
    """Whether so many slips lead from the name to the word, which begins like it and has the same digits.

    A slip leaves out, adds or changes a letter, or swaps two neighbours (optimal string alignment).
    """
    allowed = slips_allowed(name) if at_most is None else at_most
    if word == name or allowed < 1 or abs(len(word) - len(name)) > allowed:
        return False
    if word[0] != name[0] and sorted(word[:2]) != sorted(name[:2]):
        return False
    if [c for c in word if c.isdigit()] != [c for c in name if c.isdigit()]:
        return False
    return slips(word, name) <= allowed


def slips(word: str, name: str) -> int:
    """The least number of slips between two words."""
    before: list[int] = []
    last = list(range(len(name) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, other in enumerate(name, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == name[j - 2] and word[i - 2] == other:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
