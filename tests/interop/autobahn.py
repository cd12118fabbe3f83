"""Profile autobahn in full, all 517 cases, against real servers: verdicts beside those that Autobahn|Testsuite itself gave, time, CPU and memory.
It takes minutes for each, and is no part of `./dev test`. One after the other; each is one test: "PASS name" or "FAIL name: why".

    python3 tests/interop/autobahn.py --wspect build/wspect               all of them
    python3 tests/interop/autobahn.py --wspect build/wspect --only ws     those whose name contains "ws"
    python3 tests/interop/autobahn.py --wspect build/wspect --update      brings autobahn/ up to date; read the diff before you commit it
    ... --only beast --update --autobahn index.json                       takes up the verdicts of an index.json that Autobahn wrote about it
    ... --cases '12.*'                                                    some of the cases

autobahn/NAME.txt has one line for each case of which a tester says anything but OK, OK, 1000:
    3.4 | OK OK 1002 | NON-STRICT OK 1002
case, behavior, behaviorClose and remoteCloseCode as wspect gives them, and as Autobahn gave them ("-": it was never run). "OK/NON-STRICT" is
one or the other, by chance. Every line in which the two differ has been looked at; the comment above it says why.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import interop

FOLDER = os.path.join(interop.HERE, "autobahn")
BEAST = os.path.join(interop.HERE, "servers", "beast_echo.cpp")
USUAL = "OK OK 1000"

# name, command; a source in C++ is compiled first, and needs libboost1.74-dev
RUNS = [
    ("ws", interop.NODE),
    ("python-websockets", interop.PYTHON),
    ("beast", BEAST),
]


def compiled(source, folder):
    program = os.path.join(folder, "server")
    subprocess.run(["g++", "-std=c++17", "-O2", "-pthread", "-o", program, source], check=True, capture_output=True)
    return [program]


def ordered(case):
    return [int(number) for number in case.split(".")]


def verdicts(path):
    """case -> "behavior behaviorClose code", of the only agent in an index.json of Autobahn's form."""
    with open(path, encoding="utf-8") as file:
        (cases,) = json.load(file).values()
    return {case: "%s %s %s" % (row["behavior"], row["behaviorClose"], row["remoteCloseCode"]) for case, row in cases.items()}


def matches(said, pattern):
    """Each word is the word of the pattern, or one of its words between slashes."""
    words, patterns = said.split(), pattern.split()
    return len(words) == len(patterns) and all(word in choice.split("/") for word, choice in zip(words, patterns))


def overlap(pattern, other):
    return all(set(a.split("/")) & set(b.split("/")) for a, b in zip(pattern.split(), other.split()))


def read_lines(name):
    path = os.path.join(FOLDER, name + ".txt")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def expected(name):
    """case -> (wspect's verdicts, Autobahn's)"""
    rows = [line.split(" | ") for line in read_lines(name) if line and not line.startswith("#")]
    return {case: (ours, theirs) for case, ours, theirs in rows}


def compare(name, found):
    wanted = expected(name)
    wrong = []
    for case, said in found.items():
        pattern = wanted.get(case, (USUAL, USUAL))[0]
        if not matches(said, pattern):
            wrong.append("%s: %s, not %s" % (case, said, pattern))
    return wrong


def update(name, found, theirs):
    """Comments stay above their lines; cases that were not played keep theirs."""
    known = expected(name)
    never_run = all(row[1] == "-" for row in known.values())
    lines, comments, above = [], [], {}
    for line in read_lines(name):
        if line.startswith("#") or not line:
            comments.append(line)
        else:
            above[line.split(" | ")[0]] = comments
            comments = []
    for case in sorted(set(known) | set(found) | set(theirs or {}), key=ordered):
        before = known.get(case, (USUAL, "-" if never_run else USUAL))
        ours = before[0] if case not in found or matches(found[case], before[0]) else found[case]
        autobahn = theirs[case] if theirs else before[1]
        if ours != USUAL or autobahn not in (USUAL, "-"):
            lines += above.get(case, []) + ["%s | %s | %s" % (case, ours, autobahn)]
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, name + ".txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines + comments) + "\n")


def table(found):
    """Groups, and how often which behavior came."""
    groups = {}
    for case, said in found.items():
        counts = groups.setdefault(case.split(".")[0], {})
        behavior = said.split()[0]
        counts[behavior] = counts.get(behavior, 0) + 1
    return "; ".join(
        "%s: %s" % (group, ", ".join("%d %s" % (n, word) for word, n in sorted(counts.items(), key=lambda item: -item[1])))
        for group, counts in sorted(groups.items(), key=lambda item: int(item[0]))
    )


class Measured:
    """A process that is waited for: exit code, CPU in seconds, largest resident set in MiB."""

    def __init__(self, process):
        _, status, usage = os.wait4(process.pid, 0)
        self.code = process.returncode = os.waitstatus_to_exitcode(status)
        self.words = "%.1f s user, %.1f s system, %.0f MiB at most" % (usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024)


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    return Measured(process)


def play_server(command, folder, options, arguments):
    """wspect and the server, both measured."""
    if isinstance(command, str):
        command = compiled(command, folder)
    server = interop.Server(command)
    try:
        wspect = subprocess.Popen([arguments.wspect, "server", server.url] + options, stdout=subprocess.DEVNULL)
        ours = Measured(wspect)
    finally:
        theirs = stop(server.process)
        server.process.stdout.close()
    return ours, theirs


def run(name, command, arguments):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "autobahn")
        options = ["--profile", "autobahn", "--autobahn-dir", out]
        if arguments.cases:
            options += ["--cases", arguments.cases]
        start = time.monotonic()
        ours, theirs = play_server(command, folder, options, arguments)
        wall = time.monotonic() - start
        found = verdicts(os.path.join(out, "index.json"))
        if arguments.keep:
            shutil.copy(os.path.join(out, "index.json"), os.path.join(arguments.keep, name + ".json"))
    print("time %s: %d cases in %.0f s" % (name, len(found), wall))
    print("time %s: wspect %s; the server %s" % (name, ours.words, theirs.words))
    print("table %s: %s" % (name, table(found)))
    if arguments.update:
        update(name, found, verdicts(arguments.autobahn) if arguments.autobahn else None)
    differ = [(case, row) for case, row in expected(name).items() if case in found and row[1] != "-" and not overlap(*row)]
    for case, (said, autobahn) in differ:
        print("note %s: %s: %s; Autobahn said %s" % (name, case, said, autobahn))
    wrong = compare(name, found)
    if ours.code not in (0, 1):
        wrong.append("exit code %d" % ours.code)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--only", default="", help="names that have this in them")
    parser.add_argument("--cases", help="ids and patterns, as wspect takes them")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--autobahn", help="an index.json that Autobahn wrote; with --only and --update")
    parser.add_argument("--keep", help="a folder for the index.json of every run")
    arguments = parser.parse_args()
    rows = [row for row in RUNS if arguments.only in row[0]]
    if arguments.autobahn and (len(rows) != 1 or not arguments.update):
        parser.error("--autobahn goes with --update, and --only with what names one")
    good = bool(rows)
    for row in rows:
        try:
            wrong = run(*row, arguments)
        except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
            wrong = [str(error)]
        print("FAIL %s: %s" % (row[0], "; ".join(wrong[:12])) if wrong else "PASS " + row[0], flush=True)
        good = good and not wrong
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
