"""What the command line says and does when things are not as they should be: a table of command lines with the exit code and the
exact first line of standard error, and the ways in which files, pipes and signals fail.

    python3 tests/interop/cli.py --wspect build/release/wspect [--only NAME]
"""
import argparse
import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from interop import HERE, Server

SERVER_HELP = "; see wspect server --help"
NOT_A_NUMBER = "wspect server: --jobs takes a whole number from 1 to 1024, not \"%s\""
NO_URL = "wspect server: \"%s\" is no WebSocket URL: %s"
ONE = ["--cases", "ping.empty"]

# A report without cases, and the keys of the example in RFC 8410 10.
EMPTY_RUN = ('{"schema": "wspect-report/1", "tool": {"version": "0", "cases_sha256": "of others"}, "options": {"profile": "quick"}, "summary": {%s}, '
             '"cases": []}' % ", ".join('"%s": 0' % verdict for verdict in (
                 "OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED", "SKIPPED", "INCONCLUSIVE")))
PRIVATE_KEY = ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n")
PUBLIC_KEY = ("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n")
OTHER_TABLES = ("wspect report verify: {tmp}/signed.json: only the signature was checked, for the report was made with other case tables "
                "(of others, wspect 0) than those of this version ({digest})")

# name, arguments, exit code, first line of standard error ("": none). {url}, {tls}, {http}, {port}, {tmp}, {cert} are filled in.
COMMANDS = [
    ("no-command", [], 2, ""),
    ("help", ["--help"], 0, ""),
    ("version", ["--version"], 0, ""),
    ("unknown-command", ["test"], 2, "wspect: unknown command \"test\"; see wspect --help"),
    ("server-help", ["server", "--help"], 0, ""),
    ("no-url", ["server"], 2, "wspect server: needs the URL of a server" + SERVER_HELP),
    ("two-urls", ["server", "{url}", "{url}"], 2, "wspect server: one argument too many: \"{url}\""),
    ("unknown-option", ["server", "--frobnicate", "{url}"], 2, "wspect server: unknown option \"--frobnicate\"" + SERVER_HELP),
    ("unknown-short-option", ["server", "-x", "{url}"], 2, "wspect server: unknown option \"-x\"" + SERVER_HELP),
    ("abbreviated-option", ["server", "--job", "1", "{url}"], 2, "wspect server: unknown option \"--job\"" + SERVER_HELP),
    ("option-without-value", ["server", "{url}", "--jobs"], 2, "wspect server: --jobs needs a value: N"),
    ("flag-with-value", ["server", "{url}", "--quiet=1"], 2, "wspect server: --quiet takes no value"),
    ("command-missing", ["server", "{url}", "--"], 2, "wspect server: \"--\" needs a command behind it" + SERVER_HELP),
    ("command-for-a-server-that-runs", ["server", "{url}", "--", "x"], 3,
     "wspect server: {url}: something listens there already; x was not started, for the wrong server would be tested"),
    ("command-unknown", ["server", "{free}", "--", "/no/such"], 2, "wspect server: /no/such cannot be started: no such file or directory"),
    ("command-ends-at-once", ["server", "{free}", "--", "sh", "-c", "echo no luck; exit 5"], 3,
     "wspect server: the server ended with status 5 before it accepted a connection. Its output: no luck"),
    ("command-is-killed-at-once", ["server", "{free}", "--", "sh", "-c", "kill -ILL $$"], 3,
     "wspect server: the server died of signal 4 (SIGILL) before it accepted a connection"),
    ("command-never-listens", ["server", "{free}", "--wait-for-target", "1", "--", "sleep", "60"], 3,
     "wspect server: {free}: no connection within 1 s (--wait-for-target): cannot connect to 127.0.0.1 port {free_port}: connection refused"),
    ("wait-for-nobody", ["server", "{free}", "--wait-for-target", "1"], 3,
     "wspect server: {free}: no connection within 1 s (--wait-for-target): cannot connect to 127.0.0.1 port {free_port}: connection refused"),
    ("wait-for-somebody", ["server", "{url}", "--wait-for-target", "1"] + ONE, 0, ""),
    ("wait-word", ["server", "{url}", "--wait-for-target", "long"], 2,
     "wspect server: --wait-for-target takes a whole number from 0 to 86400, not \"long\""),
    ("jobs-word", ["server", "{url}", "--jobs", "many"], 2, NOT_A_NUMBER % "many"),
    ("jobs-zero", ["server", "{url}", "--jobs", "0"], 2, NOT_A_NUMBER % "0"),
    ("jobs-too-many", ["server", "{url}", "--jobs=1025"], 2, NOT_A_NUMBER % "1025"),
    ("jobs-trailing", ["server", "{url}", "--jobs", "8x"], 2, NOT_A_NUMBER % "8x"),
    ("jobs-equals", ["server", "{url}", "--jobs=2"] + ONE, 0, ""),
    ("seed-negative", ["server", "{url}", "--seed", "-1"], 2,
     "wspect server: --seed takes a whole number from 0 to 18446744073709551615, not \"-1\""),
    ("seed-overflow", ["server", "{url}", "--seed", "18446744073709551616"], 2,
     "wspect server: --seed takes a whole number from 0 to 18446744073709551615, not \"18446744073709551616\""),
    ("profile", ["server", "{url}", "--profile", "all"], 2,
     "wspect server: --profile takes one of quick, standard, full, autobahn, not \"all\""),
    ("oracle", ["server", "{url}", "--oracle", "x"], 2, "wspect server: --oracle takes one of echo, ping, not \"x\""),
    ("fail-on", ["server", "{url}", "--fail-on", "x"], 2, "wspect server: --fail-on takes one of failed, non-strict, not \"x\""),
    ("timeout-scale-zero", ["server", "{url}", "--timeout-scale", "0"], 2,
     "wspect server: --timeout-scale takes a number over 0 and up to 1000, not \"0\""),
    ("timeout-scale-nan", ["server", "{url}", "--timeout-scale", "nan"], 2,
     "wspect server: --timeout-scale takes a number over 0 and up to 1000, not \"nan\""),
    ("shard", ["server", "{url}", "--shard", "3/2"], 2,
     "wspect server: --shard takes I/N with 1 <= I <= N, such as 2/4, not \"3/2\""),
    ("chop", ["server", "{url}", "--chop", "0"], 2, "wspect server: --chop takes a whole number from 1 to 1073741824, not \"0\""),
    ("header", ["server", "{url}", "--header", "nothing"], 2, "wspect server: --header takes 'Name: value', not \"nothing\""),
    ("header-of-two-lines", ["server", "{url}", "--header", "A: b\r\nC: d"], 2,
     "wspect server: --header takes 'Name: value', not \"A: b\\x0d\\x0aC: d\""),
    ("unknown-case", ["server", "{url}", "--cases", "ping.empty,no.such.*"], 2,
     "wspect server: --cases: no case fits \"no.such.*\"; see wspect cases list"),
    ("no-case-left", ["server", "{url}", "--cases", "ping.empty", "--exclude", "ping*"], 2,
     "wspect server: no case is left to play: look at --profile, --cases and --exclude"),
    ("two-on-standard-output", ["server", "{url}", "--json", "-", "--tap"], 2,
     "wspect server: only one report can go to standard output"),
    ("update-without-baseline", ["server", "{url}", "--update-baseline"], 2,
     "wspect server: --update-baseline needs --baseline FILE"),
    ("url-scheme", ["server", "http://localhost/"], 2, NO_URL % ("http://localhost/", "a WebSocket URI begins with ws:// or wss://")),
    ("url-empty", ["server", ""], 2, NO_URL % ("", "a WebSocket URI begins with ws:// or wss://")),
    ("url-host", ["server", "ws://"], 2, NO_URL % ("ws://", "the host is missing")),
    ("url-port", ["server", "ws://h:65536/"], 2, NO_URL % ("ws://h:65536/", "the port is not a number from 1 to 65535")),
    ("url-fragment", ["server", "ws://h/#f"], 2,
     NO_URL % ("ws://h/#f", "a WebSocket URI has no fragment; a literal \"#\" is written %23 (RFC 6455 3)")),
    ("unreachable-port", ["server", "ws://127.0.0.1:1/"], 3,
     "wspect server: ws://127.0.0.1:1/: cannot connect to 127.0.0.1 port 1: connection refused"),
    ("not-a-websocket-server", ["server", "ws://127.0.0.1:{http}/"], 3,
     "wspect server: ws://127.0.0.1:{http}/: 127.0.0.1:{http} answers, but not as a WebSocket server: opening handshake refused: "
     "the server answered status 404 (RFC 6455 4.1)"),
    ("tls-without-trust", ["server", "{tls}"] + ONE, 3, None),
    ("tls-insecure", ["server", "{tls}", "--insecure"] + ONE, 0, ""),
    ("tls-cacert", ["server", "{tls}", "--cacert", "{cert}"] + ONE, 0, ""),
    ("tls-other-cacert", ["server", "{tls}", "--cacert", "{other}"] + ONE, 3, None),
    ("tls-cacert-missing", ["server", "{tls}", "--cacert", "{tmp}/none.pem"], 2,
     "wspect server: cannot use CA file {tmp}/none.pem: No such file or directory"),
    ("tls-cacert-broken", ["server", "{tls}", "--cacert", "{tmp}/broken.json"], 2, None),
    ("tls-to-tcp", ["server", "wss://127.0.0.1:{port}/"], 3,
     "wspect server: wss://127.0.0.1:{port}/: TLS handshake failed: the peer does not speak TLS (wrong version number)"),
    ("cases-dir-missing", ["server", "{url}", "--cases-dir", "{tmp}/none"], 2,
     "wspect server: {tmp}/none: cannot be read: No such file or directory"),
    ("cases-dir-empty", ["server", "{url}", "--cases-dir", "{tmp}/empty"], 2,
     "wspect server: {tmp}/empty: expected 1 to 1000 files *.json, found 0"),
    ("cases-dir-broken", ["server", "{url}", "--cases-dir", "{tmp}/broken"], 2,
     "wspect server: {tmp}/broken/t.json: at /: expected \"schema\": \"wspect-cases/1\""),
    ("cases-dir-bad-step", ["server", "{url}", "--cases-dir", "{tmp}/bad-step"], 2, None),
    ("baseline-missing", ["server", "{url}", "--baseline", "{tmp}/none.json"] + ONE, 2,
     "wspect server: {tmp}/none.json: cannot be read: No such file or directory"),
    ("baseline-broken", ["server", "{url}", "--baseline", "{tmp}/broken.json"] + ONE, 2,
     "wspect server: {tmp}/broken.json: line 1: string or '}' expected near end of file"),
    ("baseline-of-another-kind", ["server", "{url}", "--baseline", "{tmp}/other.json"] + ONE, 2,
     "wspect server: {tmp}/other.json: expected \"schema\": \"wspect-baseline/1\" and an object \"cases\""),
    ("baseline-update-of-a-broken-one", ["server", "{url}", "--baseline", "{tmp}/broken.json", "--update-baseline"] + ONE, 2,
     "wspect server: {tmp}/broken.json: line 1: string or '}' expected near end of file"),
    ("baseline-update-nowhere", ["server", "{url}", "--baseline", "{tmp}/none/b.json", "--update-baseline"] + ONE, 2,
     "wspect server: {tmp}/none/b.json: cannot be written: No such file or directory"),
    ("report-to-a-full-device", ["server", "{url}", "--json", "/dev/full"] + ONE, 3,
     "wspect server: cannot write the report to /dev/full: No space left on device"),
    ("report-to-no-folder", ["server", "{url}", "--html", "{tmp}/none/r.html"] + ONE, 3,
     "wspect server: cannot write the report to {tmp}/none/r.html: No such file or directory"),
    ("report-to-a-read-only-folder", ["server", "{url}", "--junit", "/proc/r.xml"] + ONE, 3,
     "wspect server: cannot write the report to /proc/r.xml: No such file or directory"),
    ("report-to-a-folder", ["server", "{url}", "--markdown", "{tmp}"] + ONE, 3,
     "wspect server: cannot write the report to {tmp}: Is a directory"),
    ("render-nothing", ["report"], 2, "wspect report: needs the files of JSON reports; see wspect report --help"),
    ("sign-nothing", ["report", "sign"], 2, "wspect report sign: needs the file of a JSON report; see wspect report sign --help"),
    ("sign-without-key", ["report", "sign", "{tmp}/run.json"], 2, "wspect report sign: needs --key FILE; see wspect report sign --help"),
    ("sign-help", ["report", "sign", "--help"], 0, ""),
    ("sign-unknown-claim", ["report", "sign", "{tmp}/run.json", "--key", "{tmp}/key.pem", "--claim", "best"], 2,
     "wspect report sign: --claim takes one of none, core, strict, full, not \"best\""),
    ("sign-missing-key", ["report", "sign", "{tmp}/run.json", "--key", "{tmp}/none.pem"], 2,
     "wspect report sign: {tmp}/none.pem: cannot be opened: No such file or directory"),
    ("sign-with-public-key", ["report", "sign", "{tmp}/run.json", "--key", "{tmp}/pub.pem"], 2,
     "wspect report sign: {tmp}/pub.pem: expected a private key in PEM (openssl genpkey -algorithm ed25519)"),
    ("sign-bad-report", ["report", "sign", "{tmp}/other.json", "--key", "{tmp}/key.pem"], 2,
     "wspect report sign: {tmp}/other.json: /schema: expected \"wspect-report/1\""),
    ("sign-more-than-was-seen", ["report", "sign", "{tmp}/run.json", "--key", "{tmp}/key.pem"], 1,
     "wspect report sign: {tmp}/run.json does not bear out the claim \"core\": the run was of profile quick, not standard"),
    ("sign-without-claim", ["report", "sign", "{tmp}/run.json", "--key", "{tmp}/key.pem", "--claim", "none", "-o", "{tmp}/again.json"], 0, ""),
    ("sign-again", ["report", "sign", "{tmp}/signed.json", "--key", "{tmp}/key.pem", "--claim", "none"], 2,
     "wspect report sign: {tmp}/signed.json: the report is signed already"),
    ("verify-unsigned", ["report", "verify", "{tmp}/run.json", "--key", "{tmp}/pub.pem"], 1,
     "wspect report verify: {tmp}/run.json: the report is not signed"),
    ("verify-with-certificate", ["report", "verify", "{tmp}/signed.json", "--key", "{cert}"], 2,
     "wspect report verify: {cert}: expected a public key in PEM (openssl pkey -pubout)"),
    ("verify-other-tables", ["report", "verify", "{tmp}/signed.json", "--key", "{tmp}/pub.pem"], 3, OTHER_TABLES),
    ("verify-nothing", ["report", "verify"], 2, "wspect report verify: needs the file of a JSON report; see wspect report verify --help"),
    ("verify-help", ["report", "verify", "--help"], 0, ""),
    ("render-missing", ["report", "{tmp}/none.json"], 2,
     "wspect report: {tmp}/none.json: cannot be opened: No such file or directory"),
    ("echo-listen", ["echo", "--listen", "nowhere"], 2,
     "wspect echo: --listen takes HOST:PORT, [IPv6]:PORT or PORT, not \"nowhere\""),
    ("echo-port-taken", ["echo", "--listen", "127.0.0.1:{port}"], 3,
     "wspect echo: cannot listen on 127.0.0.1 port {port}: address already in use"),
    ("echo-unknown-fault", ["echo", "--fault", "none"], 2, None),
    ("cases-nothing", ["cases"], 2, "wspect cases: expected list, show ID, coverage or check FILE...; see wspect cases --help"),
    ("cases-show-unknown", ["cases", "show", "none"], 2, "wspect cases: there is no case \"none\"; see wspect cases list"),
    ("cases-check-missing", ["cases", "check", "{tmp}/none.json"], 2,
     "wspect cases: {tmp}/none.json: cannot be opened: No such file or directory"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


FREE = free_port()


class NotFound(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *unused):
        pass


class World:
    """Servers and files that the command lines speak of."""

    def __init__(self, wspect, folder, plain, tls, other_tls):
        self.wspect, self.folder = wspect, folder
        self.http = HTTPServer(("127.0.0.1", 0), NotFound)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        files = {"broken.json": "{", "other.json": "{}", "broken/t.json": "{}", "bad-step/t.json": json.dumps({
            "schema": "wspect-cases/1", "group": "g", "cases": [{"id": "a", "title": "t", "steps": [{"jump": 1}]}]}),
                 "run.json": EMPTY_RUN, "key.pem": PRIVATE_KEY, "pub.pem": PUBLIC_KEY}
        for name in ("empty", "broken", "bad-step"):
            os.mkdir(os.path.join(folder, name))
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.names = {"url": plain, "tls": tls, "http": self.http.server_port, "port": int(plain.rsplit(":", 1)[1].strip("/")),
                      "tmp": folder, "cert": self.keep_certificate("cert.pem", tls),
                      "free": "ws://127.0.0.1:%d" % FREE, "free_port": FREE, "other": self.keep_certificate("other.pem", other_tls), "digest": self.digest_of_tables(plain)}
        self.run(["report", "sign", "{tmp}/run.json", "--key", "{tmp}/key.pem", "--claim", "none", "-o", "{tmp}/signed.json"])

    def digest_of_tables(self, url):
        done = subprocess.run([self.wspect, "server", url, "--json", "-"] + ONE, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)["tool"]["cases_sha256"]

    def keep_certificate(self, name, url):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(ssl.get_server_certificate(("127.0.0.1", int(url.rsplit(":", 1)[1].strip("/")))))
        return path

    def fill(self, text):
        for name, value in self.names.items():
            text = text.replace("{%s}" % name, str(value))
        return text

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, arguments, **options):
        options = {"capture_output": True, "text": True, "timeout": 60, **options}
        return subprocess.run([self.wspect] + [self.fill(word) for word in arguments], **options)


def command_line(world, arguments, code, line):
    done = world.run(arguments)
    said = done.stderr.splitlines()
    wrong = []
    if done.returncode != code:
        wrong.append("exit code %d instead of %d" % (done.returncode, code))
    if line is not None and (said[0] if said else "") != world.fill(line):
        wrong.append("said \"%s\"" % (said[0] if said else ""))
    if line is None and not said:
        wrong.append("said nothing")
    if len(said) > 1:
        wrong.append("said %d lines" % len(said))
    return wrong


# ---------------------------------------------------------------- files and pipes


def failed_write_keeps_the_old_report(world):
    """A target without room (a limit on the size of files stands for a full disk) keeps what was there before."""
    path = world.path("old.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("old")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    done = world.run(["server", "{url}", "--profile", "quick", "--json", path], preexec_fn=limit)
    with open(path, encoding="utf-8") as file:
        kept = file.read()
    left = [name for name in os.listdir(world.folder) if name.endswith(".tmp")]
    wrong = [] if kept == "old" else ["the old report is gone"]
    if done.returncode != 3 or done.stderr.strip() != "wspect server: cannot write the report to %s: File too large" % path:
        wrong.append("exit code %d: %s" % (done.returncode, done.stderr.strip()))
    return wrong + ["left " + name for name in left]


def one_failed_report_leaves_the_others(world):
    done = world.run(["server", "{url}", "--json", "/dev/full", "--junit", world.path("good.xml")] + ONE)
    written = os.path.exists(world.path("good.xml"))
    return [] if done.returncode == 3 and written else ["exit code %d, written: %s" % (done.returncode, written)]


def without_reader(world, arguments, last_line):
    """Standard output is a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    done = world.run(arguments, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    said = done.stderr.splitlines()
    right = done.returncode == 3 and (said[-1] if said else "") == last_line
    return [] if right else ["exit code %d: %s" % (done.returncode, done.stderr)]


def broken_pipe(world):
    return without_reader(world, ["server", "{url}", "--profile", "quick", "--verbose"], "")


def broken_pipe_under_a_report(world):
    return without_reader(world, ["server", "{url}", "--profile", "quick", "--json", "-"],
                          "wspect server: cannot write the report to standard output: Broken pipe")


def broken_pipe_of_a_list(world):
    return without_reader(world, ["cases", "list"], "")


def full_standard_output(world):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = world.run(["server", "{url}"] + ONE, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    right = "wspect: standard output could not be written"
    return [] if done.returncode == 3 and done.stderr.strip() == right else ["exit code %d: %s" % (done.returncode, done.stderr)]


# ---------------------------------------------------------------- signals

PEER = ["/usr/bin/python3", os.path.join(HERE, "..", "support", "hostile.py")]


def interrupted(world, signals, good, fault):
    """A run of which the first cases end and the others hang, stopped when the first one does. Exit code, report, seconds."""
    path = world.path("interrupted.json")
    if os.path.exists(path):
        os.remove(path)
    with Server(PEER + ["--step", "payload", "--action", "stall", "--good", str(good)] + (["--bad-echo"] if fault else [])) as peer:
        process = subprocess.Popen([world.wspect, "server", peer.url, "--cases", "message.*", "--jobs", "2", "--timeout-scale", "20", "--json", path],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        peer.process.stdout.readline()
        start = time.monotonic()
        for number in signals:
            process.send_signal(number)
            time.sleep(0.03)
        out, said = process.communicate(timeout=30)
        seconds = time.monotonic() - start
    report = None
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    return process.returncode, report, seconds, out + said


def expect_interrupted(found, code):
    got, report, seconds, said = found
    wrong = [] if got == code else ["exit code %d instead of %d: %s" % (got, code, said.strip()[-300:])]
    if seconds > 2:
        wrong.append("it took %.1f s" % seconds)
    if report is None:
        return wrong + ["no report"]
    if not report["cases"]:
        wrong.append("nothing of what was done is in the report")
    if not any("interrupted" in line for line in said.splitlines()):
        wrong.append("it does not say so")
    return wrong


def interrupt(world):
    return expect_interrupted(interrupted(world, [signal.SIGINT], 20, False), 3)


def interrupt_twice(world):
    return expect_interrupted(interrupted(world, [signal.SIGINT, signal.SIGINT], 20, False), 3)


def terminate(world):
    return expect_interrupted(interrupted(world, [signal.SIGTERM], 20, False), 3)


def interrupt_after_a_failure(world):
    return expect_interrupted(interrupted(world, [signal.SIGINT], 20, True), 1)


def deaf_peer(world):
    """Not every case is played twice when none is ever answered, and those that are not say so."""
    path = world.path("deaf.json")
    with Server(PEER + ["--step", "payload", "--action", "stall"]) as peer:
        start = time.monotonic()
        world.run(["server", peer.url, "--cases", "message.*,utf8.valid.*", "--oracle", "echo", "--timeout-scale", "0.01", "--json",
                   path])
        seconds = time.monotonic() - start
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    sentence = ". Not played again: all 36 retries before it had confirmed their verdicts."
    alone = [case["id"] for case in cases if (case["reason"] or "").endswith(sentence)]
    wrong = [] if len(alone) == len(cases) - 36 else ["%d of %d cases say so" % (len(alone), len(cases))]
    return wrong + (["it took %.1f s" % seconds] if seconds > 20 else [])


def without_echo(world, words, expected):
    """What a server does that does not echo, or echoes badly, is found out before the run; whoever asks for echoes gets them judged."""
    path = world.path("probe.json")
    with Server([world.wspect, "echo"] + words) as peer:
        done = world.run(["server", peer.url, "--cases", "message.text.length-125,ping.*", "--timeout-scale", "0.3", "--json", path])
        asked = world.run(["server", peer.url, "--cases", "message.text.length-125", "--timeout-scale", "0.1", "--oracle", "echo"])
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    verdicts = {case["id"]: case["verdict"] for case in report["cases"]}
    found = {"echoes": report["target"]["facts"]["echoes messages"], "speaks": report["target"]["facts"]["speaks first"],
             "oracle": report["options"]["oracle"], "message": verdicts.pop("message.text.length-125"), "code": done.returncode,
             "pings": sorted(set(verdicts.values())), "asked": asked.returncode, "said": "does not echo" in done.stderr}
    return ["%s is %r instead of %r" % (name, found[name], value) for name, value in expected.items() if found[name] != value]


def silent_server(world):
    return without_echo(world, ["--variant", "chat-silent"], {"echoes": "no", "speaks": "no", "oracle": "ping", "message": "SKIPPED", "code": 0,
                                                              "asked": 1, "said": True})


def talking_server(world):
    return without_echo(world, ["--variant", "chat-tells"], {"echoes": "no", "speaks": "yes, 5 messages", "oracle": "ping", "message": "SKIPPED",
                                                             "code": 0, "asked": 1, "said": True})


def bad_echo(world):
    return without_echo(world, ["--fault", "first-message-lost"], {"echoes": "yes", "oracle": "echo", "message": "FAILED", "code": 1, "asked": 1,
                                                                   "said": False})


# ---------------------------------------------------------------- a server that wspect starts

MORTAL = ["/usr/bin/python3", os.path.join(HERE, "..", "support", "mortal.py"), "{port}"]
MORTAL_CASES = ["--cases", "ping.empty,ping.length-125,ping.chopped.length-125,ping.payload.*,message.binary.*"]
KILLERS = ["ping.chopped.length-125", "ping.length-125"]


def alive(pid):
    """Not gone, and no zombie that somebody else has to wait for."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def spawned(world, how, options=()):
    """Exit code, standard error, report, and the process ids that the servers have told. Replacements of {port} are left to wspect."""
    path = world.path("spawned.json")
    if os.path.exists(path):
        os.remove(path)
    done = subprocess.run([world.wspect, "server", world.fill("{free}"), "--json", path, "--verbose"] + MORTAL_CASES + list(options) +
                          ["--"] + MORTAL + how, capture_output=True, text=True, timeout=120)
    pids = [int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("pid ")]
    report = None
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    return done.returncode, done.stderr, report, pids


def expect_spawned(found, code, killers, reason, deaths):
    """deaths: None, any number."""
    got, said, report, pids = found
    wrong = [] if got == code else ["exit code %d instead of %d: %s" % (got, code, said[-300:])]
    if report is None:
        return wrong + ["no report"]
    failed = {case["id"]: case["reason"] for case in report["cases"] if case["verdict"] == "FAILED"}
    wrong += ["%s is %s" % (case["id"], case["verdict"]) for case in report["cases"] if case["verdict"] not in ("OK", "FAILED")]
    if sorted(failed) != sorted(killers):
        wrong.append("FAILED: %s" % failed)
    wrong += ["reason: " + text for text in failed.values() if not text.startswith(reason)]
    process = report["target"]["process"]
    if process["restarts"] != process["deaths"] or (process["deaths"] != deaths if deaths is not None else not process["deaths"]):
        wrong.append("%d deaths, %d restarts" % (process["deaths"], process["restarts"]))
    if process["memory"]["peak_kib"] < process["memory"]["start_kib"] or process["memory"]["start_kib"] < 1000:
        wrong.append("memory: %s" % process["memory"])
    if not pids:
        wrong.append("the server's output does not come through")
    return wrong + ["process %d is left" % pid for pid in pids if alive(pid)]


LAST_WORDS = " while this case ran. Its output: ==1==ERROR: Pretender: ping of death"


def command_good(world):
    found = spawned(world, [])
    wrong = expect_spawned(found, 0, [], "", 0)
    if not wrong and found[2]["target"]["process"]["exit"] != "signal 15 (SIGTERM)":
        wrong.append("exit: %s" % found[2]["target"]["process"]["exit"])
    if not wrong and " -- /usr/bin/python3 " not in found[2]["rerun"]:
        wrong.append("rerun: %s" % found[2]["rerun"])
    return wrong


def command_crashes(world):
    return expect_spawned(spawned(world, ["--die-on", "125"]), 1, KILLERS, "the server died of signal 6 (SIGABRT)" + LAST_WORDS, None)


def command_crashes_under_one_job(world):
    return expect_spawned(spawned(world, ["--die-on", "125"], ["--jobs", "1"]), 1, KILLERS,
                          "the server died of signal 6 (SIGABRT)" + LAST_WORDS, None)


def command_exits(world):
    return expect_spawned(spawned(world, ["--die-on", "125", "--how", "exit"]), 1, KILLERS, "the server ended with status 7" + LAST_WORDS, None)


def command_crashes_behind_the_case(world):
    """The case itself is OK."""
    return expect_spawned(spawned(world, ["--die-on", "125", "--how", "late"]), 1, KILLERS, "the server died of signal 6 (SIGABRT)" + LAST_WORDS, None)


def command_crashes_once(world):
    """Nobody is blamed for what does not happen again; the run is no success either."""
    found = spawned(world, ["--die-on", "125", "--once", world.path("once")])
    wrong = expect_spawned(found, 3, [], "", 1)
    if "the server died of signal 6 (SIGABRT) during the run, but survives each of the " not in found[1]:
        wrong.append("it does not say so")
    return wrong


def command_in_a_child(world):
    return expect_spawned(spawned(world, ["--child"]), 0, [], "", 0)


def command_deaf_to_sigterm(world):
    start = time.monotonic()
    wrong = expect_spawned(spawned(world, ["--deaf-to-sigterm"]), 0, [], "", 0)
    seconds = time.monotonic() - start
    return wrong + ([] if 4 < seconds < 15 else ["it took %.1f s" % seconds])


def command_leaks(world):
    """What a sanitizer says at the end is told, and is no crash."""
    found = spawned(world, ["--leaks"])
    wrong = expect_spawned(found, 0, [], "", 0)
    if "the server ended with status 23 when it was stopped. Its output: ==1==ERROR: LeakSanitizer" not in found[1]:
        wrong.append("it does not say so: " + found[1][-300:])
    return wrong


def command_interrupted(world):
    """The server goes when wspect is told to go: while it is waited for, is probed, and is tested."""
    wrong = []
    for how, sign in ((["--never-listen"], "pid"), (["--never-listen", "--child"], "pid"), (["--stall", "0"], "stalls"), (["--stall", "20"], "stalls")):
        start = time.monotonic()
        process = subprocess.Popen([world.wspect, "server", world.fill("{free}"), "--verbose", "--timeout-scale", "20", "--"] + MORTAL + how,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        words = process.stderr.readline().split()
        pid = int(words[1])
        while words and words[0] != sign:
            words = process.stderr.readline().split()
        process.send_signal(signal.SIGTERM)
        said = "".join(process.communicate(timeout=60))
        seconds = time.monotonic() - start
        if process.returncode not in (1, 3) or "interrupted" not in said:
            wrong.append("%s: exit code %d: %s" % (" ".join(how), process.returncode, said.strip()[-300:]))
        if seconds > 20:
            wrong.append("it took %.1f s" % seconds)
        if alive(pid):
            wrong.append("process %d is left" % pid)
    return wrong


def signed(world, name, report):
    """Writes the report and signs it without a claim; the path of the signed one."""
    for kind in ("-plain.json", "-signed.json"):
        if os.path.exists(world.path(name + kind)):
            os.remove(world.path(name + kind))
    with open(world.path(name + "-plain.json"), "w", encoding="utf-8") as file:
        json.dump(report, file)
    world.run(["report", "sign", world.path(name + "-plain.json"), "--key", "{tmp}/key.pem", "--claim", "none",
               "-o", world.path(name + "-signed.json")])
    return world.path(name + "-signed.json")


def some_report(world):
    return json.loads(world.run(["server", "{url}", "--json", "-", "--cases", "ping.*,message.text.length-12*,close.code.*"]).stdout)


def verify(world, path):
    return world.run(["report", "verify", path, "--key", "{tmp}/pub.pem"])


def signed_report_judged_again(world):
    done = verify(world, signed(world, "good", some_report(world)))
    said = done.stdout.splitlines()
    wrong = [] if done.returncode == 0 and not done.stderr else ["exit code %d: %s" % (done.returncode, done.stderr)]
    if len(said) != 3 or "0 with another outcome than in the report; 0 not judged again" not in said[2]:
        wrong.append("said %r" % said)
    return wrong


def signer_who_lies(world):
    """Whoever has the key can sign what never happened, but the transcript does not bear it out."""
    wrong = []
    for name, change in [("verdict", {"verdict": "FAILED", "reason": "no"}), ("closing", {"verdict_close": "UNCLEAN"}),
                         ("code", {"close": {"code": 1001, "reason": "", "by": "wspect", "clean": True, "received": True}})]:
        report = some_report(world)
        case = next(case for case in report["cases"] if case["id"] == "ping.empty")
        report["summary"]["OK"] -= "verdict" in change
        report["summary"]["FAILED"] += "verdict" in change
        case.update(change)
        done = verify(world, signed(world, "lie", report))
        if done.returncode != 1 or "ping.empty is" not in done.stderr:
            wrong.append("%s: exit code %d, %s" % (name, done.returncode, done.stderr))
    return wrong


def tampered_report(world):
    path = signed(world, "tampered", some_report(world))
    with open(path, "rb") as file:
        text = file.read()
    wrong = []
    for at in range(7, len(text) - 1, len(text) // 60):
        with open(path, "wb") as file:
            file.write(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
        done = verify(world, path)
        if done.returncode not in (1, 2) or not done.stderr:
            wrong.append("octet %d: exit code %d" % (at, done.returncode))
    return wrong


CHECKS = [("cli-signed-report-judged-again", signed_report_judged_again), ("cli-signer-who-lies", signer_who_lies),
          ("cli-tampered-report", tampered_report), ("cli-silent-server", silent_server), ("cli-talking-server", talking_server), ("cli-bad-echo", bad_echo),
          ("cli-command-good", command_good), ("cli-command-crashes", command_crashes),
          ("cli-command-crashes-under-one-job", command_crashes_under_one_job), ("cli-command-exits", command_exits),
          ("cli-command-crashes-behind-the-case", command_crashes_behind_the_case), ("cli-command-crashes-once", command_crashes_once),
          ("cli-command-in-a-child", command_in_a_child), ("cli-command-deaf-to-sigterm", command_deaf_to_sigterm),
          ("cli-command-leaks", command_leaks), ("cli-command-interrupted", command_interrupted), ("cli-deaf-peer", deaf_peer),
          ("cli-full-disk", failed_write_keeps_the_old_report), ("cli-one-failed-report", one_failed_report_leaves_the_others),
          ("cli-broken-pipe", broken_pipe), ("cli-broken-pipe-report", broken_pipe_under_a_report),
          ("cli-broken-pipe-list", broken_pipe_of_a_list), ("cli-full-standard-output", full_standard_output),
          ("cli-interrupt", interrupt), ("cli-interrupt-twice", interrupt_twice), ("cli-terminate", terminate),
          ("cli-interrupt-after-a-failure", interrupt_after_a_failure)]


def tell(name, wrong):
    print("FAIL %s: %s" % (name, "; ".join(wrong)) if wrong else "PASS " + name, flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    echo = [arguments.wspect, "echo"]
    fine = True
    with tempfile.TemporaryDirectory() as folder, Server(echo) as plain, Server(echo + ["--tls"]) as tls, Server(echo + ["--tls"]) as other:
        world = World(arguments.wspect, folder, plain.url, tls.url, other.url)
        for name, words, code, line in COMMANDS:
            if arguments.only in "cli-" + name:
                fine = tell("cli-" + name, command_line(world, words, code, line)) and fine
        for name, check in CHECKS:
            if arguments.only in name:
                fine = tell(name, check(world)) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
