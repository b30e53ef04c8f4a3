#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sources that others send to, and what becomes of records when clients are slow, cut off, too many or refused."""
import contextlib
import json
import os
import re
import resource
import selectors
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

from command import (Skip, equal, expect, folder, free_port, main, memory_of, read, report_of, started, test, true, wait_for,
                     weir)

RESET = b"\1\0\0\0\0\0\0\0"  # SO_LINGER: a close that does not linger is a reset


def name_of(client):
    return "%s:%d" % client.getsockname()


class Live:
    """A pipeline from one source to a file; the dead letters go to another."""

    def __init__(self, process, path, port):
        self.process, self.path, self.port = process, path, port

    def connect(self):
        """A client, as soon as the source listens."""
        end = time.monotonic() + 20
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=20)
            except ConnectionRefusedError:
                true(time.monotonic() < end and self.process.poll() is None, "nobody listens")
                time.sleep(0.01)

    def send(self, data, reset=False):
        """A client that sends, and goes."""
        with self.connect() as client:
            client.sendall(data)
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def lines(self):
        with contextlib.suppress(FileNotFoundError):
            return read(self.path + "/out").splitlines()
        return []

    def wait_lines(self, number):
        wait_for(lambda: len(self.lines()) >= number, lambda: f"{number} records, and not {self.lines()!r:.300}")

    def told(self):
        return read(self.path + "/err")

    def peak(self):
        return memory_of(self.process)

    def cpu(self):
        fields = read(f"/proc/{self.process.pid}/stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """Interrupts: the counts of the report, and the dead letters."""
        self.process.send_signal(signal.SIGINT)
        equal(self.process.wait(30), 0, self.told())
        dead = read(self.path + "/dead") if os.path.exists(self.path + "/dead") else ""
        return report_of(self.path + "/r")["records"], [json.loads(line) for line in dead.splitlines()]


@contextlib.contextmanager
def live(type, kind=socket.SOCK_STREAM, port=None, descriptors=None, **options):
    port = port or free_port(kind)
    source = {"id": "in", "type": type, "listen": f"127.0.0.1:{port}", **{name.replace("_", "-"): value for name, value in options.items()}}
    with folder() as path:
        file = {"stages": [source, {"type": "sink.file", "path": path + "/out"}], "dead-letter": {"type": "sink.file", "path": path + "/dead"}}
        with open(path + "/p.json", "w", encoding="utf-8") as out:
            json.dump(file, out)

        def limit():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        with open(path + "/err", "wb") as err, started("run", path + "/p.json", "--report", path + "/r", stderr=err,
                                                       preexec_fn=limit) as process:
            yield Live(process, path, port)


def ends_in_mid_record(reset, words):
    with live("source.tcp") as run:
        run.send(b'{"i":1}\n')
        run.wait_lines(1)
        with run.connect() as client:
            peer = name_of(client)
            client.sendall(b'{"i":2}\n{"i":')
            run.wait_lines(2)
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        run.send(b'{"i":3}\n')
        run.wait_lines(3)
        records, dead = run.stop()
        equal((records["in"], records["out"], records["failed"]), (4, 3, 1))
        equal([(letter["message"], letter["record"]) for letter in dead], [(f"{peer}: {words} in mid-record", '{"i":')])


@test("half a record at close is failed, its message names the client, and the others go on")
def _():
    ends_in_mid_record(False, "ended")


@test("a connection that is reset in mid-record fails that record alone")
def _():
    ends_in_mid_record(True, "the connection was reset")


@test("a client that sends a byte at a time is served, and one that sends nothing is closed at its time")
def _():
    with live("source.tcp", idle_timeout="400ms") as run, run.connect() as slow, run.connect() as idle:
        idle.sendall(b'{"i":0}\n{"i"')
        for byte in b'{"i":1}\n':
            slow.sendall(bytes([byte]))
            time.sleep(0.1)
        run.wait_lines(2)
        equal(run.lines(), ['{"i":0}', '{"i":1}'])
        equal(idle.recv(1), b"", "what the idle one reads")
        records, dead = run.stop()
        equal((records["out"], records["failed"]), (2, 1))
        equal(dead[0]["message"], f"{name_of(idle)}: sent nothing for the idle-timeout in mid-record")


@test("octet-counted framing: records by their length; one that has none fails and its connection is closed")
def _():
    with live("source.tcp", framing="octet-counted") as run:
        run.send(b'7 {"i":1}10 {"i":\n2}  ')
        run.wait_lines(2)
        with run.connect() as client:
            name = name_of(client)
            client.sendall(b'{"i":3}\n')
            equal(client.recv(1), b"", "what the client reads")
        records, dead = run.stop()
        equal(run.lines(), ['{"i":1}', '{"i": 2}  '])
        equal((records["out"], records["failed"]), (2, 1))
        true(dead[0]["message"].startswith(f"{name}: no length where a record should begin") and dead[0]["record"] == {"i": 3}, dead)


def allow(descriptors):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < descriptors:
        raise Skip(f"only {hard} descriptors are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))


def connect_many(port, number):
    """Begins NUMBER connections; those that are made within a second send a record: (all, how many have sent)."""
    clients, sent = [], 0
    with selectors.DefaultSelector() as waiting:
        for number_of in range(number):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            clients.append(client)
            waiting.register(client, selectors.EVENT_WRITE, number_of)
        end = time.monotonic() + 1
        while waiting.get_map() and time.monotonic() < end:
            for key, _events in waiting.select(0.1):
                waiting.unregister(key.fileobj)
                if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    sent += key.fileobj.send(b'{"i":%d}\n' % key.data) > 0
    return clients, sent


@test("10,000 connections against a limit of 1,000: so many are served, the others wait, and it is told once")
def _():
    allow(12000)
    with live("source.tcp", max_connections=1000) as run:
        run.connect().close()
        clients, sent = connect_many(run.port, 10000)
        run.wait_lines(1000)
        before = run.cpu()
        time.sleep(0.3)
        true(run.cpu() - before < 0.1, "it spins")
        equal(len(run.lines()), 1000)
        equal(run.told().count("1000 connections are open, as many as max-connections allows"), 1, run.told())
        true(sent > 1000, f"{sent} connections were made")
        for client in clients:
            client.close()
        run.wait_lines(sent)
        records, _dead = run.stop()
        equal((records["in"], records["out"]), (sent, sent))


@test("5,000 connections at once all deliver, and those that are idle hold next to nothing")
def _():
    allow(12000)
    with live("source.tcp") as run:
        clients = [run.connect() for _i in range(5000)]
        for client in clients:
            client.sendall(b'{"i":1}\n')
        run.wait_lines(5000)
        true(run.peak() < 96 * 1024, f"peak {run.peak()} KiB")
        for client in clients:
            client.close()
        equal(run.stop()[0]["out"], 5000)


@test("while descriptors run out nothing spins, it is told once, and all are served in the end")
def _():
    with live("source.tcp", descriptors=40) as run:
        clients = [run.connect() for _i in range(100)]
        for client in clients:
            client.sendall(b'{"i":1}\n')
        wait_for(lambda: "no connection can be accepted" in run.told(), "a warning")
        before = run.cpu()
        time.sleep(1)
        true(run.cpu() - before < 0.1, f"{run.cpu() - before} s of CPU in a second")
        true(5 < len(run.lines()) < 40, f"{len(run.lines())} served")
        for client in clients:
            client.close()
        run.wait_lines(100)
        equal(run.told().count("no connection can be accepted"), 1, run.told())
        equal(run.stop()[0]["out"], 100)


@test("a line of 1 GiB fails alone, and memory is bounded")
def _():
    with live("source.tcp") as run, run.connect() as client:
        piece = b"x" * (1 << 20)
        for _i in range(1024):
            client.sendall(piece)
        client.sendall(b'\n{"i":1}\n')
        run.wait_lines(1)
        true(run.peak() < 96 * 1024, f"peak {run.peak()} KiB")
        records, dead = run.stop()
        equal((records["out"], records["failed"]), (1, 1))
        equal(dead[0]["message"], f"{name_of(client)}: record of 1073741824 bytes is over max-record (1048576)")


@test("what clients had sent before the interrupt is read; half a record fails")
def _():
    with live("source.tcp") as run:
        clients = [run.connect() for _i in range(50)]
        for client in clients:
            client.sendall(b'{"i":1}\n' * 100 + b'{"i"')
        records, dead = run.stop()
        equal((records["in"], records["out"], records["failed"]), (5050, 5000, 50))
        true(dead[0]["message"].endswith(": stopped in mid-record"), dead[0])


@test("clients that send blank lines without end are cut off after the interrupt")
def _():
    with live("source.tcp") as run:
        blank = b"\n" * 262144
        clients = [run.connect() for _i in range(12)]

        def flood(client):
            with contextlib.suppress(OSError):
                while True:
                    client.sendall(blank)

        floods = [threading.Thread(target=flood, args=(client,)) for client in clients]
        for thread in floods:
            thread.start()
        run.send(b'{"i":1}\n')
        run.wait_lines(1)
        begin = time.monotonic()
        equal(run.stop()[0]["in"], 1)
        true(time.monotonic() - begin < 6, f"the end took {time.monotonic() - begin} s")
        for thread in floods:
            thread.join(20)


@test("port 0 is chosen by the system and told; a port that is taken ends the run")
def _():
    with started("run", "-e", "source.tcp listen=127.0.0.1:0 ! sink.null") as process:
        port = int(re.search(rb"listening on 127\.0\.0\.1:(\d+)", process.stderr.readline()).group(1))
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        expect(weir("run", "-e", f"source.tcp listen=127.0.0.1:{port} ! sink.null"), 1, f"127.0.0.1:{port}: somebody else listens there")
        process.send_signal(signal.SIGINT)
        equal(process.wait(10), 0)


@test("a socket that a killed run left behind is replaced; one that is in use is not")
def _():
    with folder() as path:
        line = f"source.unix listen={path}/s ! sink.null"
        with started("run", "-e", line) as process:
            wait_for(lambda: os.path.exists(path + "/s"), "a socket")
            process.kill()
        with started("run", "-e", line) as process:
            def connects():
                with socket.socket(socket.AF_UNIX) as client:
                    return client.connect_ex(path + "/s") == 0
            wait_for(connects, "a listener")
            expect(weir("run", "-e", line), 1, f"{path}/s: somebody else listens there")
            process.send_signal(signal.SIGINT)
            equal(process.wait(10), 0)
        true(not os.path.exists(path + "/s"), "the socket is left over")


@test("a datagram that is no record fails, and the message names its sender")
def _():
    with live("source.udp", socket.SOCK_DGRAM, check="full") as run, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))

        def listens():
            client.sendto(b'{"i":0}', ("127.0.0.1", run.port))
            return run.lines()
        wait_for(listens, "a listener")
        for data in (b'{"i":1}\n{"i":2', b"\xff\xfe", b'{"i":3}'):
            client.sendto(data, ("127.0.0.1", run.port))
        wait_for(lambda: '{"i":3}' in run.lines(), "the last datagram")
        records, dead = run.stop()
        equal(records["failed"], 2)
        true('{"i":1}' in run.lines(), run.lines())
        for letter in dead:
            true(letter["message"].startswith(name_of(client) + ": not JSON: "), letter)


@test("datagrams that the system had to drop are told of at the end")
def _():
    with live("source.udp", socket.SOCK_DGRAM, receive_buffer=4096) as run, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", run.port))

        def listens():
            with contextlib.suppress(ConnectionRefusedError):
                client.send(b'{"i":0}')
            return run.lines()
        wait_for(listens, "a listener")
        run.process.send_signal(signal.SIGSTOP)
        for _i in range(1000):
            client.send(b'{"i":1}')
        run.process.send_signal(signal.SIGCONT)
        wait_for(lambda: '{"i":1}' in run.lines(), "a datagram")
        records, _dead = run.stop()
        lost = int(re.search(r"(\d+) datagrams were lost before they were read", run.told()).group(1))
        true(0 < lost <= 1000 and records["out"] + lost >= 1000, (lost, records))


def openssl(path, *arguments):
    subprocess.run(["openssl", *arguments], cwd=path, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def make_certificates(path):
    """An authority, a server and a client that it has signed, and a client that nobody has."""
    if not shutil.which("openssl"):
        raise Skip("no openssl")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    for name in ("ca", "other"):
        openssl(path, "req", "-x509", *new, "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    for name in ("server", "client"):
        openssl(path, "req", *new, "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(path, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-copy_extensions", "copy", "-out", f"{name}.pem")


def tls_send(run, certificates, name, data):
    """Whether a client with that certificate could send; its connection is told closed by the other end."""
    context = ssl.create_default_context(cafile=certificates + "/ca.pem")
    if name:
        context.load_cert_chain(f"{certificates}/{name}.pem", f"{certificates}/{name}.key")
    try:
        with run.connect() as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as client:
            client.sendall(data)
            client.unwrap()
            return True
    except (ssl.SSLError, ConnectionError):
        return False


@test("TLS: a client with a certificate of the authority is taken; with another, or none, it is refused with one warning")
def _():
    with folder() as path:
        make_certificates(path)
        with live("source.tcp", tls_certificate=path + "/server.pem", tls_key=path + "/server.key", tls_client_ca=path + "/ca.pem") as run:
            true(tls_send(run, path, "client", b'{"i":1}\n'), "a good client")
            run.wait_lines(1)
            for number, (name, words) in enumerate([("other", "Unacceptable TLS certificate"), (None, "did not send a certificate")], 1):
                tls_send(run, path, name, b'{"i":2}\n')
                wait_for(lambda: run.told().count("refused: ") == number, "a warning")
                true(re.search(rf"127\.0\.0\.1:\d+: refused: .*{words}", run.told()), run.told())
            run.send(b'{"plain":1}\n')
            wait_for(lambda: run.told().count("refused: ") == 3, "a warning")
            tls_send(run, path, "client", b'{"i":3}\n{"i"')
            run.wait_lines(2)
            records, dead = run.stop()
            equal(run.lines(), ['{"i":1}', '{"i":3}'])
            equal((records["out"], records["failed"]), (2, 1))
            true("ended in mid-record" in dead[0]["message"], dead)


@test("TLS: clients that make no handshake keep nobody waiting, nor the end of the run")
def _():
    with folder() as path:
        make_certificates(path)
        with live("source.tcp", tls_certificate=path + "/server.pem", tls_key=path + "/server.key") as run:
            silent = [run.connect() for _i in range(150)]
            for client in silent[:100]:
                client.sendall(b"\x16")
            begin = time.monotonic()
            true(tls_send(run, path, None, b'{"i":1}\n'), "a good client")
            run.wait_lines(1)
            true(time.monotonic() - begin < 1, "it waited for those who are silent")
            for client in silent:
                client.sendall(b"\x16\3\1\0\4\1\0\2\0")
            begin = time.monotonic()
            true(tls_send(run, path, None, b'{"i":2}\n'), "a good client")
            run.wait_lines(2)
            true(time.monotonic() - begin < 2, "it waited for those who stopped in mid-handshake")
            begin = time.monotonic()
            equal(run.stop()[0]["out"], 2)
            true(time.monotonic() - begin < 5, "the end waited")
            for client in silent:
                client.close()


@test("TLS: files that cannot be read end the start, by name")
def _():
    expect(weir("run", "-e", "source.tcp listen=127.0.0.1:0 tls-certificate=/none.pem ! sink.null"), 1, "/none.pem: ")


if __name__ == "__main__":
    main()
