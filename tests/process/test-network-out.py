#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sinks that connect, and what becomes of records when their peer is slow, late, cut off or not there."""
import contextlib
import gzip
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__))))
from command import Skip, equal, expect, folder, free_port, main, memory_of, report_of, started, test, true, weir

GENERATE = 'source.generate record=\'{"i": {"$seq": 1}}\''


class Peer:
    """Takes any number of connections and all they send; a connection is a list of the pieces of one."""
    def __init__(self, address=("127.0.0.1", 0), family=socket.AF_INET, wrap=None, reads=True):
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(address)
        self.listener.listen(64)
        name = self.listener.getsockname()
        self.port = name[1] if family == socket.AF_INET else 0
        self.address = "%s:%d" % name[:2] if family == socket.AF_INET else name
        self.wrap, self.reads = wrap, reads
        self.sockets, self.connections, self.news = [], [], threading.Condition()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connected, _address = self.listener.accept()
                with self.news:
                    self.sockets.append(connected)
                    self.connections.append([])
                    self.news.notify_all()
                if self.reads:
                    threading.Thread(target=self.read, args=(connected, self.connections[-1]), daemon=True).start()

    def read(self, connected, pieces):
        with contextlib.suppress(OSError):
            if self.wrap:
                connected = self.wrap(connected)
            while piece := connected.recv(65536):
                with self.news:
                    pieces.append(piece)
                    self.news.notify_all()

    def all(self):
        return [b"".join(pieces) for pieces in self.connections]

    def wait(self, condition, what, seconds=20):
        with self.news:
            true(self.news.wait_for(lambda: condition(self.all()), seconds), f"{what}: {self.all()!r:.500}")

    def wait_text(self, text):
        self.wait(lambda all: any(text in data for data in all), text)

    def hang_up(self, reset=False):
        for connected in self.sockets:
            with contextlib.suppress(OSError):
                if reset:  # a close that does not linger is a reset
                    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    connected.close()
                else:
                    connected.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connected in self.sockets:
            connected.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


@contextlib.contextmanager
def running(line, *arguments):
    """A pipeline that reads what the test writes: (process, function that ends it and gives code, report and messages)."""
    with folder() as path:
        with started("run", "--report", path + "/r", *arguments, "-e", line, stdin=subprocess.PIPE) as process:
            def end(interrupt=False):
                if interrupt:
                    process.send_signal(signal.SIGINT)
                else:
                    process.stdin.close()
                code = process.wait(30)
                return code, report_of(path + "/r"), process.stderr.read().decode()
            yield process, end


def write(process, *rows):
    process.stdin.write(b"".join(b'{"i":%d}\n' % row for row in rows))
    process.stdin.flush()


def numbers(data):
    return [json.loads(line)["i"] for line in data.splitlines()]


@test("records reach the peer in order, and the connection is closed at the end")
def _():
    with Peer() as peer:
        done = weir("run", "-e", f"{GENERATE} count=200000 ! sink.tcp connect={peer.address}")
        expect(done, 0, "200000")
        peer.wait(lambda all: len(all) == 1 and all[0].count(b"\n") == 200000, "records")
        equal(numbers(peer.all()[0])[::1000], list(range(1, 200001, 1000)))


@test("sink.unix does the same by a path, and by a name in the abstract space")
def _():
    with folder() as path:
        for address, name in ((path + "/s", path + "/s"), (f"\0weir-{os.getpid()}", f"@weir-{os.getpid()}")):
            with Peer(address, socket.AF_UNIX) as peer:
                expect(weir("run", "-e", f"{GENERATE} count=1000 ! sink.unix connect={name}"), 0)
                peer.wait(lambda all: sum(data.count(b"\n") for data in all) == 1000, "records")


@test("octet-counted framing tells the length of each record")
def _():
    with Peer() as peer:
        expect(weir("run", "-e", f"source.stdin ! sink.tcp framing=octet-counted connect={peer.address}", input='{"i":1}\n{"i":123}\n'), 0)
        peer.wait(lambda all: all == [b'7 {"i":1}9 {"i":123}'], "records")


@test("an idle record is written at once, and a few make no more than one write each")
def _():
    with Peer() as peer, running(f"source.stdin ! sink.tcp connect={peer.address}") as (process, end):
        waits = []
        for i in range(40):
            begun = time.monotonic()
            write(process, i)
            peer.wait_text(b'{"i":%d}\n' % i)
            waits.append(time.monotonic() - begun)
            time.sleep(0.01)
        equal(end()[0], 0)
        true(sorted(waits)[30] < 0.02, f"third quartile {sorted(waits)[30]:.3f} s")


