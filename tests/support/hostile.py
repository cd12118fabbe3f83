"""A WebSocket server that behaves until a given step of the connection, and then does its worst. Prints its URL.

    python3 tests/support/hostile.py --step payload --action rst --good 1

--step    how far it behaves, see STEPS
--action  what it does then, see ACTIONS
--good N  the first N connections are served well (wspect begins with one that only looks whether a server is there)
--bad-echo  they get other octets back than they sent
"""
import argparse
import base64
import hashlib
import random
import re
import socket
import struct
import threading
import time

# In order: each step includes those before it.
STEPS = ("accept", "request", "answer-first", "answer-half", "answer-last", "open", "frame-header", "payload", "echo",
         "close-header", "close-payload", "closed")
ACTIONS = ("fin", "rst", "stall", "pings", "texts", "endless-frame", "garbage", "endless-header", "zeros", "slow", "pongs", "closes")

MIB = 1 << 20


def frame(opcode, payload, fin=0x80):
    size = len(payload)
    if size < 126:
        return bytes([fin | opcode, size]) + payload
    if size < 65536:
        return struct.pack(">BBH", fin | opcode, 126, size) + payload
    return struct.pack(">BBQ", fin | opcode, 127, size) + payload


class Gone(Exception):
    """The other side has ended the connection."""


class Connection:
    def __init__(self, peer, step, action, bad_echo):
        self.peer, self.step, self.action, self.bad_echo = peer, step, action, bad_echo
        self.octets = b""

    # -- reading

    def more(self):
        got = self.peer.recv(65536)
        if not got:
            raise Gone()
        self.octets += got

    def take(self, size):
        while len(self.octets) < size:
            self.more()
        taken, self.octets = self.octets[:size], self.octets[size:]
        return taken

    def read_frame(self):
        first, second = self.take(2)
        size = second & 127
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        key = self.take(4)
        payload = bytes(octet ^ key[i % 4] for i, octet in enumerate(self.take(size)))
        return first & 15, payload

    # -- behaving

    def reach(self, step):
        if self.step == step:
            ACTION[self.action](self.peer)
            raise Gone()

    def send(self, octets):
        self.peer.sendall(octets)

    def shake_hands(self):
        self.reach("accept")
        while b"\r\n\r\n" not in self.octets:
            self.more()
        head, self.octets = self.octets.split(b"\r\n\r\n", 1)
        self.reach("request")
        key = re.search(rb"(?im)^sec-websocket-key: *(\S+)", head).group(1)
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        answer = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  + base64.b64encode(digest) + b"\r\n\r\n")
        self.send_in_steps(answer, (("answer-first", 1), ("answer-half", len(answer) // 2), ("answer-last", len(answer) - 1)))
        self.reach("open")

    def send_in_steps(self, octets, steps):
        done = 0
        for step, at in steps:
            if self.step == step:
                self.send(octets[done:at])
                self.reach(step)
        self.send(octets)

    def serve(self):
        self.shake_hands()
        while True:
            opcode, payload = self.read_frame()
            if opcode == 8:
                answer = frame(8, payload)
                self.send_in_steps(answer, (("close-header", 1), ("close-payload", len(answer) - 1)))
                self.reach("closed")
                return
            if opcode == 9:
                self.send(frame(10, payload))
            elif opcode < 8:
                answer = frame(opcode, payload[:-1] + b"?" if self.bad_echo else payload)
                self.send_in_steps(answer, (("frame-header", 1), ("payload", len(answer) - 1)))
                self.reach("echo")


# -- doing its worst


def fin(peer):
    peer.shutdown(socket.SHUT_RDWR)


def rst(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(peer):
    print("stalls", flush=True)
    while peer.recv(65536):
        pass
    time.sleep(60)


def pour(peer, first, block, most=None):
    peer.sendall(first)
    sent = 0
    while most is None or sent < most:
        peer.sendall(block)
        sent += len(block)
    stall(peer)


def slow(peer):
    for octet in frame(1, b"a" * 125) * 100:
        peer.sendall(bytes([octet]))
        time.sleep(1)


ACTION = {
    "fin": fin,
    "rst": rst,
    "stall": stall,
    "pings": lambda peer: pour(peer, b"", frame(9, b"") * 20000),
    "pongs": lambda peer: pour(peer, b"", frame(10, b"") * 20000),
    "closes": lambda peer: pour(peer, b"", frame(8, struct.pack(">H", 2000)) * 20000),
    "texts": lambda peer: pour(peer, b"", frame(1, b"") * 20000),
    "endless-frame": lambda peer: pour(peer, struct.pack(">BBQ", 0x82, 127, 1 << 62), bytes(MIB)),
    "garbage": lambda peer: pour(peer, b"", random.Random(1).randbytes(MIB)),
    "endless-header": lambda peer: pour(peer, b"HTTP/1.1 101 Switching Protocols\r\n", b"X-Filler: aaaaaaaaaaaaaaaaaaaa\r\n" * 10000),
    "zeros": lambda peer: pour(peer, b"", bytes(MIB), 1024 * MIB),
    "slow": slow,
}


def serve(*arguments):
    peer = arguments[0]
    try:
        Connection(*arguments).serve()
    except (OSError, Gone, AttributeError, struct.error):
        pass
    peer.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", choices=STEPS, required=True)
    parser.add_argument("--action", choices=ACTIONS, required=True)
    parser.add_argument("--good", type=int, default=1)
    parser.add_argument("--bad-echo", action="store_true")
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print("ws://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    count = 0
    while True:
        peer, _ = listener.accept()
        step = None if count < arguments.good else arguments.step
        count += 1
        threading.Thread(target=serve, args=(peer, step, arguments.action, arguments.bad_echo), daemon=True).start()


if __name__ == "__main__":
    main()
