"""English that carries the grammar: small words, what makes a clause depend on another, what names a kind of thing."""

from assay.steering.words.word_tables import blocks, word_sets

_SETS = word_sets("english")
_LINES = dict(blocks("english"))

SPELLINGS: dict[str, str] = dict(pair.split("=", 1) for pair in _SETS["spellings"])
"""Other spellings, abbreviations and common misspellings of words of the grammar."""
CONTRACTIONS: dict[str, tuple[str, ...]] = {
    short: tuple(full.split("+")) for short, full in (pair.split("=", 1) for pair in _SETS["contractions"])
}
JOINED: dict[str, list[tuple[tuple[str, ...], str]]] = {}
"""Words that stand for one, by the first of them."""
for _line in _LINES["joined"]:
    _words, _, _one = _line.partition("=")
    JOINED.setdefault(_words.split()[0], []).append((tuple(_words.split()), _one.strip()))

COMMON_WORDS = word_sets("common")["common"]
"""Words that are taken as they are written: never as another word misspelled."""
FILLERS = _SETS["fillers"]
OPENERS = _SETS["openers"]
PLEASANTRIES = OPENERS | FILLERS | _SETS["pleasantries"]
CONDITIONS = _SETS["conditions"]
DEPENDENT = CONDITIONS | _SETS["dependent"]
BACKWARD = _SETS["backward"]
REASON_STARTS = _SETS["reason_starts"]
VERDICTS = _SETS["verdicts"]
REVERSING = (
    CONDITIONS | (BACKWARD - REASON_STARTS - {"there", "here", "one", "same", "its", "their"}) | _SETS["reversing"]
)
UNREASONABLE = (CONDITIONS - {"while"}) | {"instead", "rather", "nevertheless", "anyway", "but", "or", "unlike"}
"""Words for which a reason that was given makes its clause unclear."""
REASON_VERBS = _SETS["reason_verbs"]
REMARK_STARTS = _SETS["remark_starts"]
RETRACTING = _SETS["retracting"]
REPORTING = _SETS["reporting"]
UNCERTAIN = _SETS["uncertain"]
TIMES = _SETS["times"]
DATES = _SETS["dates"]
TAKING_BACK = _SETS["takes_back_all"]
TITLES = _SETS["titles"]
ROWS = _SETS["rows"]
NAME_NOUNS = _SETS["name_nouns"]
OWNERS = _SETS["owners"]
OWNERS_OF = frozenset(f"{owner}'s" for owner in OWNERS)
OWNING = frozenset({"the", "a", "an", "each", "every", "our", "their", "your"})
POINTING = frozenset({"that", "this", "those", "these"})
POINTED = _SETS["pointed"]
COMPARISONS = _SETS["comparisons"]
COLUMN_NOUNS = _SETS["column_nouns"]
FAMILY_NOUNS = _SETS["family_nouns"]
STEP_NOUNS = _SETS["step_nouns"]
EXPERIMENT_NOUNS = _SETS["experiment_nouns"]
METRIC_NOUNS = _SETS["metric_nouns"]
DETERMINERS = _SETS["determiners"]
OF_WORDS = _SETS["of_words"]
LIMITING = _SETS["limiting"]
YES_OR_NO = _SETS["yes_or_no"]
STRONG = _SETS["strong"]
DOUBTS = _SETS["doubts"]
OBJECT_VERBS = _SETS["object_verbs"]
INVERTED = _SETS["inverted"]
SUBJECTS = _SETS["subjects"]
LIMITED = _SETS["limited"]
OBLIGED = _SETS["obliged"]
ASKING_VERBS = _SETS["asking_verbs"]
BARE_VERBS = _SETS["bare_verbs"]
FORBIDDEN = _SETS["forbidden"]
WORTH = _SETS["worth"]
EVERYDAY_VERBS = _SETS["everyday_verbs"]
DENYING = _SETS["denying"]
KEPT_BY = _SETS["kept_by"]
PREPOSITIONS = _SETS["prepositions"]
SELDOM = frozenset({"resort", "sparingly", "rarely", "moderation"})
CORRECTABLE = _SETS["correctable"]
PRAISE = _SETS["praise"]
STATISTICS = _SETS["statistics"]
FUNCTION_WORDS = (
    DEPENDENT | BACKWARD | DETERMINERS | OPENERS | FILLERS | REASON_VERBS | ROWS | COMPARISONS | _SETS["function"]
)
"""Words that are never taken for the name of something unknown in a list."""
