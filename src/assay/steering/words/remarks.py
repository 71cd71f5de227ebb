"""Parts that are not understood: whether they could change what stands beside them."""

from collections.abc import Sequence

from assay.steering.words.clause_patterns import ACT_WORDS
from assay.steering.words.english import (
    BACKWARD,
    CONDITIONS,
    DEPENDENT,
    DOUBTS,
    LIMITING,
    PLEASANTRIES,
    REASON_STARTS,
    REASON_VERBS,
    REMARK_STARTS,
    REPORTING,
    RETRACTING,
    REVERSING,
    ROWS,
    STRONG,
    TAKING_BACK,
    TIMES,
    TITLES,
    UNCERTAIN,
    VERDICTS,
    YES_OR_NO,
)

SHORT_REMARK = 5
"""Words of a sentence from which it is more than a remark on the one before it."""
TAKES_BACK = CONDITIONS | frozenset(["only", "not", "but", "or", "instead", "excluding", "no", "wait", "nevermind"])
"""Prepositions with which a part before a clause can limit it: "in winter, ignore month"."""
FAULTS = frozenset({"wrong", "mistake", "nonsense", "bad", "mistaken"})
"""Reasons to take an experiment back."""
TELLING = [[word] for word in ("nothing", "little", "a", "much", "something", "more")]
MEANINGLESS = frozenset({"their", "its", "there", "here", "one", "same"})
"""Point at something, but take nothing back."""


def is_statement(said: Sequence[str], act: str) -> bool:
    """Whether a part behind such a clause states something on its own account and asks, limits, reports and takes back
    nothing: "our servers have no GPU"."""
    words = set(said)
    if len(said) < 3 or said[0] not in REMARK_STARTS or not words & REASON_VERBS:
        return False
    if words & (CONDITIONS | RETRACTING) or reports(said) or words & ACT_WORDS or any(map(str.isdecimal, said)):
        return False
    if said[0] in REASON_STARTS - {"there"}:
        denying = set() if act in ("never", "avoid", "without", "allbut") else {"no", "not", "never"}
        reversing = (REVERSING - {"would", "first", "no", "not", "never"}) | denying
        return not words & (reversing | (VERDICTS - {"no", "not", "never"}))
    return not (words & {"not", "no", "never"} and words & UNCERTAIN)


def revokes(said: Sequence[str], *, asks: bool, link: str = "end") -> bool:
    """Whether a part takes back what was said, however far before it: "just kidding", "on second thought, no"."""
    words = set(said)
    if asks and words & (REASON_STARTS | {"says", "right", "sure", "really"}) and said[0] in YES_OR_NO:
        return True
    is_limit = said[0] in CONDITIONS or (said[0] in DEPENDENT and not words & REASON_VERBS)
    if is_limit and link == "comma":
        return True
    is_short_denial = len(said) < SHORT_REMARK and bool(words & {"not", "no", "never"}) and not words & REASON_VERBS
    return recants(said) or is_short_denial


def recants(said: Sequence[str]) -> bool:
    """Whether a part says that something was not meant: "I did not mean it", "just kidding"."""
    words = set(said)
    is_no_leak = bool(words & {"not", "no", "never"}) and bool(words & {"leak", "leaks", "leakage", "leaky"})
    return is_no_leak or bool(words & TAKING_BACK) or ("not" in words and bool(words & UNCERTAIN & STRONG))


def takes_back(said: Sequence[str], link: str, act: str) -> bool:
    """Whether a part could change what the clause before it says. link: also, for a comma with "and"."""
    words = set(said)
    if is_statement(said, act) and link in ("comma", "also", "end"):
        return False
    if link == "comma" and not words & REASON_VERBS and words & (TIMES | ROWS):
        return True
    if link == "end":
        is_verdict = len(said) < SHORT_REMARK and bool(words & VERDICTS)
        points_back = set(said[:6]) & (BACKWARD - REASON_STARTS - MEANINGLESS)
        return is_verdict or said[0] in TAKES_BACK or bool(points_back) or said[0] in REASON_STARTS
    if link in ("and", "or", "nor", "but"):
        return True
    backward = BACKWARD - MEANINGLESS if len(said) > SHORT_REMARK else BACKWARD
    return said[0] in DEPENDENT or bool(words & (backward | CONDITIONS | VERDICTS | RETRACTING)) or reports(said)


def reports(said: Sequence[str]) -> bool:
    """Whether it tells what somebody says; columns that say the same report nothing."""
    return any(
        word in REPORTING and said[at + 1 : at + 3] != ["the", "same"] and said[at + 1 : at + 2] not in TELLING
        for at, word in enumerate(said)
    )


def limits(said: Sequence[str], *, is_so: bool) -> bool:
    """Whether a part could limit the clause behind it: "if it rains", "in winter", "for customers under 18"; less where
    that follows from it: "in our work a missed case is the costly mistake, so"."""
    words = set(said)
    is_reason = said[0] in ("since", "because", "as", "given") and bool(words & REASON_VERBS)
    if said[0] in CONDITIONS or (said[0] in LIMITING and not is_so and not is_reason):
        return True
    if words & REASON_VERBS and not reports(said):
        return bool(words & (DOUBTS | {"against"}))
    is_fragment = reports(said) or bool(words & (TIMES | ROWS)) or any(map(str.isdecimal, said))
    return (said[0] in LIMITING or is_fragment or said[0] == "as") and not (is_so and not reports(said))


def is_title(said: Sequence[str]) -> bool:
    """Whether a part before a colon only says that something follows: "one more thing:"."""
    return set(said) <= TITLES | PLEASANTRIES
