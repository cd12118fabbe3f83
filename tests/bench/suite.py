"""Times the suite against npm ws on loopback: wall time of the whole process and its own CPU time, best and median of several runs.

    python3 tests/bench/suite.py build/release/wspect [runs]
"""
import os
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import interop  # noqa: E402

ROWS = [
    ("profile quick", ["--profile", "quick"]),
    ("profile standard", []),
    ("profile full, without Autobahn 12 and 13", ["--profile", "full", "--exclude", "12.*,13.*"]),
    ("Autobahn 1-7 and 10, native", ["--profile", "full", "--cases", "1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*"]),
    ("Autobahn 9, native", ["--profile", "full", "--cases", "9.*"]),
    ("profile autobahn, 301 of 517 cases", ["--profile", "autobahn", "--exclude", "12.*,13.*"]),
]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(wspect, url, options, runs):
    walls, cpus = [], []
    for _ in range(runs):
        before, start = cpu(), time.monotonic()
        subprocess.run([wspect, "server", url, "--quiet"] + options, stdout=subprocess.DEVNULL, check=False)
        walls.append(time.monotonic() - start)
        cpus.append(cpu() - before)
    return walls, cpus


def main():
    wspect, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print("%-30s %22s %22s" % ("against npm ws 8.23", "wall s: best, median", "CPU s: best, median"))
    with interop.Server(interop.NODE) as server:
        for name, options in ROWS:
            walls, cpus = measure(wspect, server.url, options, runs)
            print("%-30s %11.2f %10.2f %11.2f %10.2f" % (name, min(walls), statistics.median(walls), min(cpus), statistics.median(cpus)))


if __name__ == "__main__":
    main()
