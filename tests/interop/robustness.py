"""Runs wspect against a server that turns hostile at every step of a connection (tests/support/hostile.py). Whatever it does,
wspect ends in time, with a verdict and a report, and its memory stays under a cap.

    python3 tests/interop/robustness.py --wspect build/release/wspect --checked build/checked/wspect          a sample of actions
    python3 tests/interop/robustness.py --wspect build/release/wspect --checked build/checked/wspect --all    each at each step

The build with sanitizers plays one case per step and action; the other one is measured with 8 connections at once.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time

from interop import HERE, Server

sys.path.insert(0, os.path.join(HERE, "..", "support"))
from hostile import ACTIONS, STEPS  # noqa: E402

PEER = ["/usr/bin/python3", os.path.join(HERE, "..", "support", "hostile.py")]
TABLE = {
    "schema": "wspect-cases/1", "group": "Hostile", "defaults": {"level": "must", "roles": ["server"], "requirements": ["6455-5.2-07"]},
    "cases": [{"id": "h.text-{n}", "title": "Text", "why": "It is the plainest of cases.", "for": {"n": {"from": 1, "to": 8}},
               "steps": [{"text": {"repeat": "a", "length": 300}}, {"expect": "echo"}]},
              {"id": "h.by-autobahns-rules-{n}", "title": "Text", "why": "Autobahn judges when all is over.", "for": {"n": {"from": 1, "to": 8}},
               "rules": "autobahn", "closing": {"by": "wspect", "codes": [1000], "clean": True},
               "steps": [{"text": {"repeat": "a", "length": 300}}, {"arm": "kill", "seconds": 20}],
               "events": {"OK": [{"text": {"repeat": "a", "length": 300}}]}}],
}
AFTER_THE_ECHO = STEPS[STEPS.index("echo"):]
SECONDS_MAX = 30
CAP_KIB = 32 << 10  # of memory, for 8 connections at once: net/runner.h
SCALE = "0.01"  # handshake 50 ms, event 20 ms, close 10 ms


def resident(pid):
    """The largest resident set of a living process so far, in KiB."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def play(wspect, folder, step, action, options, good=1):
    """Exit code, words, report or None, seconds, resident set in KiB."""
    with Server(PEER + ["--step", step, "--action", action, "--good", str(good)]) as peer:
        path = os.path.join(folder, "%s-%s-%d-%s.json" % (step, action, good, os.path.basename(os.path.dirname(wspect))))
        command = [wspect, "server", peer.url, "--cases-dir", os.path.join(folder, "cases"), "--timeout-scale", SCALE, "--json", path]
        environment = dict(os.environ, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99", LSAN_OPTIONS="exitcode=99")
        start, size = time.monotonic(), 0
        with open(path + ".err", "w+", encoding="utf-8", errors="replace") as words:
            process = subprocess.Popen(command + options, stdout=subprocess.DEVNULL, stderr=words, env=environment)
            while process.poll() is None:
                size = max(size, resident(process.pid))
                if time.monotonic() - start > SECONDS_MAX:
                    process.kill()
                    process.wait()
                    raise subprocess.TimeoutExpired(command, SECONDS_MAX)
                time.sleep(0.005)
            seconds = time.monotonic() - start
            words.seek(0)
            complaint = words.read()
    report = None
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    return process.returncode, complaint, report, seconds, size


def wrong_with(step, action, code, complaint, report, count):
    """What is not as it must be, as a list of clauses."""
    codes = (0, 1, 3) if step in AFTER_THE_ECHO else (1, 3)
    wrong = []
    if code not in codes:
        wrong.append("exit code %d: %s" % (code, complaint[:600].replace("\n", " / ")))
    if report is None:
        return wrong + ["no report"]
    if len(report["cases"]) != count:
        wrong.append("%d cases reported" % len(report["cases"]))
    for case in report["cases"]:
        fine = case["verdict"] == "OK" and case["verdict_close"] == "OK"
        if fine and step != "closed":
            wrong.append("%s is fine" % case["id"])
        if case["verdict"] != "OK" and not case["reason"]:
            wrong.append("%s has no reason" % case["id"])
    return wrong


def matrix(wspect, folder, pairs):
    """Each action at each step."""
    def one(pair):
        step, action = pair
        try:
            code, complaint, report, seconds, _ = play(wspect, folder, step, action, ["--cases", "h.text-1"])
            return pair, seconds, wrong_with(step, action, code, complaint, report, 1)
        except (subprocess.TimeoutExpired, RuntimeError, ValueError) as error:
            return pair, SECONDS_MAX, [str(error)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, pairs))


def first_connection(wspect, folder):
    """The very first connection is the hostile one: there is no server to test."""
    wrong = []
    for step, action in (("accept", "fin"), ("accept", "rst"), ("request", "stall"), ("request", "endless-header"), ("answer-half", "slow"),
                         ("accept", "garbage"), ("answer-last", "rst")):
        code, complaint, report, _, _ = play(wspect, folder, step, action, [], good=0)
        if code != 3 or report is not None or len(complaint.splitlines()) != 1:
            wrong.append("%s %s: exit code %d: %s" % (step, action, code, complaint.strip()))
    return wrong


def memory(wspect, folder):
    """The largest resident set while 8 connections are flooded; clauses."""
    floods = ("pings", "pongs", "texts", "closes", "endless-frame", "garbage", "endless-header", "zeros")
    rows = [(step, action, "standard") for step in ("request", "open", "payload", "echo") for action in floods]
    rows += [(step, action, "autobahn") for step in ("open", "echo") for action in ("pongs", "texts", "closes")]

    def one(row):
        step, action, profile = row
        code, complaint, report, _, size = play(wspect, folder, step, action, ["--jobs", "8", "--profile", profile])
        wrong = wrong_with(step, action, code, complaint, report, 8)
        return size, " ".join(row), wrong + (["%d KiB" % size] if size > CAP_KIB else [])
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        found = list(pool.map(one, rows))
    print("note hostile-memory: at most %d KiB (%s)" % max(found)[:2])
    return ["%s: %s" % (pair, clause) for _, pair, wrong in found for clause in wrong]


def tell(name, wrong):
    print("FAIL %s: %s" % (name, "; ".join(wrong[:8])) if wrong else "PASS " + name, flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--checked", required=True)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    pairs = [(step, action) for s, step in enumerate(STEPS) for a, action in enumerate(ACTIONS) if arguments.all or a < 3 or (a + s) % 4 == 0]
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "cases"))
        with open(os.path.join(folder, "cases", "hostile.json"), "w", encoding="utf-8") as file:
            json.dump(TABLE, file)
        found = matrix(arguments.checked, folder, pairs)
        for step in STEPS:
            wrong = ["%s: %s" % (pair[1], clause) for pair, _, clauses in found if pair[0] == step for clause in clauses]
            fine = tell("hostile-at-" + step, wrong) and fine
        print("note hostile: the longest run took %.1f s (%s)" % max((seconds, " ".join(pair)) for pair, seconds, _ in found))
        fine = tell("hostile-from-the-first-connection", first_connection(arguments.checked, folder)) and fine
        fine = tell("hostile-memory", memory(arguments.wspect, folder)) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