@test("a slow reader gets everything")
def _():
    with Peer(reads=False) as peer, running(f"{GENERATE} count=100000 ! sink.tcp connect={peer.address}") as (_process, end):
        peer.wait(lambda all: len(all) == 1, "connection")
        data, piece = b"", b"x"
        while piece:
            time.sleep(0.001)
            piece = peer.sockets[0].recv(20000)
            data += piece
        code, report, _messages = end()
        equal((code, report["records"]["out"]), (0, 100000))
        equal(numbers(data), list(range(1, 100001)))


@test("a stalled reader bounds memory; when it goes, what it did not take is counted as failed")
def _():
    with Peer(reads=False) as peer:
        with running(f"source.generate ! sink.tcp connect={peer.address} drain-timeout=300ms") as (process, end):
            peer.wait(lambda all: len(all) == 1, "connection")
            time.sleep(3)
            true(memory_of(process) < 96 * 1024, f"peak {memory_of(process)} KiB")
            code, report, messages = end(interrupt=True)
        equal(code, 1)
        true(f"{peer.address} takes nothing; " in messages and "not written" in messages, messages)
        equal(report["records"]["in"], report["records"]["out"] + report["records"]["failed"])
        true(report["records"]["failed"] > 0, report["records"])


@test("a peer that hangs up while nothing is written is noticed, and no later record is lost")
def _():
    with Peer() as peer, running(f"source.stdin ! sink.tcp connect={peer.address}") as (process, end):
        write(process, 0)
        peer.wait_text(b'{"i":0}\n')
        peer.hang_up()
        peer.wait(lambda all: len(all) == 2, "another connection")
        write(process, 1, 2)
        peer.wait_text(b'{"i":1}\n{"i":2}\n')
        code, report, messages = end()
        equal((code, report["records"]["out"]), (0, 3))
        true(f"the connection to {peer.address} is lost" in messages and f"connected to {peer.address}" in messages, messages)


@test("a connection that is reset in mid-record: the record comes again, whole")
def _():
    with Peer(reads=False) as peer, running(f"{GENERATE} count=300000 ! sink.tcp connect={peer.address} retry-delay=1ms") as (_process, end):
        peer.wait(lambda all: len(all) == 1, "connection")
        first = b""
        while len(first) < 300001:  # what the kernel took beyond that is lost with the connection
            first += peer.sockets[0].recv(300001 - len(first))
        peer.reads = True
        peer.hang_up(reset=True)
        code, report, _messages = end()
        equal((code, report["records"]["out"]), (0, 300000))
        peer.wait(lambda all: len(all) == 2 and all[1].endswith(b'{"i":300000}\n'), "the rest")
        rest = numbers(peer.all()[1])
        equal(rest, list(range(rest[0], 300001)), "what came on the second connection")


@test("a peer that comes late gets everything, and one message tells of it")
def _():
    port = free_port()
    with running(f"source.stdin ! sink.tcp connect=127.0.0.1:{port} retry-delay=20ms") as (process, end):
        write(process, *range(5))
        time.sleep(0.5)
        with Peer(("127.0.0.1", port)) as peer:
            peer.wait_text(b'{"i":4}\n')
            code, report, messages = end()
            equal(numbers(peer.all()[0]), list(range(5)))
        equal((code, report["records"]["out"]), (0, 5))
        equal(messages.count("refused the connection; it is tried again"), 1, messages)
        equal(messages.count("connected to"), 1, messages)


@test("a peer that never comes: the end waits as long as it may, and says what was not written")
def _():
    port = free_port()
    with folder() as path:
        begun = time.monotonic()
        done = weir("run", "--report", path + "/r", "-e", f"source.stdin ! sink.tcp connect=127.0.0.1:{port} drain-timeout=500ms", input="1\n2\n3\n")
        expect(done, 1, f"127.0.0.1:{port} refused the connection; 3 records were not written")
        true(0.5 <= time.monotonic() - begun < 3, "the drain")
        equal(report_of(path + "/r")["records"]["failed"], 3)


