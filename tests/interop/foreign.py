#!/usr/bin/env python3
"""The reference beside foreign parsers: the seeds find every check that a parser lacks, and nothing in sound ones.

Needs the programs of fuzz/foreign in BUILD. Prints "PASS test" and "FAIL test: why"."""

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SEEDS = os.path.join(ROOT, "corpus", "foreign")

# Checks that can be switched off one by one. Not among them: length-top-bit, for what is so long is beyond every
# limit, too; deflate and window, behind which there is nothing to go on with.
RULES = ["mask-missing", "mask-present", "rsv", "opcode", "length-not-minimal", "control-fragmented",
         "control-too-long", "continuation-stray", "interleaved", "close-length", "close-code", "close-unassigned",
         "close-reason", "text", "limit-message"]

# What a parser does by itself, when nothing is tolerated.
KNOWN = {
    "wslay": {"accepts close-length", "refuses close-reason", "refuses close-1012", "refuses close-1013", "refuses close-1014"},
    "websocketpp": {"accepts text-unfinished", "accepts length-top-bit", "accepts rsv", "accepts deflate", "accepts window",
                    "reports text-inflated"},
}

failures = 0


def check(name, good, why=""):
    global failures
    if good:
        print(f"PASS {name}")
    else:
        failures += 1
        print(f"FAIL {name}: {why}")


def survey(build, parser, environment=None):
    """Exit code, the set of differences, and all that was printed."""
    program = os.path.join(build, "fuzz", "foreign", "foreign_survey_" + parser)
    run = subprocess.run([program, SEEDS], env={**os.environ, **(environment or {})}, capture_output=True, text=True,
                         errors="replace", timeout=120)
    differences = set()
    for line in run.stdout.splitlines():
        head, colon, tail = line.partition(": ")
        if colon and tail.endswith(" inputs") and head.split(" ")[0] in (
                "accepts", "refuses", "reports", "drops", "invents"):
            differences.add(head)
    return run.returncode, differences, run.stdout + run.stderr


def check_seeds(build):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(build, "fuzz", "foreign", "foreign_seeds"), folder], check=True)
        stale = [name for name in sorted(os.listdir(folder))
                 if not os.path.exists(os.path.join(SEEDS, name))
                 or open(os.path.join(SEEDS, name), "rb").read() != open(os.path.join(folder, name), "rb").read()]
        check("foreign: the seeds are those that foreign_seeds writes", not stale, f"other: {', '.join(stale[:5])}")


def check_parser(build, parser):
    code, differences, text = survey(build, parser)
    check(f"foreign: {parser} shows no difference that is not tolerated", code == 0 and not differences, text[-2000:])


def check_known(build, parser, expected):
    with tempfile.NamedTemporaryFile("w") as empty:
        code, differences, text = survey(build, parser, {"WSPECT_TOLERATED": empty.name})
    check(f"foreign: the seeds find what {parser} does otherwise", differences == expected and code == 1,
          f"{sorted(differences)} instead of {sorted(expected)}, {text[-300:]}")


def check_lists(build):
    for line in ("accepts close-length", "accept close-length: why", "accepts: why", "accepts x:"):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(line + "\n")
            file.flush()
            code, _, text = survey(build, "reference", {"WSPECT_TOLERATED": file.name})
        check(f"foreign: a list with \"{line}\" is refused", code == 2 and file.name + ":1: expected" in text, text)


def check_patches():
    """Planted bugs: every patch applies to a copy of wire, and begins with what it is."""
    known = open(os.path.join(ROOT, "cases", "known-bugs.md")).read()
    patches = sorted(glob.glob(os.path.join(ROOT, "fuzz", "planted", "*.patch")))
    check("foreign: at least twenty bugs can be planted", len(patches) >= 20, f"{len(patches)}")
    for path in patches:
        name = os.path.basename(path)[:-len(".patch")]
        first = open(path).readline().rstrip("\n")
        bugs = first.rpartition(". ")[2].split(", ")
        unknown = [bug for bug in bugs if f"| {bug} |" not in known]
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(os.path.join(ROOT, "harness", "wire"), os.path.join(folder, "harness", "wire"))
            run = subprocess.run(["patch", "-p1", "-s", "-i", path], cwd=folder, capture_output=True, text=True)
        check(f"foreign: the planted bug {name} applies and is like known ones",
              run.returncode == 0 and first.startswith("# ") and not unknown, f"{run.stdout} {unknown}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    check_seeds(build)
    check_parser(build, "reference")
    check_parser(build, "template")
    for rule in RULES:
        code, differences, text = survey(build, "reference", {"WSPECT_LENIENT": rule})
        expected = {"accepts " + rule} | ({"accepts text-unfinished", "accepts text-inflated"} if rule == "text" else set())
        check(f"foreign: the seeds find a parser that does not mind {rule}", differences == expected and code == 1,
              f"{sorted(differences)} {text[-300:]}")
    for verb in ("refuses", "reports", "drops", "invents"):
        code, differences, text = survey(build, "reference", {"WSPECT_BROKEN": verb})
        check(f"foreign: a parser that {verb} pings is found out", code == 1 and f"{verb} ping" in differences,
              f"{sorted(differences)} {text[-300:]}")
    check_lists(build)
    check_patches()
    for name, expected in KNOWN.items():
        if os.path.exists(os.path.join(build, "fuzz", "foreign", "foreign_survey_" + name)):
            check_parser(build, name)
            check_known(build, name, expected)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
