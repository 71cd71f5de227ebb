"""What a function may use: modules, functions of Python, attributes."""

from collections.abc import Mapping

MODULES = frozenset({
    "__future__", "bisect", "cmath", "collections", "dataclasses", "datetime", "decimal", "difflib", "fractions",
    "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers", "numpy", "operator", "pandas", "random",
    "re", "scipy", "sklearn", "statistics", "string", "textwrap", "typing", "unicodedata", "zlib",
})  # fmt: skip
"""Packages with all their modules, but those below."""
PRELOADED = ("numpy",)
"""What is imported before a function is called, whichever it is."""
SLOW_MODULES = ("pandas", "scipy", "sklearn")
"""Imported before the first call of a source that uses them, in a process of their own."""
SLOW_PARTS = frozenset({"ma", "polynomial", "random"})
"""Of numpy, which it imports at their first use."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that these packages read."""
SHUT = frozenset({
    "numpy.ctypeslib", "numpy.distutils", "numpy.f2py", "numpy.testing", "numpy.lib.format", "numpy.lib.npyio",
    "numpy.lib.introspect", "numpy.rec", "numpy.core", "numpy.conftest", "numpy.ma.mrecords", "numpy.ma.testutils",
    "numpy.typing.mypy_plugin", "pandas.api.typing", "scipy.io", "scipy.datasets", "scipy.odr", "sklearn.datasets",
    "sklearn.externals", "sklearn.utils", "sklearn.tests", "pandas.io", "pandas.testing", "pandas.util", "pandas.core",
    "pandas.compat", "json.tool",
})  # fmt: skip
"""Modules of these that read files, run programs or speak to C."""
ONLY: Mapping[str, frozenset[str]] = {
    "dataclasses": frozenset({"FrozenInstanceError", "KW_ONLY", "asdict", "astuple", "dataclass", "replace"}),
    "functools": frozenset({"cache", "cmp_to_key", "lru_cache", "partial", "reduce", "total_ordering"}),
    "typing": frozenset({
        "Any", "Callable", "ClassVar", "Dict", "Final", "Generic", "Iterable", "Iterator", "List", "Literal", "Mapping",
        "NamedTuple", "Never", "NoReturn", "Optional", "Protocol", "Self", "Sequence", "Set", "Tuple", "Type",
        "TypeAlias", "TypeVar", "Union", "cast", "final",
    }),
}  # fmt: skip
"""Of these modules only some names: others build classes or functions from texts, which Python then runs."""
BUILTINS = frozenset({
    "abs", "all", "any", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "dict", "divmod",
    "enumerate", "filter", "float", "format", "frozenset", "hash", "hex", "int", "isinstance", "issubclass", "iter",
    "len", "list", "map", "max", "min", "next", "object", "oct", "ord", "pow", "print", "property", "range", "repr",
    "reversed", "round", "set", "slice", "sorted", "staticmethod", "classmethod", "str", "sum", "super", "tuple",
    "type", "zip",
    "True", "False", "None", "NotImplemented", "Ellipsis",
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "EOFError", "Exception",
    "FloatingPointError", "ImportError", "IndexError", "KeyError", "LookupError", "MemoryError", "NameError",
    "NotImplementedError", "OSError", "OverflowError", "PermissionError", "RecursionError", "RuntimeError",
    "StopIteration", "TypeError", "UnicodeError", "ValueError", "ZeroDivisionError", "Warning", "UserWarning",
    "RuntimeWarning", "DeprecationWarning",
})  # fmt: skip
"""Functions, constants and errors of Python; `type` with one argument."""
METHODS = frozenset({"__init__", "__call__", "__len__", "__repr__", "__post_init__", "__name__"})
"""Names with two underscores that a class may define, or a function read."""
OUT_OF_BOUNDS = frozenset({
    # the day and the hour, by which an answer would be another one later
    "now", "today", "utcnow",
    # pickles
    "allow_pickle", "read_array", "write_array",
    # frames and code, from which everything can be reached
    "ag_code", "ag_frame", "cr_code", "cr_frame", "f_back", "f_builtins", "f_code", "f_globals", "f_locals", "gi_code",
    "gi_frame", "gi_yieldfrom", "tb_frame", "tb_next", "mro", "func_globals", "func_code", "with_traceback",
    # modules that hang on others
    "builtins", "codecs", "ctypes", "ctypeslib", "f2py", "gc", "importlib", "inspect", "io", "linecache", "logging",
    "marshal", "mmap", "modules", "multiprocessing", "os", "pathlib", "pickle", "platform", "posix", "resource",
    "runpy", "shutil", "socket", "subprocess", "sys", "sysconfig", "tempfile", "threading", "traceback", "warnings",
    "weakref",
    # names in texts, which no reading of the source can follow
    "attrgetter", "methodcaller", "eval", "query", "exec", "get_field", "vformat", "Formatter", "make_dataclass",
    "get_type_hints", "register", "obj",
    # memory that is no array's
    "as_strided", "cffi", "capsule", "LowLevelCallable",
    # files
    "DataSource", "ExcelFile", "ExcelWriter", "HDFStore", "dump", "fromfile", "fromregex", "fromtextfile",
    "genfromtxt", "load", "load_npz", "loadtxt", "memmap", "open", "open_memmap", "read_clipboard", "read_csv",
    "read_excel", "read_feather", "read_fwf", "read_gbq", "read_hdf", "read_html", "read_iceberg", "read_json",
    "read_orc", "read_parquet", "read_pickle", "read_sas", "read_spss", "read_sql", "read_sql_query",
    "read_sql_table", "read_stata", "read_table", "read_xml", "save", "save_npz", "savetxt", "savez",
    "savez_compressed", "test", "to_clipboard", "to_csv", "to_excel", "to_feather", "to_gbq", "to_hdf", "to_html",
    "to_iceberg", "to_json", "to_latex", "to_markdown", "to_orc", "to_parquet", "to_pickle", "to_sql", "to_stata",
    "to_string", "to_xml", "tofile", "environ", "getenv", "popen", "system",
})  # fmt: skip
"""Attributes that lead out of the function."""
PATTERNS = frozenset({"bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"})
"""Classes that a pattern may take apart by position; any other says itself, by texts, which attributes are read."""
DEPENDENCIES = frozenset({"dateutil", "joblib", "pytz", "threadpoolctl", "tzdata"})
"""Packages that those of MODULES import."""
NOT_FOR_USE = frozenset({"conftest", "setup", "testing", "tests"})
"""Modules of packages that run their tests, not that anybody uses."""
