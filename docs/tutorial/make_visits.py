"""Write visits.csv and new-visits.csv: visits of a heating engineer, with notes, made up.

python make_visits.py

Whether a customer called again within a month hangs on what the notes say: whether the cause was found, whether it was
mended for good, whether the customer was content. The same words stand in notes of both kinds ("leak", "valve",
"replaced"); what is said of them differs. Years, contract and chance do the rest.
"""

import csv
import math
import random

ROWS, NEW = 1500, 6
SYMPTOMS = (
    "no hot water since {day}", "boiler locks out after a few minutes", "radiator in the {room} stays cold",
    "pressure drops every other day", "knocking noise from the {part}", "water under the boiler",
    "display shows error {code}", "flow temp too low", "customer reports smell near the {part}",
)  # fmt: skip
FOUND = (
    "found a leak at the {part}", "traced it to the {part}", "cause was a worn {part}", "{part} was stuck, cause clear",
    "sensor reading wrong, confirmed with meter", "air in the circuit, {part} let it in",
)  # fmt: skip
NOT_FOUND = (
    "no leak found at the {part}", "could not trace it, {part} looks fine", "cause not clear, {part} worn perhaps",
    "fault did not show while i was there", "readings normal, nothing to confirm with meter",
    "checked {part} and circuit, no air, no leak",
)  # fmt: skip
MENDED = (
    "replaced the {part}", "fitted new {part} and refilled", "swapped {part}, ran it for 30 min, all ok",
    "cleaned and resealed the {part}, tight now", "reset after replacing the {part}, stable",
)  # fmt: skip
NOT_MENDED = (
    "{part} not replaced yet, on order", "new {part} not in stock, topped up for now",
    "sealed the {part} for the time being", "reset only, needs a new {part} some day",
    "ran it for 30 min, dropped again, will have to come back",
)  # fmt: skip
CONTENT = (
    "customer happy",
    "explained the settings, all clear",
    "showed customer how to refill",
    "no further questions",
    "",
)
DOUBTFUL = (
    "customer not happy about the wait", "customer asks if this will hold",
    "explained the settings twice, not so clear", "wife says it was like this last time too", "",
)  # fmt: skip
ASIDES = (
    "parking in the yard", "dog in the house", "key with the neighbour", "filter due in autumn",
    "meter cupboard locked", "old copper pipes", "photo sent to office", "next service in may",
)  # fmt: skip
PARTS = ("valve", "pump", "expansion vessel", "heat exchanger", "thermostat", "ignition", "fan", "gasket")
ROOMS, DAYS = ("bathroom", "kitchen", "hall", "bedroom"), ("monday", "friday", "last week", "the weekend")
SHORT = {
    "customer": "cust",
    "replaced": "repl",
    "pressure": "press",
    "temperature": "temp",
    "without": "w/o",
    "and": "&",
}


def visit(rng: random.Random) -> dict[str, object]:
    """One visit with what came of it."""
    years, contract = rng.randint(0, 22), rng.random() < 0.45
    found, content = rng.random() < 0.65, rng.random() < 0.7
    mended = rng.random() < (0.8 if found else 0.35)
    part = rng.choice(PARTS)
    said = [
        rng.choice(SYMPTOMS), rng.choice(FOUND if found else NOT_FOUND), rng.choice(MENDED if mended else NOT_MENDED),
        rng.choice(CONTENT if content else DOUBTFUL),
    ]  # fmt: skip
    if rng.random() < 0.4:
        said.insert(rng.randrange(1, 4), rng.choice(ASIDES))
    note = _written(rng, [one for one in said if one], part)
    odds = -1.9 + 1.3 * (not found) + 1.5 * (not mended) + 0.9 * (not content) + 0.06 * (years - 9) - 0.5 * contract
    again = rng.random() < 1.0 / (1.0 + math.exp(-1.4 * odds))
    return {
        "years": years, "contract": "yes" if contract else "no", "minutes": int(rng.gauss(55, 18) + 12 * mended),
        "note": note, "again": "yes" if again else "no",
    }  # fmt: skip


def _written(rng: random.Random, said: list[str], part: str) -> str:
    """As somebody types it in a van: short forms, a slip of the finger here and there."""
    words = ". ".join(one.format(part=part, room=rng.choice(ROOMS), day=rng.choice(DAYS), code=f"E{rng.randint(1, 9)}0")
                      for one in said).split()  # fmt: skip
    typed = [SHORT.get(word, word) if rng.random() < 0.3 else word for word in words]
    typed = [_slipped(rng, word) if len(word) > 4 and rng.random() < 0.03 else word for word in typed]
    text = " ".join(typed)
    return text[0].upper() + text[1:] if rng.random() < 0.5 else text


def _slipped(rng: random.Random, word: str) -> str:
    """Two neighbouring letters change places."""
    k = rng.randrange(1, len(word) - 2)
    return word[:k] + word[k + 1] + word[k] + word[k + 2 :]


def main() -> None:
    """Write both files into this folder."""
    rng = random.Random(7)
    visits = [visit(rng) for _ in range(ROWS + NEW)]
    for name, rows, columns in (
        ("visits.csv", visits[:ROWS], list(visits[0])), ("new-visits.csv", visits[ROWS:], list(visits[0])[:-1])
    ):  # fmt: skip
        with open(name, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        print(f"{name}: {len(rows):,} visits")


if __name__ == "__main__":
    main()
