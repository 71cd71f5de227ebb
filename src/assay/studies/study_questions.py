"""A question in plain words, and the kind of study that answers it."""

from assay.core.errors import UsageError
from assay.steering.words.tokens import tokens_of
from assay.studies import registry


def kind_of(question: str) -> str:
    """The kind whose words the question has most of, longer phrases counting more; UsageError, naming the kinds, where
    no kind has any, or two have as many."""
    words = _words(question)
    own = [name for name, cls in registry if _words(cls.traits.question) == words]
    if len(own) == 1:
        return own[0]
    scores = {
        name: sum(len(phrase.split()) for phrase in cls.traits.asked_as if f" {phrase} " in f" {words} ")
        for name, cls in registry
    }
    best = max(scores.values(), default=0)
    able = [name for name, score in scores.items() if score == best]
    if not best or len(able) > 1:
        why = "is not understood" if not best else f"may mean {' or '.join(able)}"
        raise UsageError(
            f'"{question}" {why}. Kinds of study: {kinds_text()}', do=tuple(f"--kind {n}" for n in able[:3])
        )
    return able[0]


def _words(text: str) -> str:
    return " ".join(token.word for token in tokens_of(text))


def kinds_text() -> str:
    """ "slices (Where does it fail?), …" """
    each = sorted(registry, key=lambda one: one[1].traits.place)
    return ", ".join(f"{name} ({cls.traits.question})" for name, cls in each) + "."
