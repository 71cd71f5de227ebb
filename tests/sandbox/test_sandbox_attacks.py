"""Attacks on the sandbox: all layers, none that read the source, each layer alone, all without one, none at all."""

from dataclasses import replace

import attack_by_classes
import attack_by_words
import attack_on_files
import attack_on_limits
import attack_on_network
import attack_on_next_call
import attack_on_processes
import attack_on_wire
import pytest
from attack import EVERY_LAYER, OS_LAYERS, Attack
from attack_scene import Scene

ROOMS = (
    attack_on_files, attack_on_network, attack_on_processes, attack_on_limits, attack_on_next_call, attack_on_wire,
    attack_by_words, attack_by_classes,
)  # fmt: skip
ATTACKS = tuple(attack for room in ROOMS for attack in room.ATTACKS)
ALONE = [(attack, layer) for attack in ATTACKS if not attack.is_held_anyway for layer in sorted(attack.stopped_by)]
WITHOUT = [(attack, layer) for attack in ATTACKS for layer in sorted(OS_LAYERS) if attack.os_layers - {layer}]
FIRST = {layer: attack for attack, layer in reversed(ALONE)}


def first_of_its_layer(attack: Attack, layer: str) -> object:
    """One attack a layer is tried in `make test`, all of them in `make test-all`."""
    return pytest.param(attack, layer, marks=[] if FIRST[layer] is attack else pytest.mark.slow)


def needs(layers_here: frozenset[str], *layers: str) -> None:
    """Skip where the machine has not these layers."""
    if missing := sorted(set(layers) - layers_here):
        pytest.skip(f"this machine has no {', '.join(missing)}")


def test_there_are_many_attacks_and_each_has_a_name_of_its_own() -> None:
    assert len(ATTACKS) == len({attack.name for attack in ATTACKS}) >= 150


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_all_layers_hold(attack: Attack, place: Scene, layers_here: frozenset[str]) -> None:
    needs(layers_here, *EVERY_LAYER)
    assert place.harm(attack, EVERY_LAYER) == []


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_the_others_hold_where_nobody_read_the_source(
    attack: Attack, place: Scene, layers_here: frozenset[str]
) -> None:
    needs(layers_here, *OS_LAYERS)
    assert place.harm(attack, OS_LAYERS) == []


@pytest.mark.parametrize(("attack", "layer"), [first_of_its_layer(*pair) for pair in ALONE], ids=str)
def test_each_layer_alone_holds_what_it_is_meant_to(
    attack: Attack, layer: str, place: Scene, layers_here: frozenset[str]
) -> None:
    needs(layers_here, layer)
    assert place.harm(attack, frozenset({layer})) == []


@pytest.mark.slow
@pytest.mark.parametrize(("attack", "layer"), WITHOUT, ids=str)
def test_the_others_hold_without_one(attack: Attack, layer: str, place: Scene, layers_here: frozenset[str]) -> None:
    needs(layers_here, *(OS_LAYERS - {layer}))
    assert place.harm(attack, OS_LAYERS - {layer}) == []


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.is_held_anyway], ids=str)
def test_the_way_calls_are_made_holds_without_any_layer(attack: Attack, place: Scene) -> None:
    assert place.harm(attack, frozenset()) == []


@pytest.mark.slow
@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.is_live], ids=str)
def test_an_attack_gets_out_where_nothing_is_put_on(attack: Attack, place: Scene) -> None:
    found = place.harm(replace(attack, wall_seconds=max(attack.wall_seconds, 2.0)), frozenset())
    if not found and "not here" in place.said:
        pytest.skip("the system has not what it attacks")
    assert found, place.said