@test("a peer that never comes and a stream that does not end: an interrupt drains, a second one aborts")
def _():
    port = free_port()
    with running(f"source.generate ! sink.tcp connect=127.0.0.1:{port} drain-timeout=300ms") as (process, end):
        time.sleep(0.5)
        code, report, messages = end(interrupt=True)
        equal(code, 1)
        true("not written" in messages and report["records"]["in_flight"] == 0, messages)
    with started("run", "-q", "-e", f"source.generate ! sink.tcp connect=127.0.0.1:{port} drain-timeout=1h") as process:
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        equal(process.poll(), None, "it ended before it might")
        process.send_signal(signal.SIGINT)
        equal(process.wait(5), 130)


@test("retry-for ends the run when the peer stays away for so long from a record that waits")
def _():
    with running(f"source.stdin ! sink.tcp connect=127.0.0.1:{free_port()} retry-for=200ms") as (process, _end):
        time.sleep(0.5)
        begun = time.monotonic()
        write(process, 1)
        equal(process.wait(10), 1)
        true(time.monotonic() - begun >= 0.2, "the record waited")
        true(b"1 record was not written" in process.stderr.read(), "the message")


@test("a peer that is there and dead is left after write-timeout")
def _():
    with Peer(reads=False) as peer:
        with running(f"{GENERATE} count=400000 ! sink.tcp connect={peer.address} write-timeout=300ms retry-delay=1ms") as (_process, end):
            peer.wait(lambda all: len(all) == 1, "connection")
            peer.reads = True
            peer.wait(lambda all: len(all) == 2 and all[1].endswith(b'{"i":400000}\n'), "another connection")
            code, report, messages = end()
        equal((code, report["records"]["out"]), (0, 400000))
        true("took nothing for 0.3 s" in messages, messages)


@test("a name that nobody knows fails the run with a message that names it")
def _():
    done = weir("run", "-e", "source.stdin ! sink.tcp connect=nobody.invalid:9 drain-timeout=200ms", input="1\n")
    expect(done, 1, "nobody.invalid", "1 record was not written")


@test("what connect cannot be is a mistake")
def _():
    expect(weir("check", "-e", "source.stdin ! sink.tcp connect=here"), 2, "no port")
    expect(weir("check", "-e", "source.stdin ! sink.tcp connect=a:1 tls-ca=x"), 2, "tls-ca", '"tls": true')
    expect(weir("run", "-e", "source.stdin ! sink.tcp connect=a:1 tls=true tls-ca=/nowhere.pem"), 1, "/nowhere.pem")


@test("several connections share the records, each in order")
def _():
    with Peer() as peer:
        with running(f"{GENERATE} count=200000 ! sink.tcp connections=4 connect={peer.address}") as (_process, end):
            code, report, _messages = end()
            equal((code, report["records"]["out"]), (0, 200000))
        peer.wait(lambda all: len(all) == 4 and sum(data.count(b"\n") for data in all) == 200000, "records")
        parts = [numbers(data) for data in peer.all()]
        true(all(part == sorted(part) and len(part) > 20000 for part in parts), [len(part) for part in parts])
        equal(sorted(sum(parts, [])), list(range(1, 200001)))


@test("of several connections those that are there take over from one that is lost")
def _():
    with Peer() as peer, running(f"source.stdin ! sink.tcp connections=3 connect={peer.address} retry-delay=1h") as (process, end):
        peer.wait(lambda all: len(all) == 3, "connections")
        peer.sockets[1].shutdown(socket.SHUT_RDWR)
        time.sleep(0.2)
        for i in range(20):
            write(process, i)
            peer.wait(lambda all: any(b'{"i":%d}\n' % i in data for data in all), i)
        equal(end()[0], 0)


def unzstd(data):
    return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout


@test("a compressed stream can be read as far as it was written, and is whole at the end")
def _():
    with Peer() as peer, running(f"source.stdin ! sink.tcp compress=gzip connect={peer.address}") as (process, end):
        for i in range(5):
            write(process, i)
            peer.wait(lambda all: all and zlib.decompressobj(31).decompress(all[0]).endswith(b'{"i":%d}\n' % i), f"record {i}")
        equal(end()[0], 0)
        peer.wait(lambda all: all[0].endswith(b"\x28\0\0\0"), "the length of the member")
        equal(numbers(gzip.decompress(peer.all()[0])), list(range(5)))
    if not shutil.which("zstd"):
        raise Skip("zstd is not installed")
    with Peer() as peer:
        expect(weir("run", "-e", f"{GENERATE} count=50000 ! sink.tcp compress=zstd connect={peer.address}"), 0)
        peer.wait(lambda all: numbers(unzstd(all[0])) == list(range(1, 50001)) if all and all[0] else False, "records")


