"""Other processes: started, signalled, traced, outlived, limited."""

from attack import by_system

ISOLATED = ("namespaces", "landlock", "seccomp")
NO_CHILDREN = ("seccomp", "limit of processes")

ATTACKS = (
    by_system("fork", """
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        return 'OUT'
        """, *NO_CHILDREN),
    by_system("fork by its number", """
        child = libc.syscall(57 if os.uname().machine == 'x86_64' else 1071)
        if not child:
            os._exit(0)
        return 'OUT' if child > 0 or os.uname().machine != 'x86_64' else ''
        """, *NO_CHILDREN),
    by_system("fork again and again", """
        made = 0
        for _ in range(50):
            if not os.fork():
                os.closerange(3, 1000)
                time.sleep(5)
                os._exit(0)
            made += 1
        return 'OUT'
        """, *NO_CHILDREN),
    by_system("start a thread", """
        one = threading.Thread(target=int)
        one.start()
        return 'OUT'
        """, *NO_CHILDREN),
    by_system("start a program", """
        subprocess.run(['/bin/sh', '-c', 'echo more >> ' + goal['canary']], check=True)
        """, *ISOLATED),
    by_system("live on after the call", """
        if not os.fork():
            os.setsid()
            if not os.fork():
                time.sleep(20)
            os._exit(0)
        os.wait()
        return 'left'
        """, *ISOLATED, "limits", is_live=False),
    by_system("live on, and hold on to the line to the server", """
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for _ in range(3):
            if not os.fork():
                os.setsid()
                libc.prctl(1, 0)
                time.sleep(20)
        os._exit(0)
        """, *ISOLATED, "limits", is_live=False),
    by_system("run away, each process from the next", """
        if not os.fork():
            os.closerange(3, 1000)
            until = time.monotonic() + 4.0
            while time.monotonic() < until:
                os.setsid() if os.getpid() != os.getsid(0) else None
                if os.fork():
                    os._exit(0)
            os._exit(0)
        """, "namespaces", *NO_CHILDREN, is_live=False),
    by_system("change the answer after it was given", """
        memory = out('out')
        if not os.fork():
            while True:
                memory[:4096] = os.urandom(4096)
        return 1.0
        """, *ISOLATED, "limits", is_live=False),
    by_system("close the line to the server, and live on", """
        os.closerange(3, 1000)
        time.sleep(20)
        """, *ISOLATED, "limits", is_live=False),
    by_system("stop itself", "os.kill(os.getpid(), signal.SIGSTOP)", *ISOLATED, "limits", is_live=False),
    by_system("signal the caller", "os.kill(goal['parent'], signal.SIGURG)", *ISOLATED),
    by_system("signal all processes", "os.kill(-1, signal.SIGURG)", *ISOLATED, is_live=False),
    by_system("signal the caller when a file is read", """
        place = os.open(goal['folder'], os.O_RDONLY)
        fcntl.fcntl(place, fcntl.F_SETOWN, goal['parent'])
        fcntl.fcntl(place, 10, signal.SIGURG)
        fcntl.fcntl(place, fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_MULTISHOT)
        open(goal['canary']).read(1)
        """, *ISOLATED),
    by_system("end the server", "os.kill(os.getppid(), signal.SIGKILL); time.sleep(0.1)", *ISOLATED),
    by_system("stop the server", "os.kill(os.getppid(), signal.SIGSTOP); time.sleep(0.1)", *ISOLATED),
    by_system("interrupt the server", "os.kill(os.getppid(), signal.SIGTERM); time.sleep(0.1)", *ISOLATED),
    by_system("trace the server", """
        done = libc.ptrace(0x4206, os.getppid(), None, None)
        return 'OUT' if done == 0 else os.strerror(ctypes.get_errno())
        """, *ISOLATED, "limits"),
    by_system("write to the memory of the server", """
        place = open(f'/proc/{os.getppid()}/mem', 'r+b', buffering=0)
        place.seek(id(None))
        return 'OUT' if place.read(8) else ''
        """, *ISOLATED, "limits"),
    by_system("take an end of the server's socket", """
        server = libc.syscall(434, os.getppid(), 0)
        taken = [libc.syscall(438, server, number, 0) for number in range(20)]
        return 'OUT' if any(one >= 0 for one in taken[3:]) else os.strerror(ctypes.get_errno())
        """, *ISOLATED, "limits"),
    by_system("read the memory of the caller", """
        buffer = ctypes.create_string_buffer(64)
        local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 64)
        remote = (ctypes.c_void_p * 2)(goal['address'], 64)
        libc.process_vm_readv(goal['parent'], local, 1, remote, 1, 0)
        return buffer.value.decode(errors='replace')
        """, *ISOLATED),
    by_system("read the memory of the caller as a file", """
        place = open(f'/proc/{goal["parent"]}/mem', 'rb', buffering=0)
        place.seek(goal['address'])
        return place.read(64).decode(errors='replace')
        """, "namespaces", "landlock"),
    by_system("change a limit of the caller", """
        resource.prlimit(goal['parent'], resource.RLIMIT_CORE, (4242, resource.prlimit(goal['parent'], 4)[1]))
        """, "namespaces", "seccomp"),
    by_system("use a call of the kernel that arithmetic has no need of", """
        rare = {'io_uring_setup': 425, 'userfaultfd': 323, 'perf_event_open': 298, 'bpf': 321, 'memfd_create': 319,
                'pidfd_open': 434, 'kcmp': 312, 'setns': 308, 'fsopen': 430, 'quotactl': 179, 'mq_open': 240,
                'fanotify_init': 300, 'timer_create': 222, 'personality': 135, 'add_key': 248, 'keyctl': 250,
                'shmget': 29, 'semget': 64, 'msgget': 68, 'unshare': 272, 'clone3': 435, 'process_vm_writev': 311}
        answered = []
        for name, number in rare.items() if os.uname().machine == 'x86_64' else ():
            ctypes.set_errno(0)
            if libc.syscall(number, -1, -1, -1, -1, -1, -1) != -1 or ctypes.get_errno() not in (1, 38):
                answered.append(name)
        return 'OUT ' + ', '.join(answered) if answered else ''
        """, "seccomp"),
    by_system("make a namespace of users, and be root in it", """
        return 'OUT' if libc.unshare(0x10000000) == 0 else ''
        """, "seccomp"),
    by_system("take back the rights of root", """
        os.setresuid(0, 0, 0)
        os.setgroups([4242])
        return 'OUT'
        """, "namespaces", "seccomp", "limits"),
    by_system("keep a key in the kernel", """
        number = {'x86_64': 248, 'aarch64': 217}.get(os.uname().machine, -1)
        done = libc.syscall(number, b'user', goal['token'].encode(), b'kept', 4, -4)
        return 'OUT' if done > 0 else 'not here' if ctypes.get_errno() == 38 else ''
        """, "seccomp"),
    by_system("run code of 32 bits, past the filter of 64", """
        if os.uname().machine != 'x86_64':
            return 'not here'
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(bytes.fromhex('b802000000cd80c3'))  # fork, by the old numbers
        child = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
        if not child:
            os._exit(0)
        return 'OUT' if child > 0 else 'not here' if child == -38 else ''
        """, *NO_CHILDREN),
)  # fmt: skip
