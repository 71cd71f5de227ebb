"""Anything that listens: by internet protocols, local sockets, the machine's host."""

from attack import by_system

ATTACKS = (
    by_system("connect to a server", """
        one = socket.socket()
        one.settimeout(0.2)
        one.connect(('127.0.0.1', goal['tcp']))
        """, "namespaces", "landlock", "seccomp"),
    by_system("connect from a port of its own", """
        one = socket.socket()
        one.bind(('127.0.0.1', 0))
        one.connect(('127.0.0.1', goal['tcp']))
        """, "namespaces", "landlock", "seccomp"),
    by_system("ask for a web page", """
        import urllib.request
        urllib.request.urlopen(f'http://127.0.0.1:{goal["tcp"]}/', timeout=0.2)
        """, "namespaces", "landlock", "seccomp"),
    by_system("send a packet", """
        socket.socket(type=socket.SOCK_DGRAM).sendto(b'out', ('127.0.0.1', goal['udp']))
        """, "namespaces", "seccomp"),
    by_system("ask a name server, the name carries data", """
        name = b''.join(bytes([len(part)]) + part for part in (b'secret', b'example')) + b'\\0'
        question = struct.pack('>HHHHHH', 1, 256, 1, 0, 0, 0) + name + struct.pack('>HH', 1, 1)
        socket.socket(type=socket.SOCK_DGRAM).sendto(question, ('127.0.0.1', goal['udp']))
        """, "namespaces", "seccomp"),
    by_system("connect to a socket with an abstract name", """
        socket.socket(socket.AF_UNIX).connect(goal['abstract'])
        """, "namespaces", "landlock", "seccomp"),
    by_system("connect to a socket in a folder", """
        socket.socket(socket.AF_UNIX).connect(goal['unix'])
        """, "namespaces", "seccomp"),
    by_system("connect by several paths", """
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
        one.settimeout(0.2)
        one.connect(('127.0.0.1', goal['tcp']))
        """, "namespaces", "seccomp"),
    by_system("send with the first packet", """
        socket.socket().sendto(b'out', 0x20000000, ('127.0.0.1', goal['tcp']))
        """, "namespaces", "seccomp"),
    by_system("listen to all packets", """
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        return 'OUT'
        """, "namespaces", "seccomp", "limits"),
    by_system("talk to the host of a virtual machine", """
        try:
            socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        except OSError as error:
            return 'not here' if error.errno == 97 else ''
        return 'OUT'
        """, "seccomp"),
    by_system("use a socket of the caller", """
        for number in range(3, 200):
            try:
                os.write(number, b'out')
                socket.socket(fileno=number).send(b'out')
                return 'OUT'
            except OSError:
                pass
        """, "namespaces", "landlock", "seccomp", "limits", is_live=False),
)  # fmt: skip
