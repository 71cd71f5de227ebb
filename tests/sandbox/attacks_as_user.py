"""Runs attacks as whoever it is started as; writes JSON: the layers, what they hold, and the harm that was done."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import test_sandbox_attacks
from attack import OS_LAYERS
from attack_scene import scene

from assay.sandbox.barriers import strength


def main() -> None:
    found = strength()
    harm = {}
    for place in scene():
        for attack in test_sandbox_attacks.ATTACKS:
            if attack.is_live:
                harm[attack.name] = place.harm(attack, OS_LAYERS)
    print(json.dumps([found.layers, found.holds, {name: did for name, did in harm.items() if did}, len(harm)]))


if __name__ == "__main__":
    main()
