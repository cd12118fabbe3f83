"""Lets allocations of whole runs of `wspect server` fail, one after the other, and all behind one. A run without memory ends
in words: exit code 3, or a report in which the cases that lacked it are INCONCLUSIVE; it never crashes, leaks, hangs or finds
a bad server good.

    python3 tests/interop/memory.py --wspect build/release/wspect --tests build/checked/tests             a sample
    python3 tests/interop/memory.py --wspect build/release/wspect --tests build/checked/tests --every 1   every allocation

Two programs are tried: wspect_failing (with sanitizers; its own, libuv's, Jansson's and OpenSSL's allocations) and the plain
wspect under libfailing_alloc.so (all allocations of the process, libc's included).
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

from interop import Server

TABLE = {
    "schema": "wspect-cases/1", "group": "Memory", "defaults": {"level": "must", "roles": ["server"], "requirements": ["6455-5.2-07"]},
    "cases": [
        {"id": "m.good", "title": "Good", "why": "It holds.", "steps": [{"text": {"repeat": "a", "length": 3000}}, {"expect": "echo"}]},
        {"id": "m.bad", "title": "Bad", "steps": [{"text": "a"}, {"expect": {"message": {"text": "b"}}}]},
        {"id": "m.deflate", "title": "Packed", "deflate": {"offer": "permessage-deflate"},
         "steps": [{"text": "abcabcabc", "compressed": True}, {"expect": "echo"}]},
    ],
}
SOUND = {"m.good": "OK", "m.bad": "FAILED", "m.deflate": "OK"}
ENDLESS = 1 << 40


class Trial:
    """One program and one way of failing."""

    def __init__(self, name, command, preload, all_behind, url, folder):
        self.name, self.command, self.preload, self.all_behind = name, command, preload, all_behind
        self.url, self.folder = url, folder

    def run(self, at):
        """Exit code, first lines of stderr, report or None, number of allocations, whether one failed."""
        base = os.path.join(self.folder, "%s-%d" % (self.name, at))
        environment = dict(os.environ, WSPECT_FAIL_AT=str(at), WSPECT_FAIL_LOG=base + ".log",
                           ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99", LSAN_OPTIONS="exitcode=99")
        if self.all_behind:
            environment["WSPECT_FAIL_ALL"] = "1"
        if self.preload:
            environment["LD_PRELOAD"] = self.preload
        files = {"json": base + ".json", "html": base + ".html", "junit": base + ".xml", "markdown": base + ".md"}
        command = [self.command, "server", self.url, "--quiet", "--cases-dir", os.path.join(self.folder, "cases")]
        for option, path in files.items():
            command += ["--" + option, path]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        report = None
        if os.path.exists(files["json"]):
            with open(files["json"], encoding="utf-8") as file:
                report = json.load(file)
        count, failed = 0, True
        if os.path.exists(base + ".log"):
            with open(base + ".log", encoding="utf-8") as file:
                count, failed = (int(word) for word in file.read().split())
        for path in list(files.values()) + [base + ".log"]:
            if os.path.exists(path):
                os.remove(path)
        return done.returncode, done.stderr, report, count, bool(failed)

    def judge(self, at):
        """What is wrong, or None."""
        try:
            code, complaint, report, _, _ = self.run(at)
        except subprocess.TimeoutExpired:
            return "allocation %d: it hangs" % at
        except ValueError as error:
            return "allocation %d: the report is broken: %s" % (at, error)
        words = complaint.strip().splitlines()
        wrong = []
        if code not in (1, 3):
            wrong.append("exit code %d" % code)
        verdicts = {case["id"]: case["verdict"] for case in report["cases"]} if report else {}
        if not words and (code == 3 or report is None) and "INCONCLUSIVE" not in verdicts.values():
            wrong.append("not a word")
        for case, verdict in verdicts.items():
            if verdict not in (SOUND[case], "INCONCLUSIVE"):
                wrong.append("%s is %s" % (case, verdict))
        if not wrong:
            return None
        return "allocation %d: %s; %s" % (at, ", ".join(wrong), " / ".join(words[:12]))


def sample(trial, every):
    _, _, report, count, _ = trial.run(ENDLESS)
    if report is None or {c["id"]: c["verdict"] for c in report["cases"]} != SOUND:
        return ["the run with all memory is not sound: %s" % report], 0
    numbers = list(range(count)) if every == 1 else list(range(0, 40)) + list(range(40 + count % every, count, every))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = [wrong for wrong in pool.map(trial.judge, numbers) if wrong]
    return found, len(numbers)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--tests", required=True, help="folder of the test programs")
    parser.add_argument("--every", type=int, default=101)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    failing, preload = os.path.join(arguments.tests, "wspect_failing"), os.path.abspath(os.path.join(arguments.tests, "libfailing_alloc.so"))
    failed = False
    with tempfile.TemporaryDirectory() as folder, Server([arguments.wspect, "echo"]) as server:
        os.mkdir(os.path.join(folder, "cases"))
        with open(os.path.join(folder, "cases", "memory.json"), "w", encoding="utf-8") as file:
            json.dump(TABLE, file)
        for name, command, library, all_behind in (
                ("memory-one-fails", failing, None, False), ("memory-never-comes-back", failing, None, True),
                ("memory-one-of-the-process-fails", arguments.wspect, preload, False),
                ("memory-of-the-process-never-comes-back", arguments.wspect, preload, True)):
            if arguments.only not in name:
                continue
            wrong, tried = sample(Trial(name, command, library, all_behind, server.url, folder), arguments.every)
            failed = failed or bool(wrong)
            print("note %s: %d allocations tried" % (name, tried))
            print("FAIL %s: %d wrong: %s" % (name, len(wrong), "; ".join(wrong[:8])) if wrong else "PASS " + name, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
