"""Runs wspect against WebSocket implementations that nobody here wrote, and holds the verdicts against those written down
under expected/. Each run is one test: a line "PASS name" or "FAIL name: why".

    python3 tests/interop/interop.py --wspect build/wspect              all runs
    python3 tests/interop/interop.py --wspect build/wspect --only ws    those whose name contains "ws"
    python3 tests/interop/interop.py --wspect build/wspect --update     brings expected/ up to date; read the diff before you commit it

RUNS are servers under test, CLIENT_RUNS are clients.

An expectation lists the cases that are not OK with a good closing handshake, one a line:
    frame.rsv.rsv1 | NON-STRICT | OK | 1002
A line that begins with "~ " may or may not come: the peer answers it now one way, now the other. It says why in a comment. It may hold
wildcards: "~ deflate.* | UNIMPLEMENTED | - | None" stands for all cases that a server without the extension cannot play.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = ["node", os.path.join(HERE, "servers", "ws.js")]
PYTHON = ["/usr/bin/python3", os.path.join(HERE, "servers", "websockets_echo.py")]
WEBSOCKET_NODE = ["node", os.path.join(HERE, "servers", "websocket_node.js")]
FAYE = ["node", os.path.join(HERE, "servers", "faye.js")]
AIOHTTP = ["/usr/bin/python3", os.path.join(HERE, "servers", "aiohttp_echo.py")]
TORNADO = ["/usr/bin/python3", os.path.join(HERE, "servers", "tornado_echo.py")]

ECHO = ["{wspect}", "echo"]

AT_ONCE = 4  # runs

# The messages that go round a thousand times in every size move gigabytes, and take minutes; profile standard has samples of them.
NO_BULK = ["--exclude", "12.*,13.*"]

# name, server, options of wspect, expected exit code, whether the build with sanitizers is used
RUNS = [
    ("reference-tcp", ECHO, ["--profile", "standard"], 0, True),
    ("reference-tls", ECHO + ["--tls"], ["--profile", "standard", "--insecure"], 0, True),
    ("reference-octet-by-octet", ECHO, ["--profile", "quick", "--chop", "all", "--exclude", "limit.*,volume.*,bug.*"], 0, False),
    ("reference-autobahn", ECHO, ["--profile", "autobahn"] + NO_BULK, 0, True),
    ("variant-greets", ECHO + ["--variant", "greets"], ["--profile", "standard"], 0, True),
    ("fault-never-pong", ECHO + ["--fault", "never-pong"], ["--cases", "ping.empty,ping.text-payload"], 1, True),
    ("ws-native", NODE, ["--profile", "standard"], 1, False),
    ("ws-autobahn", NODE, ["--profile", "autobahn"] + NO_BULK, 0, False),
    ("ws-default-limits", NODE + ["--default"], ["--profile", "full", "--cases", "9.*,10.*"], 0, False),
    ("python-websockets-native", PYTHON, ["--profile", "standard"], 1, False),
    ("python-websockets-autobahn", PYTHON, ["--profile", "autobahn"] + NO_BULK, 0, False),
    ("websocket-node-native", WEBSOCKET_NODE, ["--profile", "standard"], 1, False),
    ("faye-native", FAYE, ["--profile", "standard"], 1, False),
    ("aiohttp-native", AIOHTTP, ["--profile", "standard"], 1, False),
    # without the volume cases: all OK, but the library takes half a minute over them
    ("tornado-native", TORNADO, ["--profile", "standard"], 1, False),
]

TESTEES = os.path.join(os.path.dirname(HERE), "testees")

# name, driver of a client, which gets the URL of wspect and the name of the client, options of wspect, expected exit code
CLIENT_RUNS = [
    ("ws-client", ["node", os.path.join(TESTEES, "js", "ws_driver.js")], ["--profile", "standard"], 1),
    # without the frames for whose payload the library waits: two seconds each
    (
        "python-websockets-client",
        ["/usr/bin/python3", os.path.join(TESTEES, "python", "client.py"), "--driver"],
        ["--profile", "standard", "--exclude", "frame.length.top-bit.*,bug.length.*,volume.*"],
        1,
    ),
]


class Server:
    """A process that prints its URL; it is stopped by its own pid."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        if not self.url.startswith("ws"):
            raise RuntimeError("the server printed no URL")
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def play(wspect, url, options):
    """Exit code and report of one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        done = subprocess.run([wspect, "server", url, "--json", path, "--quiet"] + options, capture_output=True, text=True)
        if not os.path.exists(path):
            raise RuntimeError("no report; " + done.stderr.strip())
        with open(path, encoding="utf-8") as file:
            return done.returncode, json.load(file)


def play_client(wspect, name, driver, options):
    """Exit code and report of a run with a client that comes by itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        command = [wspect, "client", "--once", "--listen", "127.0.0.1:0", "--json", path] + options
        environment = dict(os.environ, NODE_PATH=os.path.join(HERE, "node_modules"))
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as host:
            try:
                url = next((line.strip() for line in host.stdout if line.startswith("ws")), None)
                if not url:
                    raise RuntimeError("no URL; " + host.stderr.read().strip())
                subprocess.run(driver + [url, name], env=environment, capture_output=True, timeout=300, check=True)
                host.communicate(timeout=60)
            except subprocess.SubprocessError as error:
                raise RuntimeError(str(error)) from error
            finally:
                if host.poll() is None:
                    host.kill()
        with open(path, encoding="utf-8") as file:
            return host.returncode, json.load(file)


