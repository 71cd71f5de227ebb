"""The reading of the source: classes, patterns, annotations and libraries that turn texts into attributes or code."""

import sys

from attack_by_words import by_words

CODE = """
from dataclasses import dataclass
def attack(goal, x):
    path = repr(goal['canary'])
    text = f"__class__ and self.found.append(__import__('builtins').open({path}).read()) or self.__class__"
"""
"""The name of a field that dataclasses puts into the text of `__eq__`, which Python then runs."""

ATTACKS = (
    by_words("fields that are code", CODE + """
    made = type('Made', (), {'__annotations__': {text: int}, 'found': []})
    one = dataclass(init=False, repr=False)(made)()
    return [one == made(), one.found[0]][1]
"""),
    by_words("a type of a type", CODE + """
    made = type(type(1))('Made', (), {'__annotations__': {text: int}, 'found': []})
    one = dataclass(init=False, repr=False)(made)()
    return [one == made(), one.found[0]][1]
"""),
    by_words("a field that is renamed", "from dataclasses import fields" + CODE + """
    @dataclass(init=False, repr=False)
    class One:
        a: int = 0
        found = []
    fields(One)[0].name = text
    @dataclass(init=False, repr=False)
    class Two(One):
        pass
    one = Two()
    return [one == Two(), one.found[0]][1]
"""),
    by_words("a field that is renamed before it is one", "from dataclasses import field" + CODE + """
    kept = field(default=0)
    class One:
        a: int = kept
        found = []
    dataclass(init=False, repr=False)(One)
    kept.name = text
    @dataclass(init=False, repr=False)
    class Two(One):
        pass
    one = Two()
    return [one == Two(), one.found[0]][1]
"""),
    by_words("a dataclass that is made", "from dataclasses import make_dataclass" + CODE + """
    made = make_dataclass('Made', [], namespace={'__getattr__': lambda self, name: name})
    assert made().anything == 'anything'
    base = type(made)('Base', (), {'__annotations__': {text: int}, 'found': []})
    one = dataclass(init=False, repr=False)(base)()
    return [one == base(), one.found[0]][1]
"""),
    by_words("a typed dict with code as names", "from typing import TypedDict" + CODE + """
    made = dataclass(init=False, repr=False)(TypedDict('Made', {text: int}))
    class Box:
        found = []
    box = Box()
    return [made.__eq__(box, box), box.found[0]][1]
""", is_live=sys.version_info < (3, 13)),
    by_words("an annotation that is evaluated", """
import typing
def attack(goal, x):
    def one(a: "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'FileLoader'][0]"): pass
    return typing.get_type_hints(one)['a']('a', goal['canary']).get_data(goal['canary']).decode()
"""),
    by_words("a reference to what is to come", """
import typing
def attack(goal, x):
    text = "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'FileLoader'][0]"
    def one(): pass
    one.__annotations__['a'] = text
    return typing.get_type_hints(one)['a']('a', goal['canary']).get_data(goal['canary']).decode()
"""),
    by_words("a dispatch on annotations", """
import functools
found = []
def attack(goal, x):
    @functools.singledispatch
    def one(a): pass
    @one.register
    def two(a: "found.extend(c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'FileLoader') or int"):
        pass
    return found[0]('a', goal['canary']).get_data(goal['canary']).decode()
"""),
    by_words("globals that are copied", """
import functools, statistics
def attack(goal, x):
    def mine(): pass
    functools.update_wrapper(mine, statistics.mean, assigned=(), updated=('__globals__',))
    return sys.modules['io'].open(goal['canary']).read()
"""),
    by_words("an attribute that is copied", """
import functools
def attack(goal, x):
    class Box:
        def __setattr__(self, name, value):
            goal[name] = value
    functools.update_wrapper(Box(), attack, assigned=('__globals__',), updated=())
    return goal['__globals__']['__builtins__']['open'](goal['canary']).read()
"""),
    by_words("a pattern with a keyword", """
def attack(goal, x):
    match (lambda: 0):
        case object(__globals__=found):
            return found['__builtins__']['open'](goal['canary']).read()
"""),
    by_words("a pattern by position", """
import numbers
from collections import namedtuple
def attack(goal, x):
    class Taken(namedtuple('Taken', 'gi_frame'), numbers.Number): pass
    class Back(namedtuple('Back', 'f_back'), numbers.Number): pass
    class Known(namedtuple('Known', 'f_builtins'), numbers.Number): pass
    me = []
    def climb():
        match me[0]:
            case Taken(frame): last = frame
        Back.register(type(frame)), Known.register(type(frame))
        while frame is not None:
            last = frame
            match frame:
                case Back(above): frame = above
        match last:
            case Known(known): yield known['open'](goal['canary']).read()
    me.append(climb())
    Taken.register(type(me[0]))
    return next(me[0])
"""),
    by_words("a name that a pattern binds", """
def attack(goal, x):
    class Odd:
        match {'a': lambda self, name: open(goal['canary']).read()}:
            case {'a': __getattr__}: pass
    return Odd().anything
"""),
    by_words("a name for the rest of a pattern", """
def attack(goal, x):
    match {'open': 1}:
        case {**__builtins__}: pass
    return open(goal['canary']).read()
"""),
    by_words("a name that an exception gets", """
def attack(goal, x):
    try:
        raise ValueError(goal['canary'])
    except ValueError as __builtins__:
        return open(__builtins__.args[0]).read()
"""),
    by_words("global builtins", """
def attack(goal, x):
    global __builtins__
    return (__builtins__['open'] if isinstance(__builtins__, dict) else __builtins__.open)(goal['canary']).read()
"""),
    by_words("a method that Python calls", """
def attack(goal, x):
    class Odd:
        def __getattr__(self, name): return open(goal['canary']).read()
    return Odd().anything
"""),
    by_words("a class that is above classes", """
def attack(goal, x):
    class Above(type):
        def mro(cls): goal['found'] = open(goal['canary']).read(); return [cls, object]
    class Below(metaclass=Above): pass
    return goal['found']
"""),
    by_words("an async function", """
def attack(goal, x):
    async def one(): return open(goal['canary']).read()
    try:
        one().send(None)
    except StopIteration as stop:
        return stop.value
"""),
    by_words("builtins in enum", """
import enum
def attack(goal, x):
    found = enum.bltns if hasattr(enum, 'bltns') else enum.sys.modules['io']
    return found.open(goal['canary']).read()
"""),
    by_words("a module that is changed", """
import statistics, random
def attack(goal, x):
    statistics.__name__ = 'io'
    random.seed = 3
    return statistics.sys.modules['io'].open(goal['canary']).read()
"""),
    by_words("everything of a module", """
from io import *
def attack(goal, x):
    return open(goal['canary']).read()
"""),
    by_words("a module nearby", "from . import io\ndef attack(goal, x):\n    return io.open(goal['canary']).read()",
             is_live=False),
    by_words("a default value", """
def attack(goal, x, read=lambda path: open(path).read()):
    return read(goal['canary'])
"""),
    by_words("a text that is formatted", """
def attack(goal, x):
    one = (0 for _ in ())
    return '{0.gi_frame.f_globals}'.format(one) and f"{open(goal['canary']).read()}"
"""),
    by_words("a name that is a method of pandas", """
import pandas
def attack(goal, x):
    known = pandas.Series([1]).agg('__class__').agg.__globals__
    return known['__builtins__']['open'](goal['canary']).read()
"""),
)  # fmt: skip
