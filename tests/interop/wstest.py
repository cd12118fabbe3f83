"""Pipelines that were written for Autobahn's wstest, run unchanged over `wspect wstest`: what they start, and what they read of its reports.

    python3 tests/interop/wstest.py --wspect build/release/wspect [--only NAME]

Each test is one line: "PASS name" or "FAIL name: why".
"""
import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

from interop import HERE, NODE, Server

# As the test client of ws does it: how many cases, each of them, the reports.
WS_CLIENT = """
const { WebSocket } = require("ws");
const base = process.argv[1];
let count;
function next(number) {
  if (number > count) {
    new WebSocket(base + "/updateReports?agent=ws");
    return;
  }
  const ws = new WebSocket(base + "/runCase?case=" + number + "&agent=ws");
  ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
  ws.on("close", () => process.nextTick(next, number + 1));
  ws.on("error", () => {});
}
const ws = new WebSocket(base + "/getCaseCount");
ws.on("message", (data) => { count = parseInt(data); });
ws.on("close", () => { if (count > 0) next(1); });
"""

TUNGSTENITE = """{
  "Tungstenite": {
    "1.1.1": {
      "behavior": "OK",
      "behaviorClose": "OK",
      "remoteCloseCode": 1000,
      "reportfile": "tungstenite_case_1_1_1.json"
    },
    "2.5": {
      "behavior": "OK",
      "behaviorClose": "OK",
      "remoteCloseCode": 1002,
      "reportfile": "tungstenite_case_2_5.json"
    },
    "7.1.6": {
      "behavior": "INFORMATIONAL",
      "behaviorClose": "INFORMATIONAL",
      "remoteCloseCode": 1000,
      "reportfile": "tungstenite_case_7_1_6.json"
    }
  }
}"""


