"""Files outside of the sandbox: read, listed, written, removed, changed."""

from attack import by_system

READERS = ("namespaces", "landlock")
WRITERS = ("namespaces", "landlock", "seccomp")

ATTACKS = (
    by_system("read a file", "return open(goal['canary']).read()", *READERS),
    by_system("read by descriptor", "return os.read(os.open(goal['canary'], os.O_RDONLY), 99).decode()", *READERS),
    by_system("read with numpy", """
        import numpy as np
        return np.fromfile(goal['canary'], dtype='u1').tobytes().decode()
        """, *READERS),
    by_system("map a file", """
        import numpy as np
        return np.memmap(goal['canary'], mode='r').tobytes().decode()
        """, *READERS),
    by_system("read by a path from a folder that may be read", """
        return open(os.path.dirname(os.__file__) + '/../' * 30 + goal['canary'].lstrip('/')).read()
        """, *READERS),
    by_system("read by the root of a process", """
        for process in ('self', '1', str(os.getppid())):
            try:
                return open(f'/proc/{process}/root{goal["canary"]}').read()
            except OSError:
                pass
        """, *READERS),
    by_system("list a folder", "return 'OUT' if os.listdir(goal['folder']) == ['canary'] else ''", *READERS),
    by_system("read the arguments of the caller", """
        return 'OUT ' + open(f'/proc/{goal["parent"]}/cmdline').read().replace(chr(0), ' ')
        """, *READERS),
    by_system("read the environment of the caller", """
        return 'OUT' if open(f'/proc/{goal["parent"]}/environ', 'rb').read() is not None else ''
        """, *READERS),
    by_system("list processes", """
        return 'OUT' if any(name.isdigit() for name in os.listdir('/proc')) else ''
        """, *READERS),
    by_system("read through a link in a folder of its own", """
        link = goal['own'] + '/link'
        os.symlink(goal['canary'], link)
        return open(link).read()
        """, *WRITERS),
    by_system("read through a hard link", """
        link = goal['own'] + '/hard'
        os.link(goal['canary'], link)
        return open(link).read()
        """, *WRITERS),
    by_system("write a new file", "open(goal['folder'] + '/new', 'w').close()", *WRITERS),
    by_system("append to a file", "open(goal['canary'], 'a').write('more')", *WRITERS),
    by_system("truncate a file by its path", "os.truncate(goal['canary'], 3)", *WRITERS),
    by_system("remove a file", "os.unlink(goal['canary'])", *WRITERS),
    by_system("rename a file", "os.rename(goal['canary'], goal['folder'] + '/renamed')", *WRITERS),
    by_system("make a folder", "os.mkdir(goal['folder'] + '/made')", *WRITERS),
    by_system("change the rights of a file", "os.chmod(goal['canary'], 0o600)", "namespaces", "seccomp"),
    by_system("change the times of a file", "os.utime(goal['canary'], (1, 1))", "namespaces", "seccomp"),
    by_system("make a pipe with a name", "os.mkfifo(goal['folder'] + '/fifo')", *WRITERS),
    by_system("save with numpy", """
        import numpy as np
        np.save(goal['folder'] + '/saved.npy', x)
        """, *WRITERS),
    by_system("make a database", """
        import sqlite3
        sqlite3.connect(goal['folder'] + '/data.sqlite').execute('create table t (a)')
        """, *WRITERS),
    by_system("write to shared memory with a name", "open('/dev/shm/' + goal['token'], 'w').close()", *WRITERS),
    by_system("run a program", """
        os.execv('/bin/sh', ['sh', '-c', 'echo more >> ' + goal['canary']])
        """, *WRITERS, is_live=False),
    by_system("make a device", """
        path = goal['own'] + '/device'
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
        return 'OUT' if open(path, 'rb').read(3) == bytes(3) else ''
        """, *WRITERS, "limits"),
    by_system("leave a root of its own", """
        os.chroot(goal['own'])
        for _ in range(30):
            os.chdir('..')
        os.chroot('.')
        return open(goal['canary']).read()
        """, *WRITERS, "limits"),
    by_system("mount a file system", """
        libc.unshare(0x00020000)
        done = libc.mount(b'none', goal['own'].encode(), b'tmpfs', 0, b'')
        return 'OUT' if done == 0 else os.strerror(ctypes.get_errno())
        """, *WRITERS, "limits"),
    by_system("open by a handle, past all paths", """
        handle = ctypes.create_string_buffer(struct.pack('Ii', 128, 0) + bytes(128))
        number = ctypes.c_int()
        if libc.name_to_handle_at(-100, goal['canary'].encode(), handle, ctypes.byref(number), 0):
            return os.strerror(ctypes.get_errno())
        place = os.open(goal['folder'], os.O_RDONLY)
        return os.read(libc.open_by_handle_at(place, handle, 0), 1000).decode()
        """, *WRITERS),
    by_system("fill a folder with one file", """
        with open(goal['own'] + '/large', 'wb') as file:
            for _ in range(40):
                file.write(bytes(2**20))
                file.flush()
        return 'OUT'
        """, *WRITERS, "limits", wall_seconds=1.0),
    by_system("fill a folder with files", """
        for i in range(1_500):
            os.close(os.open(f'{goal["own"]}/{i}', os.O_CREAT | os.O_WRONLY))
        return 'OUT'
        """, *WRITERS, wall_seconds=1.0),
)  # fmt: skip
