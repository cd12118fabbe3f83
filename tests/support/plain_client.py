"""A small WebSocket client: to be driven from tests, and an echo client for `wspect client -- COMMAND` that misbehaves as it is told.

    python3 tests/support/plain_client.py URL [HOW [CASE|FILE]]

HOW  good            echoes until the connection ends (the default)
     crash CASE      dies of a signal in that case, after the opening handshake
     crash-at-end CASE  ... when the connection is over
     sanitized CASE  ... ends then with status 1 and the words of a sanitizer
     odd-status      ends with status 143 when the connection is over
     exit            ends with status 5 before it connects
     dies-once FILE  dies of a signal in the second run of ping.empty; FILE counts them
     deaf-once FILE  answers no ping as long as FILE is not there; makes it then
     silent          never connects
     never-ends      stays when the connection is over
     deaf            ... and does not heed SIGTERM
     twice           connects once more when the connection is over
"""
import base64
import os
import signal
import socket
import ssl
import struct
import sys
import time
from urllib.parse import urlsplit


class Refused(Exception):
    """The response to the opening handshake is not 101; the text is its head."""


class Client:
    def __init__(self, url, target=None, head=None):
        """Connects. target: what to ask for instead of the URL's path; head: octets to send as they are."""
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        if parts.scheme == "wss":
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.buffer = b""
        path = target if target is not None else (parts.path or "/") + ("?" + parts.query if parts.query else "")
        usual = ("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nUser-Agent: plain\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: %s\r\n\r\n" % (path, parts.netloc, base64.b64encode(os.urandom(16)).decode()))
        self.socket.sendall(head if head is not None else usual.encode("latin-1"))

    def open(self):
        while b"\r\n\r\n" not in self.buffer:
            self.read()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101 "):
            raise Refused(head.decode("latin-1"))
        return self

    def read(self):
        octets = self.socket.recv(65536)
        if not octets:
            raise EOFError
        self.buffer += octets

    def take(self, size):
        while len(self.buffer) < size:
            self.read()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def frame(self):
        first, second = self.take(2)
        size = second & 127
        if size > 125:
            size = int.from_bytes(self.take(2 if size == 126 else 8), "big")
        return first, self.take(size)

    def send(self, first, payload):
        size, key = len(payload), os.urandom(4)
        lengths = bytes([0x80 | size]) if size < 126 else struct.pack(">BH", 0xfe, size) if size < 65536 else struct.pack(">BQ", 0xff, size)
        stream = (key * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big") if size else b""
        self.socket.sendall(bytes([first]) + lengths + key + masked)

    def messages(self, echo=False, deaf=False):
        """Everything until the connection ends; the code of the Close frame is the last one."""
        found, code = [], None
        try:
            while True:
                first, payload = self.frame()
                if first == 0x88:
                    code = int.from_bytes(payload[:2], "big") if payload else None
                    self.send(0x88, payload)
                elif first == 0x89 and not deaf:
                    self.send(0x8a, payload)
                elif first & 15 < 3:
                    found.append(payload)
                    if echo:
                        self.send(first, payload)
        except (EOFError, ConnectionError):
            pass
        self.socket.close()
        return found, code


def ask(url, target):
    """The messages and the Close code of a control request."""
    return Client(url, target).open().messages()


def misbehave(url, how, what):
    case = os.environ.get("WSPECT_CASE")
    if how == "exit":
        print("no such option", flush=True)
        sys.exit(5)
    if how == "silent":
        time.sleep(600)
    if how == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    client = Client(url).open()
    if how == "crash" and case == what:
        print("panic: " + case, flush=True)
        os.abort()
    if how == "dies-once" and case == "ping.empty":
        with open(what, "a", encoding="ascii") as file:
            file.write(".")
        if os.path.getsize(what) == 2:
            os.abort()
    deaf = how == "deaf-once" and not os.path.exists(what)
    if deaf:
        with open(what, "w", encoding="ascii"):
            pass
    client.messages(echo=True, deaf=deaf)
    if how == "crash-at-end" and case == what:
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "sanitized" and case == what:
        print("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x0\n" + "    #1 0x0 in frame\n" * 9 + "SUMMARY: AddressSanitizer: heap-use-after-free", flush=True)
        sys.exit(1)
    if how == "odd-status":
        sys.exit(143)
    if how == "twice":
        Client(url).open().messages(echo=True)
    if how in ("never-ends", "deaf"):
        time.sleep(600)


if __name__ == "__main__":
    try:
        misbehave(sys.argv[1], *(sys.argv[2:] + ["good", ""])[:2])
    except (Refused, EOFError, ConnectionError) as problem:
        sys.exit("%s: %s" % (type(problem).__name__, problem))