class World:
    def __init__(self, wspect, folder):
        self.folder = folder
        self.wstest = os.path.join(folder, "wstest")
        self.wspect = os.path.abspath(wspect)
        os.symlink(self.wspect, self.wstest)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def spec(self, name, spec):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(spec, file)

    def run(self, *arguments):
        return subprocess.run([self.wstest, *arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)

    def read(self, *names):
        with open(self.path(*names), encoding="utf-8") as file:
            return file.read()


def expect(said, wanted, what):
    if said != wanted:
        raise AssertionError("%s: %r, not %r" % (what, said, wanted))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class FuzzingServer:
    """wstest -m fuzzingserver, waited for by its line, as scripts do."""

    def __init__(self, world, port, *options):
        self.base = "ws://127.0.0.1:%d" % port
        self.process = subprocess.Popen([world.wstest, "-m", "fuzzingserver", *options], cwd=world.folder, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("Ok, will run"):
                return
        raise AssertionError("it does not say that it is there")

    def end(self):
        """The exit status."""
        self.process.send_signal(signal.SIGTERM)
        self.said += self.process.communicate(timeout=30)[0].splitlines()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def ws_pipeline(world):
    """A fuzzing server with the spec in the current folder, and the test client of ws."""
    port = free_port()
    world.spec("fuzzingserver.json", {"url": "ws://127.0.0.1:%d" % port, "outdir": "./reports/clients", "cases": ["1.1.*", "2.1*", "7.1.6"],
                                      "exclude-cases": [], "exclude-agent-cases": {"w*": ["1.1.8"]}})
    with FuzzingServer(world, port) as server:
        subprocess.run(["node", "-e", WS_CLIENT, server.base], cwd=HERE, check=True, timeout=60)
        index = json.loads(world.read("reports", "clients", "index.json"))
        expect(server.end(), 0, "exit status")
    expect(list(index), ["ws"], "agents")
    expect(sorted(index["ws"]), ["1.1.%d" % n for n in range(1, 8)] + ["2.1", "2.10", "2.11", "7.1.6"], "cases")
    expect({row["behavior"] for row in index["ws"].values()}, {"OK", "INFORMATIONAL"}, "verdicts")
    expect("Ok, will run 12 test cases for any clients connecting" in server.said, True, "the line that scripts wait for")
    expect(any(re.match(r"Running test case ID 1\.1\.1 for agent ws from peer ", line) for line in server.said), True, "a line for the case")


def tungstenite_pipeline(world):
    """jq -S 'del(."Tungstenite" | .. | .duration?)', and a comparison octet by octet."""
    with Server([world.wspect, "echo"]) as server:
        world.spec("fuzzingclient.json", {"outdir": "./autobahn/server", "servers": [{"agent": "Tungstenite", "url": server.url}],
                                          "cases": ["1.1.1", "2.5", "7.1.6", "9.9.9"], "exclude-cases": ["12.*"], "exclude-agent-cases": {}})
        result = world.run("-m", "fuzzingclient", "-s", "fuzzingclient.json")
    expect(result.returncode, 0, "exit status")
    index = json.loads(world.read("autobahn", "server", "index.json"))
    for row in index["Tungstenite"].values():
        del row["duration"]
    expect(json.dumps(index, indent=2, sort_keys=True), TUNGSTENITE, "index.json")


def bandit_pipeline(world):
    """No servers in the spec but -w, an empty exclusion, the server without a name; the case files, and the count of Cowboy and gun."""
    world.spec("fuzzingclient.json", {"outdir": "./reports", "cases": ["1.2.1", "1.2.2"], "exclude-cases": [""], "enable-ssl": False})
    with Server(NODE) as server:
        result = world.run("-m", "fuzzingclient", "-w", server.url, "-s", "./fuzzingclient.json")
    expect(result.returncode, 0, "exit status")
    rows = json.loads(world.read("reports", "index.json"))["UnknownServer"]
    expect([(row["behavior"], row["behaviorClose"]) for row in rows.values()], [("OK", "OK")] * 2, "verdicts")
    detail = json.loads(world.read("reports", rows["1.2.2"]["reportfile"]))
    expect((detail["id"], detail["behavior"], detail["agent"]), ("1.2.2", "OK", "UnknownServer"), "case file")
    expect(world.read("reports", "index.html").count("case_failed"), 2, "case_failed on a page without failures")
    expect(os.path.exists(world.path("reports", "unknownserver_case_1_2_2.html")), True, "page of a case")


def failures_leave_the_status_alone(world):
    """Exit status 0 with failures; and libwebsockets' scripts, which read the layout of the text."""
    with Server([world.wspect, "echo", "--fault", "never-pong"]) as server:
        world.spec("spec.json", {"servers": [{"agent": "bad", "url": server.url}, {"agent": "absent", "url": "ws://127.0.0.1:%d" % free_port()}],
                                 "outdir": "out", "cases": ["1.1.1", "2.2"]})
        result = world.run("--mode=fuzzingclient", "--spec=spec.json", "-d")
    expect(result.returncode, 0, "exit status")
    text = world.read("out", "index.json")
    expect(list(json.loads(text)), ["bad"], "agents")
    expect(('"behavior": "OK"' in text, '"behavior": "FAILED"' in text), (True, True), "layout")
    expect(world.read("out", "index.html").count("case_failed") > 2, True, "case_failed on a page with failures")


def testee_client(world):
    """The reference endpoint as the client, and what it says."""
    port = free_port()
    world.spec("spec.json", {"url": "ws://127.0.0.1:%d" % port, "outdir": "out", "cases": ["1.1.1", "2.1", "3.1"]})
    with FuzzingServer(world, port, "-s", "spec.json", "-u", "0") as server:
        result = world.run("-m", "testeeclient", "-w", server.base, "-i", "me & you")
        expect((result.returncode, result.stdout), (0, "Played 3 test cases as agent me & you\n"), "what it says")
        expect(server.end(), 0, "exit status")
    rows = json.loads(world.read("out", "index.json"))["me & you"]
    expect([row["behavior"] for row in rows.values()], ["OK"] * 3, "verdicts")


def wrong_use(world):
    for arguments, said in [([], "wspect wstest: needs a mode: -m fuzzingclient, -m fuzzingserver, ...; see wspect wstest --help"),
                            (["-m", "web"], "wspect wstest: there is no mode \"web\"; see wspect wstest --help"),
                            (["-m", "massconnect"], "wspect wstest: mode massconnect is not there; see wspect wstest --help"),
                            (["-m", "fuzzingclient", "-s", "none.json"], "wspect wstest: none.json: cannot be read: No such file or directory"),
                            (["-x"], "wspect wstest: unknown option \"-x\"; see wspect wstest --help")]:
        result = world.run(*arguments)
        expect((result.returncode, result.stderr.splitlines()[0]), (2, said), " ".join(arguments))
    expect(world.run("-a").returncode, 0, "-a")
    expect(world.run("--help").returncode, 0, "--help")


TESTS = [ws_pipeline, tungstenite_pipeline, bandit_pipeline, failures_leave_the_status_alone, testee_client, wrong_use]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    failed = False
    for test in TESTS:
        name = test.__name__.replace("_", "-")
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(World(options.wspect, folder))
                print("PASS %s" % name)
            except (AssertionError, OSError, KeyError, ValueError, subprocess.SubprocessError) as problem:
                failed = True
                print("FAIL %s: %s" % (name, str(problem).replace("\n", " ")))
    sys.exit(failed)


if __name__ == "__main__":
    main()
