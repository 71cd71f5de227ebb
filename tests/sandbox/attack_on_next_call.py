"""The next call: its memory, its folder, what the last call left; and what this one was given."""

from attack import anywhere, by_system

ATTACKS = (
    anywhere("change numpy for the next", """
        import numpy as np
        np.sum = np.add = np.asarray = None
        import json; json.dumps = json.loads = None
        """),
    anywhere("change Python for the next", """
        import builtins
        builtins.sum = builtins.len = builtins.float = lambda *_: 42.0
        sys.modules.clear()
        sys.path.clear()
        """),
    anywhere("change numbers that Python keeps", """
        place = ctypes.c_int.from_address(id(2) + 24)
        place.value = 3
        """),
    anywhere("change the sandbox for the next", """
        from assay.sandbox import guest, protection
        guest.answer = guest.run = lambda *_: None
        protection.Protection.confine = lambda *_, **__: None
        """),
    anywhere("leave a handler for the next", """
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        sys.settrace(lambda *_: 1 / 0)
        os.chdir('/')
        os.umask(0o777)
        """),
    anywhere("leave a file for the next", """
        try:
            open(goal['own'] + '/left', 'w').write('left')
            os.mkdir(goal['own'] + '/shut')
            open(goal['own'] + '/shut/left', 'w').close()
            os.chmod(goal['own'] + '/shut', 0)
        except OSError:
            pass
        """),
    anywhere("leave folders in folders for the next", """
        try:
            os.chdir(goal['own'])
            for _ in range(900):
                os.mkdir('deep')
                os.chdir('deep')
        except OSError:
            pass
        """, wall_seconds=1.0),
    anywhere("leave links for the next", """
        try:
            os.symlink('/', goal['own'] + '/all')
            os.symlink(goal['own'], goal['own'] + '/loop')
        except OSError:
            pass
        """),
    anywhere("write to its arguments", """
        import numpy as np
        x.flags.writeable = True
        x[:] = 42.0
        """),
    anywhere("write to the memory of its arguments", """
        ctypes.memset(x.ctypes.data, 0, 8)
        """),
    anywhere("make the memory of its arguments writable", """
        page = x.ctypes.data & ~4095
        libc.mprotect(ctypes.c_void_p(page), 4096, 3)
        ctypes.memset(x.ctypes.data, 0, 8)
        """),
    anywhere("resize the memory of the answer", """
        for number in range(3, 200):
            try:
                os.ftruncate(number, 0)
            except OSError:
                pass
        """),
    anywhere("find labels of another call in memory", """
        for line in open('/proc/self/maps') if os.path.exists('/proc/self/maps') else ():
            where, rights = line.split()[:2]
            low, high = (int(part, 16) for part in where.split('-'))
            if rights.startswith('rw') and high - low < 2**27:
                piece = ctypes.string_at(low, high - low)
                at = piece.find(goal['marker'].encode())
                while at >= 0:
                    found = piece[at : at + 60].decode(errors='replace')
                    if goal['marker'] + ':' in found:
                        return found
                    at = piece.find(goal['marker'].encode(), at + 1)
        """, wall_seconds=3.0),
    by_system("find labels in the memory of the caller", """
        place = open(f'/proc/{goal["parent"]}/mem', 'rb', buffering=0)
        place.seek(goal['address'])
        return place.read(64).decode(errors='replace')
        """, "namespaces", "landlock"),
    by_system("leave memory with a name for the next", """
        number = {'x86_64': 29, 'aarch64': 194}.get(os.uname().machine, -1)
        done = libc.syscall(number, goal['key'], 4096, 0o1666)
        return 'OUT' if done >= 0 else ''
        """, "limit of shared memory", "seccomp"),
)  # fmt: skip
