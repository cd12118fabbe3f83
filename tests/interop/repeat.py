"""Is a verdict repeatable? The same seed sends the same octets, and run after run over TCP gives the same verdicts while every core
is kept busy by other processes.

    python3 tests/interop/repeat.py --wspect build/release/wspect              20 runs of profile standard
    python3 tests/interop/repeat.py --wspect build/release/wspect --short      3 runs of profile quick
"""
import argparse
import collections
import os
import subprocess
import sys

from interop import ECHO, NODE, Server, play

BUSY = [sys.executable, "-c", "while True: pass"]


class Load:
    """One busy process per core, ended by their own pids."""

    def __enter__(self):
        self.processes = [subprocess.Popen(BUSY) for _ in range(os.cpu_count() or 1)]

    def __exit__(self, *unused):
        for process in self.processes:
            process.kill()
            process.wait()


def verdicts(report):
    return {case["id"]: (case["verdict"], case["verdict_close"]) for case in report["cases"]}


def repeated(wspect, url, profile, runs):
    """Differences between the first run and the others; a note."""
    seen, flaky, seconds = collections.defaultdict(collections.Counter), 0, []
    with Load():
        for _ in range(runs):
            _, report = play(wspect, url, ["--profile", profile])
            for case, verdict in verdicts(report).items():
                seen[case][verdict] += 1
            flaky += sum(case["flaky"] for case in report["cases"])
            seconds.append(report["duration_ms"] / 1000)
    wrong = ["%s: %s" % (case, ", ".join("%s %s (%d)" % (*verdict, count) for verdict, count in counts.items()))
             for case, counts in seen.items() if len(counts) > 1 or sum(counts.values()) != runs]
    return wrong, "%d runs of %d cases in %.2f to %.2f s, %d flaky" % (runs, len(seen), min(seconds), max(seconds), flaky)


def sent(report):
    """What wspect sent in each case, without times, and whether that is all and could be seen to its end: when the peer ends the connection,
    what still leaves depends on when that is seen, and of long conversations the transcript keeps as many rows as it can. Once a peer has
    broken a rule, all bets are off; such cases are left out."""
    cases = {}
    for case in report["cases"]:
        rows = case["transcript"]
        skipped = next((i for i, entry in enumerate(rows) if entry["kind"] == "skipped"), len(rows))
        entries = [{name: value for name, value in entry.items() if name != "t_us"} for entry in rows[:skipped] if entry.get("dir") == "out"]
        whole = case["close"]["by"] == "wspect" and case["close"]["clean"] and skipped == len(rows)
        if case["verdict"] != "FAILED":
            cases[case["id"]] = (entries, whole)
    return cases


def differ(one, other):
    whole = one[1] and other[1]
    length = min(len(one[0]), len(other[0])) - (not whole)  # the last row may have been cut short
    return (whole and len(one[0]) != len(other[0])) or one[0][:max(length, 0)] != other[0][:max(length, 0)]


def same_octets(wspect, url, profile):
    one, again, other = (sent(play(wspect, url, ["--profile", profile, "--seed", seed])[1]) for seed in ("5", "5", "6"))
    wrong = ["%s differs" % case for case in one if case not in again or differ(one[case], again[case])]
    same = sum(case in other and not differ(one[case], other[case]) for case in one)  # without key and masking there is nothing to draw
    return wrong + (["%d of %d cases do not depend on the seed" % (same, len(one))] if same > len(one) / 4 else [])


def tell(name, wrong):
    print("FAIL %s: %d: %s" % (name, len(wrong), "; ".join(wrong[:8])) if wrong else "PASS " + name, flush=True)
    return not wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    profile, runs = ("quick", 3) if arguments.short else ("standard", 20)
    fine = True
    for name, command in (("reference", ECHO), ("ws", NODE)):
        with Server([word.replace("{wspect}", arguments.wspect) for word in command]) as server:
            fine = tell("repeat-octets-" + name, same_octets(arguments.wspect, server.url, "standard")) and fine
            wrong, note = repeated(arguments.wspect, server.url, profile, runs)
            print("note repeat-%s: %s" % (name, note))
            fine = tell("repeat-" + name, wrong) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
