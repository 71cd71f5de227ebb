"""Memory, time and output: more than a call may have."""

from attack import anywhere, by_system

ATTACKS = (
    by_system("take three gibibytes, piece by piece", """
        held = []
        for _ in range(48):
            held.append(bytes(2**26))
        return 'OUT'
        """, "limits"),
    by_system("take three gibibytes with numpy", """
        import numpy as np
        return 'OUT' if np.empty(3 * 2**30, dtype='u1').size else ''
        """, "limits"),
    by_system("map three gibibytes", """
        held = [mmap.mmap(-1, 2**29) for _ in range(6)]
        return 'OUT'
        """, "limits"),
    by_system("raise its own limits", """
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        held = bytes(3 * 2**30)
        return 'OUT'
        """, "limits"),
    by_system("unpack a small text to much memory", """
        import zlib
        packed = zlib.compressobj(1, zlib.DEFLATED, -15)
        block = packed.compress(bytes(2**24)) + packed.flush(zlib.Z_FULL_FLUSH)
        return 'OUT' if len(zlib.decompress(block * 12 + packed.flush(), -15)) > 2**27 else ''
        """, "limits", wall_seconds=3.0),
    anywhere("loop for ever", "while True: pass"),
    anywhere("loop, whatever is raised", """
        while True:
            try:
                raise ValueError
            except BaseException:
                continue
        """),
    anywhere("loop in C", "import itertools; sum(itertools.count())"),
    anywhere("loop in a power", "return (3 ** 10**8) % 7"),
    anywhere("loop in an expression", "import re; re.match('(a+)+$', 'a' * 60 + 'b')"),
    anywhere("loop in numpy", """
        import numpy as np
        big = np.ones((600, 600))
        while True:
            big = np.linalg.inv(big @ big.T + np.eye(600))
        """),
    anywhere("sleep past the limit", "time.sleep(60)"),
    anywhere("wait for a lock", "lock = threading.Lock(); lock.acquire(); lock.acquire()"),
    anywhere("not listen to signals", """
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: pass
        """),
    anywhere("loop when it is thrown away", """
        class Sticky:
            def __del__(self):
                while True: pass
        return [Sticky(), 1][1]
        """),
    anywhere("loop at the end", "import atexit; atexit.register(lambda: time.sleep(60)); raise SystemExit"),
    anywhere("call itself until the stack is full", """
        sys.setrecursionlimit(10**9)
        def again(n):
            return again(n + 1) + 1
        return again(0)
        """),
    anywhere("nest until the stack is full", """
        nested = []
        for _ in range(10**6):
            nested = [nested]
        return repr(nested)
        """),
    anywhere("fail in C", "ctypes.string_at(8)"),
    anywhere("abort", "os.abort()"),
    anywhere("end without an answer", "os._exit(0)"),
    anywhere("print a lot", "for _ in range(20_000): print('x' * 5_000)"),
    anywhere("write to where messages go", """
        for _ in range(300):
            os.write(1, bytes(65536))
            os.write(2, bytes(65536))
        """),
    anywhere("warn a lot", """
        import warnings
        warnings.simplefilter('always')
        for i in range(3_000):
            warnings.warn('x' * 1_000)
        """),
    anywhere("answer with too much", "import numpy as np; return np.zeros(2**21)"),
    anywhere("answer with too much text", "return 'x' * (5 * 2**20)"),
    anywhere("raise with too much text", "raise ValueError('x' * (5 * 2**20))"),
    anywhere("answer with itself", "own = []; own.append(own); return own"),
    anywhere("answer with an object", "return object()"),
    anywhere("answer with code", "import numpy as np; return np.array([os.system], dtype=object)"),
)  # fmt: skip
