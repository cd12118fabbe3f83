#!/usr/bin/env python3
"""Plants one bug after the other and lets the levels of the fuzzing toolkit look for it: prints a Markdown table of
what found it, after how many executions and seconds.

    fuzz/planted/measure.py --build build/planted --time 20 [--levels 1,2,3] [--only 'utf8-*'] [--wspect build/wspect]

Level 1: the targets on the reference itself, those that the changed file concerns, one after the other until one
finds it. Level 2: the differential target, the changed copy beside the sound one. Level 3: `wspect fuzz server` of a
sound wspect (--wspect) against the reference server of the changed build. Needs Clang; one process at a time."""

import argparse
import fnmatch
import glob
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLANTED = os.path.join(ROOT, "fuzz", "planted")

# Which targets a file of wire concerns, the likeliest first.
TARGETS = {
    "frame.c": ["frame_feed", "frame_cuts", "frame_round_trip", "receiver"],
    "mask.c": ["mask", "frame_feed"],
    "utf8.c": ["utf8", "frame_feed"],
    "close.c": ["close_payload", "frame_feed"],
    "inflate.c": ["inflate", "receiver", "frame_cuts"],
    "receiver.c": ["receiver", "frame_cuts", "player"],
}
FRAME_TARGETS = ["frame_feed", "frame_cuts", "receiver"]  # which start from the seeds of foreign parsers, too
ENGINE = ["-max_len=1024", "-timeout=15", "-rss_limit_mb=1500", "-malloc_limit_mb=256", "-print_final_stats=1"]


def read_patches(only):
    for path in sorted(glob.glob(os.path.join(PLANTED, "*.patch"))):
        name = os.path.basename(path)[:-len(".patch")]
        if fnmatch.fnmatch(name, only):
            lines = open(path).read().splitlines()
            files = [line.rsplit("/", 1)[1] for line in lines if line.startswith("+++ b/")]
            yield name, lines[0].lstrip("# "), files


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **more)


def build(folder, name, targets):
    configured = run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_C_COMPILER=clang",
                      "-DCMAKE_CXX_COMPILER=clang++", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g",
                      "-DWSPECT_FUZZERS=ON", "-DWSPECT_TESTS=OFF", f"-DWSPECT_PLANT={name}"])
    if configured.returncode != 0:
        sys.exit(configured.stdout)
    known = run(["ninja", "-C", folder, "-t", "targets", "all"]).stdout
    wanted = [target for target in targets if re.search(rf"^(\S*/)?{re.escape(target)}: ", known, re.MULTILINE)]
    built = run(["ninja", "-C", folder, *wanted])
    if built.returncode != 0:
        sys.exit(built.stdout[-4000:])
    return wanted


def fuzz(program, seeds, seconds):
    """What a libFuzzer target finds: (executions, seconds, the first line of what it said), or None."""
    with tempfile.TemporaryDirectory() as corpus:
        begin = time.monotonic()
        done = run([program, *ENGINE, f"-max_total_time={seconds}", f"-artifact_prefix={corpus}/", corpus]
                   + [folder for folder in seeds if os.path.isdir(folder)])
        took = time.monotonic() - begin
    if done.returncode == 0:
        return None
    executions = re.search(r"stat::number_of_executed_units: (\d+)", done.stdout)
    said = re.search(r"^(  to tolerate it: .*|SUMMARY: .*|==\d+== ERROR: .*|.*_target\.c:\d+: .*|\S+\.c:\d+: .*)$", done.stdout,
                     re.MULTILINE)
    return int(executions.group(1)) if executions else 0, took, said.group(1) if said else done.stdout[-200:]


def short(said):
    said = re.sub(r"^\S*/(?=\w+_target\.c:\d+: )", "", said)
    said = re.sub(r"^(SUMMARY: \w+Sanitizer: |==\d+== ERROR: |SUMMARY: libFuzzer: |  to tolerate it: \")", "", said)
    return re.sub(r"( (/\S+|\(\S+\)|\S+\.c:\d+).*|: why\")", "", said)[:60].replace("|", "/")


def level_1(folder, files, seconds, built):
    tried = []
    for name in dict.fromkeys(target for file in files for target in TARGETS.get(file, ["frame_feed"])):
        if f"fuzz_{name}" not in built:
            continue
        tried.append(name)
        program = os.path.join(folder, "fuzz", f"fuzz_{name}")
        more = ["foreign"] if name in FRAME_TARGETS else []
        found = fuzz(program, [os.path.join(ROOT, "corpus", folder) for folder in [name, *more]], seconds)
        if found:
            return f"{name}: {found[0]}, {found[1]:.1f} s, {short(found[2])}"
    return f"not in {seconds} s each of {', '.join(tried)}" if tried else "no target"


def level_2(folder, seconds):
    found = fuzz(os.path.join(folder, "fuzz", "foreign", "fuzz_foreign_planted"), [os.path.join(ROOT, "corpus", "foreign")],
                 seconds)
    return f"{found[0]}, {found[1]:.1f} s, {short(found[2])}" if found else f"not in {seconds} s"


def level_3(folder, seconds, wspect):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as findings:
        command = [wspect, "fuzz", "server", f"ws://127.0.0.1:{port}", "--time", str(seconds), "--max-findings", "1", "--quiet",
                   "--findings", findings, "--", os.path.join(folder, "wspect"), "echo", "--listen", f"127.0.0.1:{port}"]
        begin = time.monotonic()
        try:
            done = run(command, timeout=20 * seconds + 120)
        except subprocess.TimeoutExpired:
            return "did not end"
        took = time.monotonic() - begin
    if done.returncode == 0:
        return f"not in {seconds} s"
    session = re.search(r"session (\d+), made smaller from \d+ genes to (\d+)", done.stdout)
    if done.returncode != 1 or not session:
        return f"left with {done.returncode}"
    said = done.stdout.splitlines()[0].split()[-1]
    return f"session {session.group(1)}, {took:.1f} s, {session.group(2)} genes: {said.rsplit('.', 1)[0]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--time", type=int, default=20, help="seconds for each target and level")
    parser.add_argument("--levels", default="1,2")
    parser.add_argument("--only", default="*", help="a pattern of names")
    parser.add_argument("--wspect", help="a sound wspect, for level 3")
    options = parser.parse_args()
    levels = options.levels.split(",")
    if "3" in levels and not options.wspect:
        parser.error("level 3 needs --wspect")
    print("| planted | what | level 1 | level 2 | level 3 |\n|---|---|---|---|---|")
    for name, what, files in read_patches(options.only):
        targets = [f"fuzz_{target}" for file in files for target in TARGETS.get(file, [])] if "1" in levels else []
        targets += ["fuzz_foreign_planted"] if "2" in levels else []
        targets += ["wspect"] if "3" in levels else []
        built = build(options.build, name, list(dict.fromkeys(targets)))
        one = level_1(options.build, files, options.time, built) if "1" in levels else ""
        two = level_2(options.build, options.time) if "2" in levels else ""
        three = level_3(options.build, options.time, options.wspect) if "3" in levels else ""
        print(f"| `{name}` | {what.split('. ')[0]} | {one} | {two} | {three} |", flush=True)


if __name__ == "__main__":
    main()