def line_of(case):
    return " | ".join([case["id"], case["verdict"], case["verdict_close"] or "-", str(case["close"]["code"])])


def findings(report):
    """A handshake that was to be refused has no closing handshake."""
    return [line_of(c) for c in report["cases"] if c["verdict"] != "OK" or c["verdict_close"] not in ("OK", None)]


def expected(name):
    """Comment lines and lines of cases."""
    path = os.path.join(HERE, "expected", name + ".txt")
    if not os.path.exists(path):
        return [], []
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    return [l for l in lines if l[:1] in "#~"], [l for l in lines if l and l[0] not in "#~"]


def may_come(line, notes):
    return any(fnmatch.fnmatchcase(line, note[2:]) for note in notes if note.startswith("~ "))


def compare(name, found):
    notes, wanted = expected(name)
    new = [l for l in found if l not in wanted and not may_come(l, notes)]
    gone = [l for l in wanted if l not in found]
    return ["now: " + l for l in new] + ["no longer: " + l for l in gone]


def update(name, found):
    """Lines that still hold stay where they are, under their comments; new ones come to the end, where each wants its reason."""
    path = os.path.join(HERE, "expected", name + ".txt")
    lines = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    kept = [l for l in lines if l[:1] in "#~" or l in found]
    new = [l for l in found if l not in lines and not may_come(l, lines)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(kept + new) + "\n")


def run(name, command, options, code, checked, arguments):
    wspect = arguments.checked if checked and arguments.checked else arguments.wspect
    with Server([word.replace("{wspect}", wspect) for word in command]) as server:
        got, report = play(wspect, server.url, options)
    return judge(name, got, report, code, arguments)


def run_client(name, driver, options, code, arguments):
    got, report = play_client(arguments.wspect, name, driver, options)
    return judge(name, got, report, code, arguments)


def judge(name, got, report, code, arguments):
    """What is wrong with a run."""
    found = findings(report)
    if arguments.update:
        update(name, found)
        return []
    wrong = compare(name, found)
    if got != code:
        wrong.append("exit code %d instead of %d" % (got, code))
    if report["duration_ms"] <= 0 or not report["cases"]:
        wrong.append("an empty report")
    flaky = [c["id"] for c in report["cases"] if c["flaky"]]
    if flaky:
        print("note %s: flaky: %s" % (name, ", ".join(flaky)))
    print("time %s: %d cases in %.2f s" % (name, len(report["cases"]), report["duration_ms"] / 1000))
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--checked", help="a build with sanitizers, for runs that are not about time")
    parser.add_argument("--only", default="")
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    runs = [(row[0], run, row) for row in RUNS] + [(row[0], run_client, row) for row in CLIENT_RUNS]
    runs = [(name, perform, row) for name, perform, row in runs if arguments.only in name]

    def attempt(item):
        name, perform, row = item
        try:
            wrong = perform(*row, arguments)
        except (RuntimeError, OSError, ValueError) as error:
            wrong = [str(error)]
        print("FAIL %s: %s" % (name, "; ".join(wrong[:12])) if wrong else "PASS " + name, flush=True)
        return not wrong

    # Most of the time is spent waiting for servers that do not answer what they must.
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return 0 if all(list(pool.map(attempt, runs))) else 1


if __name__ == "__main__":
    sys.exit(main())
