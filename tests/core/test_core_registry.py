"""Families found by name: in a folder, or in a package somebody else installed."""

import sys
from dataclasses import dataclass

import pytest

from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.registry import Registry


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A package `tiny_room` with a registry and two modules, importable; write more with room(name, text)."""
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "tiny_room"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from assay.core.registry import Registry\n"
        "registry = Registry(noun='toy', package='tiny_room', group='assay.tiny_toys')\n"
    )
    module = (
        "from dataclasses import dataclass\nfrom tiny_room import registry\n"
        "@registry.register('{name}')\n@dataclass(frozen=True)\nclass Toy:\n"
        "    wheels: int = 4\n    colour: str = 'red'\n"
    )

    def write(name, text=None):
        (package / f"{name}.py").write_text(text or module.format(name=name))

    write("car")
    write("lorry")
    yield write
    for name in [name for name in sys.modules if name.split(".")[0] in ("tiny_room", "toy_plugin")]:
        del sys.modules[name]


def plug_in(tmp_path, value, text):
    """Install a distribution whose entry point is `value`."""
    (tmp_path / "toy_plugin.py").write_text(text)
    info = tmp_path / "toy_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[assay.tiny_toys]\nkite = {value}\n")


def registry() -> Registry:
    from tiny_room import registry

    return registry


def test_a_name_that_is_a_file_is_found_without_reading_the_others(room):
    assert registry().get("car")().wheels == 4
    assert "tiny_room.car" in sys.modules
    assert "tiny_room.lorry" not in sys.modules
    assert "../car" not in registry()
    assert registry().names() == ("car", "lorry")


def test_the_files_of_a_folder_are_found_and_listed_in_order(room):
    assert registry().names() == ("car", "lorry")
    assert [name for name, _ in registry()] == ["car", "lorry"]
    assert "car" in registry()
    assert "boat" not in registry()


def test_a_step_becomes_an_instance_with_its_parameters(room):
    assert registry().build(Step.of("car", wheels=3)).wheels == 3
    assert registry().build(Step.of("car")).colour == "red"


def test_an_unknown_name_is_refused_with_near_and_known_names(room):
    with pytest.raises(UsageError, match=r"No toy is called 'lory'\. Near: lorry\. Known: car, lorry\.") as caught:
        registry().get("lory")
    assert caught.value.nearest == ("lorry",)


def test_an_unknown_parameter_is_refused_with_near_and_known_names(room):
    with pytest.raises(UsageError, match=r"toy 'car' has no parameter 'wheel'\. Known: colour, wheels\.") as caught:
        registry().build(Step.of("car", wheel=3))
    assert caught.value.nearest == ("wheels",)


def test_two_of_one_name_are_refused_even_if_their_classes_are_named_alike(room):
    room("van", "from tiny_room import registry\n@registry.register('car')\nclass Toy: ...\n")
    with pytest.raises(UsageError, match=r"Two toys are named 'car': tiny_room\.car\.Toy and tiny_room\.van\.Toy"):
        registry().names()


def test_a_class_may_be_registered_again_by_its_own_module():
    toys = Registry(noun="toy", package="assay.testing", group="assay.no_such_group")

    @dataclass
    class Kite: ...

    toys.register("kite")(Kite)
    assert toys.register("kite")(Kite) is Kite


def test_a_plug_in_of_another_package_is_found_by_its_entry_point(room, tmp_path):
    plug_in(
        tmp_path, "toy_plugin:Kite", "from tiny_room import registry\n@registry.register('kite')\nclass Kite: ...\n"
    )
    assert registry().names() == ("car", "kite", "lorry")


@pytest.mark.parametrize(
    ("value", "text"), [("toy_plugin:Kite", ""), ("toy_plugin", "import no_such_module"), ("gone", "")]
)
def test_a_plug_in_that_cannot_be_loaded_is_named(room, tmp_path, value, text):
    plug_in(tmp_path, value, text)
    with pytest.raises(UsageError, match=rf"The plug-in 'kite' \({value}\) cannot be loaded"):
        registry().names()


def test_a_class_that_declares_no_traits_where_they_are_asked_for_is_refused_with_the_line_to_add():
    asked = Registry(noun="toy", package="tiny_room", group="assay.tiny_toys", traits=frozenset)

    @dataclass(frozen=True)
    class Mute:
        wheels: int = 4

    with pytest.raises(UsageError, match="says nothing of itself in `traits`") as refused:
        asked.register("mute")(Mute)
    assert refused.value.do == ("add to the class: traits: ClassVar[frozenset] = frozenset()",)
    Mute.traits = frozenset()
    assert asked.register("mute")(Mute) is Mute