@test("each connection has a compressed stream of its own")
def _():
    with Peer() as peer, running(f"source.stdin ! sink.tcp compress=gzip retry-delay=1ms connect={peer.address}") as (process, end):
        write(process, 0)
        peer.wait(lambda all: all and all[0], "the first record")
        time.sleep(0.1)
        peer.hang_up()
        peer.wait(lambda all: len(all) == 2, "another connection")
        write(process, 1)
        equal(end()[0], 0)
        peer.wait(lambda all: len(all) > 1 and all[1].endswith(b"\x08\0\0\0"), "the end")
        equal(gzip.decompress(peer.all()[1]), b'{"i":1}\n')


@test("with a flush interval records wait for others, and those at risk do not")
def _():
    with Peer() as peer, running(f"source.stdin ! sink.tcp flush-interval=400ms connect={peer.address}") as (process, end):
        begun = time.monotonic()
        for i in range(4):
            write(process, i)
            time.sleep(0.02)
        peer.wait_text(b'{"i":3}\n')
        true(0.35 < time.monotonic() - begun < 2, "the interval")
        equal(peer.connections[0], [b"".join(b'{"i":%d}\n' % i for i in range(4))], "one write")
        equal(end()[0], 0)
    with Peer() as peer, running(f"deadline=100ms ! source.stdin ! sink.tcp flush-interval=1h connect={peer.address}") as (process, end):
        write(process, 0)
        peer.wait_text(b'{"i":0}\n')
        equal(end()[0], 0)


@contextlib.contextmanager
def certificates():
    """A folder with the certificate of an authority, and one for localhost that it signed."""
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    with folder() as path:
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=path, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "30")
        for name in ("localhost", "client"):
            openssl("req", *new, "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
            with open(path + "/san", "w", encoding="utf-8") as file:
                file.write(f"subjectAltName=DNS:{name}\n")
            openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", name + ".pem", "-days", "30", "-extfile", "san")
        yield path


def tls_server(path, wants_client=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path + "/localhost.pem", path + "/localhost.key")
    if wants_client:
        context.load_verify_locations(path + "/ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    return lambda connected: context.wrap_socket(connected, server_side=True)


@test("under TLS all records arrive, and the client shows its certificate where it is asked to")
def _():
    with certificates() as path:
        options = f"tls=true tls-ca={os.path.relpath(path)}/ca.pem tls-server-name=localhost"
        with Peer(wrap=tls_server(path)) as peer:
            expect(weir("run", "-e", f"{GENERATE} count=100000 ! sink.tcp connect={peer.address} {options}"), 0)
            peer.wait(lambda all: all[0].endswith(b'{"i":100000}\n'), "records")
            equal(numbers(peer.all()[0]), list(range(1, 100001)))
        with Peer(wrap=tls_server(path, wants_client=True)) as peer:
            mine = f"tls-certificate={path}/client.pem tls-key={path}/client.key"
            expect(weir("run", "-e", f"{GENERATE} count=10 ! sink.tcp connect={peer.address} {options} {mine}"), 0)
            peer.wait_text(b'{"i":10}\n')


@test("a server whose certificate is not the right one gets nothing, and the message says why")
def _():
    with certificates() as path:
        for options in (f"tls-ca={path}/ca.pem tls-server-name=other", f"tls-ca={path}/client.pem tls-server-name=localhost"):
            with Peer(wrap=tls_server(path)) as peer:
                line = f"source.stdin ! sink.tcp connect={peer.address} tls=true {options} drain-timeout=500ms retry-delay=10ms"
                expect(weir("run", "-e", line, input="1\n"), 1, f"{peer.address}: its certificate is not accepted", "1 record was not written")
                true(len(peer.connections) > 1 and not any(peer.all()), "it is tried again, and told nothing")


@test("a slow peer that sends replies gets the end of the stream too")
def _():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    got = []

    def read():
        connected, _address = listener.accept()
        with contextlib.suppress(OSError):
            while piece := connected.recv(65536):
                got.append(len(piece))
                connected.sendall(b"ok\n")
                time.sleep(0.001)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    expect(weir("run", "-q", "-e", f"source.generate count=20000 ! sink.tcp connect=127.0.0.1:{listener.getsockname()[1]}"), 0)
    reader.join(20)
    whole = weir("run", "-q", "-e", "source.generate count=20000 ! sink.stdout").bytes
    equal(sum(got), len(whole))


main()
