"""Functions of people that are part of a model: found by its states, whatever its manifest says, and refused unless
allowed."""

from assay.core.errors import BundleError
from assay.features import traits_of as step_traits
from assay.models import traits_of as model_traits
from assay.predictor.bundle import Bundle
from assay.user_code.access import NOWHERE, CodeAccess
from assay.user_code.runners import TrustedRunner
from assay.user_code.source import CodeSource
from assay.user_code.stored_code import source_in


def sources_of(bundle: Bundle) -> tuple[CodeSource, ...]:
    """The sources that a bundle holds, each once, by name."""
    found: dict[str, CodeSource] = {}
    for member in bundle.members:
        for piece in member.pieces:
            keys = [key for key in piece.encoders if step_traits(bundle.states[key].name).runs_code]
            keys += [piece.model] if model_traits(bundle.states[piece.model].name).runs_code else []
            found |= {source.digest: source for source in (source_in(bundle.states[key]) for key in keys)}
    return tuple(sorted(found.values(), key=lambda source: source.name))


def refuse_pickle(bundle: Bundle) -> None:
    """BundleError where it holds functions: who loads a pickle cannot be asked whether they may run."""
    if sources_of(bundle):
        raise BundleError(
            "This model contains code, and a pickle cannot ask its reader whether that may run.",
            do=("model.predictor_.save(path), and there assay.load(path, allow_code=True)",),
        )


def code_in(bundle: Bundle, where: str, *, allowed: bool) -> CodeAccess:
    """Who runs the functions of a bundle. BundleError where it holds some and that is not allowed."""
    sources = sources_of(bundle)
    if not sources:
        return NOWHERE
    if not allowed:
        names = ", ".join(source.file for source in sources)
        raise BundleError(
            f"{where} contains code: {names}. It would run with all that Python can do here.",
            do=(
                "if you know where it comes from: load(path, allow_code=True), or assay predict … --allow-code",
                "assay show LAB NUMBER --code  (prints what an experiment calls)",
            ),
        )  # fmt: skip
    return CodeAccess(runner=TrustedRunner())
