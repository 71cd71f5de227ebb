"""Why a function was refused or failed: a code for each reason, with what it means."""

from collections.abc import Mapping

IN_SOURCE: Mapping[str, str] = {
    "code/too-long": "The source has more than 200,000 characters, or more parts than a person writes.",
    "code/syntax": "Python cannot read the source.",
    "code/import": "It imports a module that is not on the list.",
    "code/builtin": "It uses a function of Python that is not on the list, such as open or eval.",
    "code/dunder": "It uses a name with two underscores, or an attribute that begins with one.",
    "code/attribute": "It uses an attribute that leads out of the function: to files, modules, frames.",
    "code/statement": "It uses a kind of statement that has no place here, such as async.",
    "code/no-function": "The function that was asked for is not in it.",
    "code/defined-twice": "Two functions of one name; the first would be lost without a word.",
    "code/signature": "A function asks for something that the contract does not give.",
    "code/asks-for-target": "A function that answers for rows asks for their targets.",
    "code/contract": "It was written for another version of the contract.",
}
"""Found by reading the source, before anything runs."""
WHILE_RUNNING: Mapping[str, str] = {
    "code/raised": "It raised an exception.",
    "code/forbidden": "The sandbox refused what it tried: a file, a socket, a process.",
    "code/changes-input": "It changed the arrays that it was given.",
    "code/time": "It took longer than it was given.",
    "code/memory": "It used more memory than it was given.",
    "code/output": "Its answer is larger than it may be.",
    "code/crash": "Its process ended without an answer.",
    "code/no-sandbox": "This machine cannot hold it as safely as was asked for.",
}
"""Found while it runs."""
IN_ANSWER: Mapping[str, str] = {
    "code/not-arrays": "It answered something that is neither numbers nor JSON.",
    "code/shape": "Its answer has another shape than the rows ask for.",
    "code/infinite": "Its answer has infinite numbers.",
    "code/missing": "Its answer has no number where one is needed.",
    "code/state": "What it learned is neither arrays nor JSON, so that it cannot be stored.",
    "code/random": "It answered differently when it was asked again.",
    "code/other-rows": "The answer for a row depends on the other rows that are asked about.",
    "code/own-target": "A row's own target comes back in the columns that were learned from it.",
    "code/probabilities": "Its probabilities are below 0, above 1, or do not sum to 1.",
}
"""Found in what it answered."""
FROM_GUEST = frozenset({
    "code/attribute", "code/changes-input", "code/forbidden", "code/import", "code/memory", "code/no-function",
    "code/not-arrays", "code/output", "code/raised", "code/syntax",
})  # fmt: skip
"""What the function's own process may say of itself; all others are for the caller to find."""
REASONS: Mapping[str, str] = {**IN_SOURCE, **WHILE_RUNNING, **IN_ANSWER}
