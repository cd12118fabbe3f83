"""An echo server for `wspect server URL -- COMMAND`: it dies, lingers or never comes, as it is told.

    python3 tests/support/mortal.py PORT [--die-on SIZE] [--how HOW] [--once FILE] [--deaf-to-sigterm] [--never-listen] [--child] [--stall N] [--leaks]

--die-on         a ping of SIZE octets ends it: --how abort, by a signal; exit, with status 7; late, by a signal, when the connection is over
--once FILE      only as long as FILE is not there; it is made then
--deaf-to-sigterm, --never-listen: as they say
--stall N        the first N connections are served well, the others never answered
--leaks          SIGTERM ends it with status 23 and a sanitizer's words
--hoard N        keeps N octets for every text message that it echoes
--child          the listening is done by a child of it
"""
import argparse
import asyncio
import base64
import hashlib
import os
import signal
import struct
import sys

LAST_WORDS = "==1==ERROR: Pretender: ping of death\n    #0 in read_frame\n    #1 in main\nlegend: 1\nlegend: 2\nlegend: 3\n"


def die(how):
    sys.stderr.write(LAST_WORDS)
    sys.stderr.flush()
    if how == "exit":
        os._exit(7)
    os.abort()


def leak():
    sys.stderr.write("==1==ERROR: LeakSanitizer: detected memory leaks\nDirect leak of 5 byte(s)\n")
    sys.stderr.flush()
    os._exit(23)


def answer(head):
    key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"


def frame(first, payload):
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    return struct.pack(">BBH", first, 126, size) + payload if size < 65536 else struct.pack(">BBQ", first, 127, size) + payload


async def read_frame(reader):
    first, second = await reader.readexactly(2)
    size = second & 127
    if size > 125:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    key = await reader.readexactly(4)
    payload = await reader.readexactly(size)
    return first, bytes(octet ^ key[i % 4] for i, octet in enumerate(payload))


class Mortal:
    def __init__(self, options):
        self.options, self.count, self.kept = options, 0, []

    def is_deadly(self, first, payload):
        if first != 0x89 or len(payload) != self.options.die_on:
            return False
        if self.options.once:
            try:
                os.close(os.open(self.options.once, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return False
        return True

    async def serve(self, reader, writer):
        doomed = False
        try:
            writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
            self.count += 1
            if self.options.stall is not None and self.count > self.options.stall:
                print("stalls", flush=True)
                await asyncio.Future()
            while True:
                first, payload = await read_frame(reader)
                if self.is_deadly(first, payload):
                    doomed = True
                    if self.options.how != "late":
                        die(self.options.how)
                if first == 0x81 and self.options.hoard:
                    self.kept.append(bytearray(os.urandom(16)) * (self.options.hoard // 16))
                writer.write(frame(0x8a if first == 0x89 else first, payload))
                if first == 0x88:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, StopIteration):
            pass
        writer.close()
        if doomed:
            await reader.read()
            die("abort")


async def main(options):
    if options.deaf_to_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.leaks:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leak)
    print("pid %d" % os.getpid(), flush=True)
    if not options.never_listen:
        await asyncio.start_server(Mortal(options).serve, "127.0.0.1", options.port)
    await asyncio.Future()


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--die-on", type=int)
    parser.add_argument("--how", choices=("abort", "exit", "late"), default="abort")
    parser.add_argument("--once")
    parser.add_argument("--stall", type=int)
    parser.add_argument("--hoard", type=int)
    for flag in ("--deaf-to-sigterm", "--never-listen", "--child", "--leaks"):
        parser.add_argument(flag, action="store_true")
    return parser.parse_args()


OPTIONS = parse()
if OPTIONS.child and os.fork() > 0:
    os.wait()
else:
    asyncio.run(main(OPTIONS))
