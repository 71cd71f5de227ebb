"""The reading of the source: names, attributes and statements that lead from a function to everything."""

from attack import Attack

READ = ".open(goal['canary']).read()"


def by_words(name: str, source: str, *, is_live: bool = True) -> Attack:
    """An attack that the list of allowed words is meant to stop alone; it ends with a file that is read."""
    layers = frozenset({"language", "namespaces", "landlock"})
    return Attack(name=name, source=source.strip() + "\n", stopped_by=layers, is_live=is_live)


def body(name: str, text: str) -> Attack:
    """The same, as the lines of the function."""
    lines = "\n    ".join(text.strip().splitlines())
    return by_words(name, f"def attack(goal, x):\n    {lines}")


ATTACKS = (
    body("open", "return open(goal['canary']).read()"),
    body("import os", f"import os, io\nreturn io{READ}"),
    body("import by name", f"return __import__('io'){READ}"),
    body("import a part", "from os import path\nreturn path.os.fdopen(path.os.open(goal['canary'], 0)).read()"),
    body("import with importlib", f"import importlib\nreturn importlib.import_module('io'){READ}"),
    body("import another way round", f"import numpy as os, io as numpy\nreturn numpy{READ}"),
    body("eval", "return eval(\"open(goal['canary']).read()\")"),
    body("exec", "space = {}\nexec('f = open', space)\nreturn space['f'](goal['canary']).read()"),
    body("compile", "return type(lambda: 0)(compile('open', '', 'eval'), globals())()(goal['canary']).read()"),
    body("getattr", f"import statistics\nreturn getattr(statistics, 'sys').modules['io']{READ}"),
    body("globals", "return globals()['__builtins__']['open'](goal['canary']).read()"),
    body("vars", f"import json\nreturn vars(json)['codecs']{READ}"),
    body("the classes of all objects", """
found = [one for one in ().__class__.__base__.__subclasses__() if one.__name__ == 'FileLoader']
return found[0]('a', goal['canary']).get_data(goal['canary']).decode()
"""),
    body("the builtins of a function", """
return (lambda: 0).__globals__['__builtins__']['open'](goal['canary']).read()
"""),
    body("a loader", """
found = [one for one in object.__subclasses__() if one.__name__ == 'FileLoader']
return found[0]('a', goal['canary']).get_data(goal['canary']).decode()
"""),
    body("a frame of an exception", """
try:
    raise ValueError
except ValueError as error:
    frame = error.__traceback__.tb_frame
while frame.f_back is not None:
    frame = frame.f_back
return frame.f_builtins['open'](goal['canary']).read()
"""),
    body("a frame of a generator", """
one = (0 for _ in ())
return one.gi_frame.f_builtins['open'](goal['canary']).read()
"""),
    body("the frames of the caller", """
me = []
def climb():
    frame = me[0].gi_frame
    while frame.f_back is not None:
        frame = frame.f_back
    yield frame.f_builtins['open'](goal['canary']).read()
me.append(climb())
return next(me[0])
"""),
    body("a function in wide letters", "return ｏpen(goal['canary']).read()"),
    body("two underscores in wide letters", """
return (lambda: 0).__ｇlobals__['__builtins__']['open'](goal['canary']).read()
"""),
    body("an attribute in wide letters", """
import numpy
return numpy.ｆromfile(goal['canary'], 'u1').tobytes().decode()
"""),
    body("a module in wide letters", f"import ｉo\nreturn io{READ}"),
    body("a name of builtins in wide letters", "return __ｂuiltins__['open'](goal['canary']).read()"),
    body("numpy's files", "import numpy\nreturn numpy.fromfile(goal['canary'], 'u1').tobytes().decode()"),
    body("numpy's files by another name", """
from numpy import fromfile as f
return f(goal['canary'], 'u1').tobytes().decode()
"""),
    body("everything of numpy", """
import numpy.lib.npyio
return numpy.memmap(goal['canary'], mode='r').tobytes().decode()
"""),
    body("texts of numpy", "import numpy\nreturn str(numpy.loadtxt(goal['canary'], dtype=str))"),
    body("numpy's C", "import numpy.ctypeslib\nreturn numpy.ctypeslib.ctypes and open(goal['canary']).read()"),
    body("an array's C", "return str(x.ctypes) and open(goal['canary']).read()"),
    body("pandas' files", "import pandas\nreturn str(pandas.read_csv(goal['canary']))"),
    body("pandas' expressions", """
import pandas, statistics
known = pandas.eval('one.__globals__', local_dict={'one': statistics.mean}, engine='python')
return known['__builtins__']['open'](goal['canary']).read()
"""),
    body("a query of pandas", """
import pandas, statistics
names = {'goal': goal, 'one': statistics.mean}
try:
    pandas.DataFrame({'a': [1]}).query('@goal.update(@one.__globals__)', local_dict=names)
except KeyError:
    return goal['__builtins__']['open'](goal['canary']).read()
"""),
    body("a query of pandas, its name a text", """
import pandas, statistics
names = {'goal': goal, 'one': statistics.mean}
try:
    pandas.DataFrame({'a': [1]}).agg('query', 0, '@goal.update(@one.__globals__)', local_dict=names)
except KeyError:
    return goal['__builtins__']['open'](goal['canary']).read()
"""),
    body("a function of numpy that pandas calls by a text", """
import pandas, statistics
statistics.mean.nout = statistics.mean.nin = 1
try:
    pandas.Series([1.0]).agg('__array_ufunc__', 0, statistics.mean, '__getattribute__', '__globals__')
except AttributeError as error:
    return error.obj['__builtins__']['open'](goal['canary']).read()
"""),
    body("an expression of pandas, its name a text", """
import pandas, statistics
names = {'one': statistics.mean}
known = pandas.DataFrame({'a': [1]}).agg('eval', 0, '@one.__globals__', local_dict=names, engine='python')
return known['__builtins__']['open'](goal['canary']).read()
"""),
    body("a module in a module", """
import random
return random._os.fdopen(random._os.open(goal['canary'], 0)).read()
"""),
    body("a module in statistics", """
import statistics
return statistics.sys.modules['io'].open(goal['canary']).read()
"""),
    body("builtins in a module", """
import random, typing
return typing.sys.modules['builtins'].open(goal['canary']).read()
"""),
    body("a loop variable", """
import statistics
for one in [statistics]:
    return one.sys.modules['io'].open(goal['canary']).read()
"""),
    body("a walrus", "import statistics\nreturn (one := statistics).sys.modules['io'].open(goal['canary']).read()"),
    body("a keyword", "return dict(__builtins__=open)['__builtins__'](goal['canary']).read()"),
    body("a decorator", "@(lambda _: open(goal['canary']).read())\ndef path(): pass\nreturn path"),
    body("text that reads attributes", """
import string, statistics
found = string.Formatter().get_field('0.__globals__[__builtins__][open]', (statistics.mean,), {})[0]
return found(goal['canary']).read()
"""),
    body("operator's reader", """
import operator, statistics
return operator.attrgetter('__globals__')(statistics.mean)['__builtins__']['open'](goal['canary']).read()
"""),
    body("operator's caller", f"""
import operator, statistics
return operator.methodcaller('__getattribute__', 'sys')(statistics).modules['io']{READ}
"""),
)  # fmt: skip
