"""Takes headless Chromium through cases by the page of `wspect client`. Lines "PASS test" and "FAIL test: why"; without Chromium the
tests are skipped, with a word.

    python3 tests/interop/browser.py --wspect build/wspect
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

PATIENCE = 120  # seconds, for a browser to start and play

# name, options of wspect: cases in which every Chromium is right
RUNS = [
    ("browser-messages", ["--cases", "message.*,utf8.valid.*"]),
    ("browser-refusals", ["--cases", "handshake.response.accept-*,frame.rsv.*", "--exclude", "handshake.response.accept-behind-lone-cr"]),
    ("browser-agent", ["--cases", "ping.empty"]),  # called by a name with markup that is not ASCII
]
AGENTS = {"browser-agent": "%3Cb%3E%26%22%C3%A9"}
AGENT_NAMES = {"browser-agent": '<b>&"\u00e9'}


class Browser:
    """Headless, with a profile of its own; its processes are stopped as one group."""

    def __init__(self, program, url):
        self.folder = tempfile.mkdtemp()
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
                   "--remote-debugging-port=0",  # keeps it running behind the load of the page
                   "--user-data-dir=" + self.folder, url]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def play(wspect, program, name, options, folder):
    """Number of cases announced, exit code and report."""
    path = os.path.join(folder, name + ".json")
    command = [wspect, "client", "--once", "--listen", "127.0.0.1:0", "--json", path] + options
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as host:
        try:
            said = "".join(host.stdout.readline() for _ in range(3))
            count, page = re.search(r"will run (\d+)", said), re.search(r"http://\S+", said)
            if not count or not page:
                raise RuntimeError("wspect named no page; " + host.stderr.read().strip())
            with Browser(program, page.group() + "?run" + ("&agent=" + AGENTS[name] if name in AGENTS else "")):
                _, complaints = host.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise RuntimeError("the browser did not get to the end in %d s" % PATIENCE) from error
        finally:
            if host.poll() is None:
                host.kill()
    if not os.path.exists(path):
        raise RuntimeError("no report; " + complaints.strip())
    with open(path, encoding="utf-8") as file:
        return int(count.group(1)), host.returncode, json.load(file)


def judge(name, count, code, report):
    """What is wrong with a run."""
    wrong = ["%s is %s: %s" % (c["id"], c["verdict"], c["reason"]) for c in report["cases"] if c["verdict"] != "OK"]
    if code != 0:
        wrong.append("exit code %d" % code)
    if len(report["cases"]) != count:
        wrong.append("%d of %d cases" % (len(report["cases"]), count))
    agent = report["target"]["agent"]
    if agent != AGENT_NAMES.get(name, agent) or not (name in AGENTS or agent.startswith("Chrome-")):
        wrong.append("the client is called %r" % agent)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    arguments = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("note: no Chromium here, the page for browsers is not tested")
        print("PASS browser-skipped")
        return 0
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for name, options in RUNS:
            try:
                wrong = judge(name, *play(arguments.wspect, program, name, options, folder))
            except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
                wrong = [str(error)]
            failed = failed or bool(wrong)
            print("FAIL %s: %s" % (name, "; ".join(wrong[:12])) if wrong else "PASS " + name, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
