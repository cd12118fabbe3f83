"""wspect fuzz against real processes: what is found, what is written, what a command line that is wrong gets.

    python3 tests/interop/fuzz.py --wspect build/wspect [--only NAME]

Prints PASS or FAIL for every test.
"""
import argparse
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
MORTAL = ["/usr/bin/python3", os.path.join(SUPPORT, "mortal.py"), "{port}"]
FAULT = "accepts-reserved-data-opcodes"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    def __init__(self, wspect, folder):
        self.wspect, self.folder = wspect, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments, timeout=240):
        return subprocess.run([self.wspect, *arguments], capture_output=True, text=True, timeout=timeout, check=False)

    def findings(self, folder="found"):
        return sorted(os.path.basename(path)[:-len(".json")] for path in glob.glob(self.path(folder) + "/*.json"))

    def case(self, name, folder="found"):
        with open(self.path(folder) + "/" + name + ".json", encoding="utf-8") as file:
            return json.load(file)["cases"][0]


class Echo:
    """The reference server, with a fault or not."""

    def __init__(self, world, *arguments):
        self.process = subprocess.Popen([world.wspect, "echo", "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def differ(found, right, what):
    return [] if found == right else ["%s: %r instead of %r" % (what, found, right)]


def fuzz(world, *arguments, timeout=240):
    return world.run("fuzz", "server", *arguments[:1], "--findings", world.path("found"), "--quiet", *arguments[1:], timeout=timeout)


def sound(world):
    with Echo(world) as echo:
        done = fuzz(world, echo.url, "--runs", "600", "--time", "0")
    wrong = differ((done.returncode, done.stderr), (0, ""), "the end") + differ(world.findings(), [], "findings")
    return wrong + ([] if " 0 findings" in done.stdout else [done.stdout])


def replayed(world, url, found):
    """A finding is a case: valid, and FAILED by whoever failed it."""
    wrong = []
    for name in found:
        checked = world.run("cases", "check", world.path("found") + "/" + name + ".json")
        wrong += differ(checked.returncode, 0, "cases check of %s: %s" % (name, checked.stderr))
        shown = world.run("cases", "show", name, "--cases-dir", world.path("found"))
        wrong += [] if name in shown.stdout else ["cases show: " + shown.stdout + shown.stderr]
        played = world.run("server", url, "--cases-dir", world.path("found"), "--cases", name, "--json", world.path("replay.json"))
        with open(world.path("replay.json"), encoding="utf-8") as file:
            verdicts = [case["verdict"] for case in json.load(file)["cases"]]
        wrong += differ((played.returncode, verdicts), (1, ["FAILED"]), "replay of " + name)
    return wrong


def faulty(world):
    with Echo(world, "--fault", FAULT) as echo:
        done = fuzz(world, echo.url, "--runs", "1500", "--time", "0")
        found = world.findings()
        wrong = differ(done.returncode, 1, "exit code (%s)" % done.stderr) + differ(len(found) > 0, True, "something was found")
        wrong += replayed(world, echo.url, found)
    steps = [len(world.case(name)["steps"]) for name in found]
    return wrong + ([] if min(steps, default=99) <= 3 else ["not made small: %r" % steps])


def crash(world):
    """The session that kills the server is found among many, and made small."""
    url = "ws://127.0.0.1:%d" % free_port()
    done = fuzz(world, url, "--runs", "200", "--time", "0", "--", *MORTAL, "--die-on", "7")
    crashes = [name for name in world.findings() if name.startswith("fuzz.crash.")]
    wrong = differ((done.returncode, len(crashes)), (1, 1), "exit code and crashes (%s)" % done.stderr[-300:])
    if not crashes:
        return wrong
    case = world.case(crashes[0])
    pings = [step["ping"].get("length") for step in case["steps"] if isinstance(step.get("ping"), dict)]
    wrong += differ(pings, [7], "pings that are left")
    return wrong + ([] if "signal 6 (SIGABRT)" in case["why"] else [case["why"]])


def client(world):
    peer = [world.wspect, "echo", "--connect", "{url}", "--fault", FAULT]
    done = world.run("fuzz", "client", "--findings", world.path("found"), "--quiet", "--runs", "200", "--time", "0", "--", *peer)
    found = world.findings()
    wrong = differ(done.returncode, 1, "exit code (%s)" % done.stderr) + differ(len(found) > 0, True, "something was found")
    for name in found[:1]:
        played = world.run("client", "--cases-dir", world.path("found"), "--cases", name, "--quiet", "--", *peer)
        wrong += differ(played.returncode, 1, "replay of " + name)
    return wrong


def sound_client(world):
    done = world.run("fuzz", "client", "--findings", world.path("found"), "--quiet", "--runs", "100", "--time", "0", "--",
                     world.wspect, "echo", "--connect", "{url}")
    return differ((done.returncode, done.stderr, world.findings()), (0, "", []), "the end")


def resume(world):
    """What is known is not told again, and the sessions go on."""
    with Echo(world, "--fault", FAULT) as echo:
        first = fuzz(world, echo.url, "--runs", "1500", "--time", "0")
        found = world.findings()
        with open(world.path("found") + "/state", encoding="ascii") as file:
            before = file.read()
        again = fuzz(world, echo.url, "--runs", "1", "--time", "0", "--resume")
        with open(world.path("found") + "/state", encoding="ascii") as file:
            after = file.read()

    def sessions(text):
        return int(text.split("\nsessions ")[1].split("\n")[0])
    known = [line for line in before.split("\n") if line.startswith("known ")]
    wrong = differ(first.returncode, 1, "the first exit code") + differ(all(line in after for line in known), True, "what was known is known")
    wrong += differ([name for name in found if "FAILED         " + name in again.stdout], [], "told again")
    return wrong + differ(sessions(after) > sessions(before) > 0, True, "sessions")


def interrupted(world):
    with Echo(world) as echo:
        process = subprocess.Popen([world.wspect, "fuzz", "server", echo.url, "--findings", world.path("found"), "--time", "0", "--quiet"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not os.path.exists(world.path("found") + "/state"):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    wrong = differ((process.returncode, err), (0, ""), "the end")
    return wrong + ([] if "(interrupted)" in out else [out])


def growth(world):
    """A server that keeps something of every text message is found out; who keeps nothing is not."""
    url = "ws://127.0.0.1:%d" % free_port()
    done = fuzz(world, url, "--time", "0", "--runs", "4500", "--growth", "16", "--", *MORTAL, "--hoard", "32768", timeout=600)
    grown = [name for name in world.findings() if name.startswith("fuzz.growth.")]
    wrong = differ((done.returncode, len(grown) > 0), (1, True), "exit code, and a finding (%s)" % (done.stdout + done.stderr)[-600:])
    for name in grown[:1]:
        case = world.case(name)
        wrong += [] if any("text" in step for step in case["steps"]) else ["no text in %r" % case["steps"]]
        wrong += [] if "KiB a session or more in every round" in case["why"] else [case["why"]]
    return wrong


def server_gone(world):
    with Echo(world) as echo:
        process = subprocess.Popen([world.wspect, "fuzz", "server", echo.url, "--findings", world.path("found"), "--time", "0", "--quiet"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not os.path.exists(world.path("found") + "/state"):
            time.sleep(0.01)
    out, err = process.communicate(timeout=120)
    return differ(process.returncode, 3, "exit code (%s%s)" % (out, err)) + ([] if "does not answer any more" in err else [err])


def wrong_line(arguments, code, line):
    def check(world):
        done = world.run("fuzz", *[argument.replace("FOLDER", world.folder) for argument in arguments])
        first = done.stderr.split("\n")[0].replace(world.folder, "FOLDER")
        return differ((done.returncode, first), (code, line), "the end")
    return check


CHECKS = [(function.__name__.replace("_", "-"), function) for function in
          (sound, faulty, crash, growth, client, sound_client, resume, interrupted, server_gone)]
CHECKS += [("usage-" + name, wrong_line(arguments, code, line)) for name, arguments, code, line in (
    ("nothing", [], 2, "wspect fuzz: needs \"server\" or \"client\"; see wspect fuzz --help"),
    ("what", ["proxy"], 2, "wspect fuzz: needs \"server\" or \"client\", not proxy; see wspect fuzz --help"),
    ("no-url", ["server"], 2, "wspect fuzz server: needs the URL of a server; see wspect fuzz server --help"),
    ("bad-url", ["server", "http://localhost"], 2, "wspect fuzz server: \"http://localhost\" is no WebSocket URL: a WebSocket URI begins with ws:// or wss://"),
    ("no-command", ["client"], 2, "wspect fuzz client: needs \"--\" and the command of a client; see wspect fuzz client --help"),
    ("nowhere", ["server", "ws://127.0.0.1:1", "--findings", "FOLDER/f"], 3,
     "wspect fuzz server: ws://127.0.0.1:1: cannot connect to 127.0.0.1 port 1: connection refused"),
    ("folder", ["server", "ws://127.0.0.1:1", "--findings", "/proc/nowhere"], 2,
     "wspect fuzz server: /proc/nowhere could not be made: No such file or directory"),
    ("runs", ["server", "ws://127.0.0.1:1", "--runs", "many"], 2,
     "wspect fuzz server: --runs takes a whole number from 0 to 18446744073709551615, not \"many\""))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    fine = True
    for name, check in CHECKS:
        if arguments.only not in "fuzz-" + name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = check(World(os.path.abspath(arguments.wspect), folder))
        print("FAIL fuzz-%s: %s" % (name, "; ".join(wrong)) if wrong else "PASS fuzz-" + name, flush=True)
        fine = fine and not wrong
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
