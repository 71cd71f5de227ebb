"""What `inspect` found in a column of texts, in words."""

from assay.core.inspection import SharedPassage, TextView
from assay.report.phrases import count_text, name_list, plural, share_text

_SHOWN = 40
"""Characters of a passage that are shown."""
_ALL, _LEAST, _UNTOLD = 0.995, 0.001, 0.05
"""Shares from which all is said, from which a share is worth a word, and from which texts of no language that is known:
short ones of a language often have none of its usual words.
"""


def text_parts(text: TextView) -> tuple[str, ...]:
    """ "English", "median 12 words (61 characters), longest 910", "7.2 % repeat another text", …; () of none."""
    if not text.texts:
        return ()
    sizes = (
        f"median {plural(round(text.words), 'word')} ({plural(round(text.characters), 'character')}), "
        f"longest {count_text(text.longest)}"
    )
    parts = [_language(text), sizes, _repeats(text), *map(_passage, text.shared)]
    parts += [f"markup (HTML) in {share_text(text.html)}"] if text.html >= _LEAST else []
    parts += [f"control characters in {share_text(text.controls)}"] if text.controls >= _LEAST else []
    parts += [f"lines begin with speakers: {name_list(text.speakers, 6)}"] if text.speakers else []
    return tuple(part for part in parts if part)


def _language(text: TextView) -> str:
    scripts = _shares(text.scripts)
    if text.languages:
        only_latin = len(text.scripts) == 1 and text.scripts[0][0] in ("Latin", "Hangul", "Thai", "Greek")
        untold = 1.0 - sum(share for _, share in text.languages)
        named = text.languages if untold < _UNTOLD else (*text.languages, ("not told", untold))
        return _shares(named) + ("" if only_latin else f" (letters: {scripts})")
    return f"language not told (letters: {scripts})" if scripts else "no letters"


def _shares(named: tuple[tuple[str, float], ...]) -> str:
    """The first alone where it is all, or nearly."""
    if len(named) == 1 or (named and named[0][1] >= _ALL):
        return named[0][0]
    return name_list(tuple(f"{name} {share_text(share, 0)}" for name, share in named), 4)


def _repeats(text: TextView) -> str:
    exact, near = (share_text(share) if share >= _LEAST else "" for share in (text.repeated, text.near))
    if exact:
        return f"{exact} repeat another text" + (f", {near} nearly" if near else "")
    return f"{near} nearly repeat another text" if near else ""


def _passage(one: SharedPassage) -> str:
    words = " ".join(one.text.split())
    shown = words if len(words) <= _SHOWN else f"…{words[-_SHOWN:]}" if one.place == "end" else f"{words[:_SHOWN]}…"
    verb = {"beginning": "begin with", "end": "end with", "line": "have the line"}[one.place]
    return f'{share_text(one.share, 0)} {verb} "{shown}"'
