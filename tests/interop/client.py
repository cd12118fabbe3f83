"""wspect client as test clients and their users see it: the control protocol over plain sockets, and clients that are started.

    python3 tests/interop/client.py --wspect build/checked/wspect [--only NAME]
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
import threading

from interop import HERE

sys.path.insert(0, os.path.join(HERE, "..", "support"))
from plain_client import Client, Refused, ask  # noqa: E402 (the path has to be known first)

PLAIN = ["/usr/bin/python3", os.path.join(HERE, "..", "support", "plain_client.py"), "{url}"]
THREE = ["--cases", "ping.empty,message.text.length-125,close.after-echo"]
IDS = ["close.after-echo", "message.text.length-125", "ping.empty"]


class Host:
    """wspect client that waits for clients; what is running at the end is stopped by its own pid."""

    def __init__(self, world, arguments):
        self.process = subprocess.Popen([world.wspect, "client", "--listen", "127.0.0.1:0"] + arguments, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.announced = self.process.stdout.readline().strip()
        self.url = self.process.stdout.readline().strip()
        self.out = self.said = ""

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self, number=None):
        """The exit code; number: of a signal to send."""
        if number is not None:
            self.process.send_signal(number)
        self.out, self.said = self.process.communicate(timeout=60)
        return self.process.returncode

    def count(self):
        messages, _ = ask(self.url, "/getCaseCount")
        return int(messages[0])

    def play(self, target):
        Client(self.url, target).open().messages(echo=True)

    def play_all(self, agent):
        for number in range(1, self.count() + 1):
            self.play("/runCase?case=%d&agent=%s" % (number, agent))

    def status(self, case, agent):
        messages, _ = ask(self.url, "/getCaseStatus?case=%s&agent=%s" % (case, agent))
        return json.loads(messages[0])["behavior"]

    def refusal(self, target, head=None):
        """The status with which a request is refused; "end" when there is none."""
        try:
            Client(self.url, target, head).open()
            return "accepted"
        except Refused as refused:
            return str(refused).split()[1]
        except (EOFError, ConnectionError):
            return "end"


class World:
    def __init__(self, wspect, folder):
        self.wspect, self.folder = wspect, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def host(self, *arguments):
        return Host(self, list(arguments))

    def start(self, options, command, **more):
        """A run with COMMAND."""
        return subprocess.run([self.wspect, "client"] + options + ["--"] + command, capture_output=True, text=True, timeout=120, **more)

    def load(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)


def differ(found, right, what):
    return [] if found == right else ["%s is %r, not %r" % (what, found, right)]


def verdicts(report):
    return {case["id"]: case["verdict"] for case in report["cases"]}


# ---------------------------------------------------------------- the control protocol


def counts_and_describes(world):
    with world.host(*THREE) as host:
        wrong = differ(host.announced, "Ok, will run 3 test cases for any clients connecting", "the first line")
        messages, code = ask(host.url, "/getCaseCount")
        wrong += differ((messages, code), ([b"3"], 1000), "getCaseCount")
        found = [json.loads(ask(host.url, "/getCaseInfo?case=%d" % (i + 1))[0][0]) for i in range(3)]
        wrong += differ(sorted(info["id"] for info in found), sorted(["2.1", "1.1.2", "7.1.1"]), "the ids")
        wrong += differ(all(info["description"] for info in found), True, "a description")
        return wrong + differ(host.end(signal.SIGINT), 3, "exit code") + differ(host.said, "wspect client: no client has played a case\n", "what it says")


def refuses_what_is_wrong(world):
    wrong = []
    with world.host(*THREE) as host:
        for target in ("/runCase?case=0&agent=a", "/runCase?case=4&agent=a", "/runCase?case=-1&agent=a", "/runCase?case=1x&agent=a", "/runCase?agent=a",
                       "/runCase", "/runCase?case=&agent=a", "/runCase?case=99999999999999999999999&agent=a", "/runCase?casetuple=9.9.9&agent=a",
                       "/getCaseInfo", "/getCaseInfo?case=4", "/getCaseStatus?case=4&agent=a", "/case/none?agent=a"):
            wrong += differ(host.refusal(target), "500", target)
        for target in ("/runcase?case=1&agent=a", "/getCaseCount/", "/nothing", "//", "*"):
            wrong += differ(host.refusal(target), "404", target)
        wrong += differ(host.refusal("/"), "200", "/")
        for head in (b"\r\n", b"GET\r\n\r\n", b"\0\0\0\n", b"\xff\xfe\n\n", b"GET /%00%zz%\r\n\r\n", b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n\r\n"):
            wrong += differ(host.refusal("", head) in ("404", "end"), True, "the answer to %r" % head[:20])
        return wrong + differ(host.count(), 3, "the count afterwards")


def plays_a_case_however_it_is_named(world):
    with world.host("--json", world.path("named.json"), "--cases", "ping.empty,message.text.length-125") as host:
        host.play("/runCase?case=1&agent=by-number")
        host.play("/runCase?casetuple=ping.empty&agent=by-id")
        host.play("/runCase?casetuple=2.1&agent=by-autobahn-id")
        host.play("/runCase?agent=by-order&foo=bar&case=2")
        host.play("/case/ping.empty?agent=by-path")
        host.play("http://%s/runCase?case=1&agent=by-uri" % host.url[5:])
        host.play("/runCase?case=1")
        wrong = differ(host.end(signal.SIGINT), 3, "exit code")  # each has left out a case
        played = {r["target"]["agent"]: verdicts(r) for r in world.load("named.json")["reports"]}
        right = {"by-number": "message.text.length-125", "by-id": "ping.empty", "by-autobahn-id": "ping.empty", "by-order": "ping.empty",
                 "by-path": "ping.empty", "by-uri": "message.text.length-125", "unknown": "message.text.length-125"}
        return wrong + differ(played, {agent: {case: "OK"} for agent, case in right.items()}, "what was played")


def tells_the_status(world):
    with world.host(*THREE) as host:
        early = Client(host.url, "/getCaseStatus?case=1&agent=me").open
        found = []
        waiting = threading.Thread(target=lambda: found.extend(early().messages()[0]), daemon=True)
        waiting.start()
        host.play("/runCase?case=2&agent=me")  # others do not bring it
        wrong = differ(found, [], "the early status")
        host.play("/runCase?case=1&agent=me")
        waiting.join(timeout=30)
        wrong += differ([json.loads(text)["behavior"] for text in found], ["OK"], "the status that was waited for")
        wrong += differ(host.status(2, "me"), "OK", "the status")
        Client(host.url, "/runCase?case=1&agent=me").open().socket.close()
        return wrong + differ(host.status(1, "me"), "FAILED", "the status of the second time")


def reports_are_there_when_the_client_is_told(world):
    path = world.path("told.json")
    with world.host("--json", path, *THREE) as host:
        wrong = []
        for number, agent in ((1, "me"), (2, "me"), (3, "me")):
            host.play("/runCase?case=%d&agent=%s" % (number, agent))
            client = Client(host.url, "/updateReports?agent=me").open()
            first, _ = client.frame()  # Close
            wrong += differ((first, len(world.load("told.json")["cases"])), (0x88, number), "cases in the report")
            client.messages()
        return wrong + differ(host.end(signal.SIGTERM), 0, "exit code") + differ(verdicts(world.load("told.json")), dict.fromkeys(IDS, "OK"), "the report")


def update_waits_for_the_case_before(world):
    """A client that asks for the reports while the end of its last connection is still on its way."""
    with world.host("--json", world.path("wait.json"), "--once", "--cases", "ping.empty") as host:
        last = Client(host.url, "/runCase?case=1&agent=me").open()
        update = Client(host.url, "/updateReports?agent=me")
        last.messages(echo=True)
        update.open().messages()
        return differ(host.end(), 0, "exit code") + differ(verdicts(world.load("wait.json")), {"ping.empty": "OK"}, "the report")


def several_agents(world):
    names = ["ws%2F8.1", "<b>&amp;\"'", "a%20b", "a_b", "line%0D%0Abreak%00%1B[31m", "%ff%fe", "x" * 3000, "Gr%C3%BC%C3%9Fe"]
    right = ["ws/8.1", "<b>&amp;\"'", "a b", "a_b", "line??break??[31m", "??", "x" * 199, "Grüße"]
    with world.host("--json", world.path("agents.json"), "--html", world.path("agents.html"), "--junit", world.path("agents.xml"),
                    "--autobahn-dir", world.path("agents"), "--cases", "ping.empty") as host:
        for name in names:
            host.play("/runCase?case=1&agent=" + name.replace("&", "%26").replace("#", "%23"))
        ask(host.url, "/updateReports?agent=a_b")
        wrong = differ(host.end(signal.SIGINT), 0, "exit code")
        wrong += differ("\x1b" in host.out or "\r" in host.out, False, "a control character on the terminal")
    report = world.load("agents.json")
    wrong += differ(report["schema"], "wspect-reports/1", "the schema") + differ([r["target"]["agent"] for r in report["reports"]], right, "agents")
    index = world.load("agents/index.json")
    wrong += differ(sorted(index), sorted(right), "agents in index.json")
    pages = [name for name in os.listdir(world.folder) if name.startswith("agents-")]
    wrong += differ(sorted(n for n in pages if "a_b" in n), ["agents-a_b.html", "agents-a_b.xml", "agents-a_b__2.html", "agents-a_b__2.xml"], "files of like names")
    wrong += differ(len(pages), 2 * len(names), "number of files")
    done = subprocess.run([world.wspect, "report", world.path("agents.json"), "--json", world.path("again.json")], capture_output=True, text=True, timeout=60)
    return wrong + differ((done.returncode, done.stderr), (0, ""), "wspect report") + differ(world.load("again.json"), report, "the report read and written")


def bounded_agents(world):
    with subprocess.Popen([world.wspect, "client", "--listen", "127.0.0.1:0", "--cases", "ping.empty"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        process.stdout.readline()
        url = process.stdout.readline().strip()
        for number in range(64):
            Client(url, "/runCase?case=1&agent=a%d" % number).open().messages(echo=True)
        refusals = []
        for number in (64, 65):
            try:
                Client(url, "/runCase?case=1&agent=a%d" % number).open()
            except Refused as refused:
                refusals.append(str(refused).split()[1])
        Client(url, "/runCase?case=1&agent=a7").open().messages(echo=True)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    wrong = differ(refusals, ["503", "503"], "the answer to further agents") + differ(process.returncode, 3, "exit code")
    wrong += differ(out.count("1 case in"), 64, "number of summaries")
    return wrong + differ(said, 'wspect client: there are 64 agents already; further ones, as "a64", are refused\n', "what it says")


def once(world):
    wrong = []
    path = world.path("once.json")
    for bad, left_out, code in ((False, False, 0), (True, False, 1), (False, True, 3), (True, True, 1)):
        with world.host("--once", "--json", path, *THREE) as host:
            for number in range(1, 3 if left_out else 4):
                if bad and number == 1:
                    Client(host.url, "/runCase?case=1&agent=me").open().socket.close()
                else:
                    host.play("/runCase?case=%d&agent=me" % number)
            ask(host.url, "/updateReports?agent=me")
            wrong += differ(host.end(), code, "exit code (bad: %s, a case left out: %s)" % (bad, left_out))
            wrong += differ(len(world.load("once.json")["cases"]), 2 if left_out else 3, "number of cases")
    return wrong


def baseline(world):
    path = world.path("baseline.json")
    wrong = []
    for options, code in (([], 1), (["--baseline", path, "--update-baseline"], 0), (["--baseline", path], 0)):
        with world.host("--once", "--cases", "ping.empty", *options) as host:
            Client(host.url, "/runCase?case=1&agent=me").open().socket.close()
            ask(host.url, "/updateReports?agent=me")
            wrong += differ(host.end(), code, "exit code with %s" % " ".join(options[::2]))
    return wrong


def told_to_end(world):
    wrong = []
    for target, code in (("/updateReports?agent=me&shutdownOnComplete=true", 0), ("/stopServer", 0), ("/updateReports?agent=me&shutdownOnComplete=false", None)):
        with world.host("--json", world.path("ended.json"), "--cases", "ping.empty") as host:
            host.play_all("me")
            wrong += differ(ask(host.url, target), ([], 1000), "the answer to " + target)
            if code is None:
                wrong += differ(host.count(), 1, "the count behind " + target)
                code = 0 if host.end(signal.SIGINT) == 0 else 1
                wrong += differ(code, 0, "exit code")
            else:
                wrong += differ(host.end(), code, "exit code of " + target)
            wrong += differ(verdicts(world.load("ended.json")), {"ping.empty": "OK"}, "the report")
    return wrong


def stopped_in_the_middle(world):
    """While a case is played, a status is waited for, a line is half there: nothing hangs, nothing is left."""
    wrong = []
    for number in (signal.SIGINT, signal.SIGTERM):
        with world.host("--timeout-scale", "20", "--json", world.path("middle.json"), *THREE) as host:
            host.play("/runCase?case=1&agent=me")
            held = [Client(host.url, "/runCase?case=%d&agent=%s" % (n, a)).open() for n in (1, 2) for a in ("me", "you")]
            held += [Client(host.url, "/getCaseStatus?case=2&agent=me"), Client(host.url, "/updateReports?agent=me"), Client(host.url, None, b"GET /run"),
                     Client(host.url, None, b"")]
            held.append(Client(host.url, "/getCaseCount").open())
            host.count()  # everything before it has been looked at
            wrong += differ(host.end(number), 3, "exit code") + differ(host.said, "", "standard error")
            wrong += differ(os.path.exists(world.path("middle.json")) and len(world.load("middle.json")["cases"]), 1, "number of cases")
    return wrong


def held_and_gone(world):
    """Clients that no longer wait for what they asked."""
    with world.host(*THREE) as host:
        for _ in range(20):
            Client(host.url, None, b"GET /getCaseStatus?case=1&agent=me HTTP/1.1\r\n").socket.close()
            half = Client(host.url, None, b"GET /getCaseStatus?case=1&agent=me HTTP/1.1\r\n")
            half.socket.shutdown(socket.SHUT_WR)
            host.play("/runCase?case=1&agent=me")
        flood = Client(host.url, None, b"GET /getCaseStatus?case=2&agent=me HTTP/1.1\r\n" + b"a" * 300000)
        wrong = differ(host.status(1, "me"), "OK", "the status")
        flood.socket.close()
        return wrong + differ(host.end(signal.SIGINT), 3, "exit code") + differ(host.said, "", "standard error")


def many_connections(world):
    """More than there is room for; and more that wait than there is room for."""
    with world.host("--cases", "ping.empty") as host:
        wrong = []
        idle = [Client(host.url, None, b"GET ") for _ in range(1024)]
        late = Client(host.url, "/getCaseCount")
        for client in idle:
            client.socket.close()
        wrong += differ(late.open().messages(), ([b"1"], 1000), "the answer to one that had to wait")
        waiting = [Client(host.url, "/getCaseStatus?case=1&agent=me") for _ in range(300)]
        host.count()
        host.play("/runCase?case=1&agent=me")
        answers = []
        for client in waiting:
            try:
                answers.append(json.loads(client.open().messages()[0][0])["behavior"])
            except (EOFError, ConnectionError):
                answers.append(None)
        wrong += differ((answers.count("OK"), answers.count(None)), (256, 44), "answers and drops")
        return wrong + differ(host.end(signal.SIGINT), 0, "exit code")


def unwritable_report(world):
    """A run goes on when its report cannot be written, says so, and is not a good one."""
    full = "wspect client: cannot write the report to /dev/full: No space left on device\n"
    with world.host("--json", "/dev/full", "--cases", "ping.empty") as host:
        host.play_all("me")
        ask(host.url, "/updateReports?agent=me")
        wrong = differ(host.count(), 1, "the count afterwards")
        return wrong + differ(host.end(signal.SIGINT), 3, "exit code") + differ(host.said, 2 * full, "what it says")


def report_on_standard_output(world):
    """One report, however often it is asked for."""
    with subprocess.Popen([world.wspect, "client", "--listen", "127.0.0.1:0", "--cases", "ping.empty", "--json", "-"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        process.stderr.readline()
        url = process.stderr.readline().strip()
        Client(url, "/runCase?case=1&agent=me").open().messages(echo=True)
        for _ in range(3):
            ask(url, "/updateReports?agent=me")
        ask(url, "/stopServer")
        out, _ = process.communicate(timeout=60)
    return differ(process.returncode, 0, "exit code") + differ(verdicts(json.loads(out)), {"ping.empty": "OK"}, "the report")


def verbose_lines(world):
    with world.host("--verbose", "--cases", "ping.empty") as host:
        host.play("/runCase?case=1&agent=a%1Bb")
        host.end(signal.SIGINT)
        line = r"Running test case ID ping\.empty for agent a\?b from peer 127\.0\.0\.1:[0-9]+\nOK +ping\.empty \(2\.1\)\n"
        return differ(bool(re.match(line, host.out)), True, "what it says (%r)" % host.out)


def autobahn_profile(world):
    with world.host("--profile", "autobahn", "--autobahn-dir", world.path("autobahn")) as host:
        listed = subprocess.run([world.wspect, "cases", "list", "--profile", "autobahn"], capture_output=True, text=True, timeout=60).stdout
        wrong = differ(host.count(), len(listed.splitlines()), "the count")
        info = json.loads(ask(host.url, "/getCaseInfo?case=1")[0][0])
        wrong += differ(info["id"], "1.1.1", "the first id")
        for case in ("1.1.1", "2.3", "5.6", "6.2.1", "7.1.1"):
            host.play("/runCase?casetuple=%s&agent=me" % case)
        ask(host.url, "/updateReports?agent=me")
        index = world.load("autobahn/index.json")["me"]
        wrong += differ({case: row["behavior"] for case, row in index.items()}, dict.fromkeys(("1.1.1", "2.3", "5.6", "6.2.1", "7.1.1"), "OK"), "index.json")
        missing = [row["reportfile"] for row in index.values() if not os.path.exists(world.path("autobahn/" + row["reportfile"]))]
        return wrong + differ(missing, [], "missing files") + differ([n for n in os.listdir(world.path("autobahn")) if n.endswith(".tmp")], [], "what is left")


def over_tls(world):
    with world.host("--tls", *THREE) as host:
        wrong = differ(host.url[:6], "wss://", "the URL")
        host.play_all("me")
        try:
            with socket.create_connection(("127.0.0.1", int(host.url.rsplit(":", 1)[1])), timeout=30) as plain:
                plain.sendall(b"GET /getCaseCount HTTP/1.1\r\n\r\n")
                plain.recv(100)
        except ConnectionError:
            pass
        return wrong + differ(host.end(signal.SIGINT), 0, "exit code")


# ---------------------------------------------------------------- clients that are started


def started(world, options, how, code, right, line="", reason=None, **more):
    """A run with the small client; `right`: verdicts that are not OK."""
    done = world.start(options + ["--json", world.path("started.json")], PLAIN + how, **more)
    wrong = differ(done.returncode, code, "exit code (%s)" % done.stderr.strip()[-300:])
    wrong += differ(done.stderr.strip(), line, "what it says") if line is not None else []
    if right is None:
        return wrong
    report = world.load("started.json")
    found = {case["id"]: case["verdict"] for case in report["cases"] if case["verdict"] != "OK"}
    wrong += differ(found, right, "what is not OK")
    reasons = [case["reason"] for case in report["cases"] if case["id"] in right]
    return wrong + ([] if reason is None or any(reason in r for r in reasons) else ["the reason is %r" % reasons])


def command_good(world):
    wrong = started(world, THREE, [], 0, {})
    report = world.load("started.json")
    wrong += differ(report["target"]["agent"], "plain", "the agent")
    done = world.start(THREE + ["--agent", "mine", "--quiet"], PLAIN)
    return wrong + differ((done.returncode, done.stderr), (0, ""), "with --agent")


def command_gets_url_and_case(world):
    script = 'case "$WSPECT_URL" in "$1") ;; *) exit 7;; esac; [ "$WSPECT_CASE" = "$2" ] || exit 8; exec /usr/bin/python3 "$3" "x$1" 2>&1 || exec /usr/bin/python3 "$3" "$1"'
    done = world.start(["--cases", "ping.empty"], ["sh", "-c", script, "sh", "{url}", "{case}", PLAIN[1]])
    return differ(done.returncode, 0, "exit code (%s)" % (done.stdout + done.stderr)[-300:])


def command_crashes(world):
    return started(world, THREE, ["crash", "ping.empty"], 1, {"ping.empty": "FAILED"}, reason="The client died of signal 6 (SIGABRT). Its output: panic: ping.empty")


def command_crashes_at_the_end(world):
    return started(world, THREE, ["crash-at-end", "ping.empty"], 1, {"ping.empty": "FAILED"}, reason="The client died of signal 11 (SIGSEGV)")


def command_crashes_in_a_shell(world):
    done = world.start(["--cases", "ping.empty", "--json", world.path("shell.json")], ["sh", "-c", " ".join(PLAIN) + " crash ping.empty; exit $?"])
    reason = world.load("shell.json")["cases"][0]["reason"]
    return differ(done.returncode, 1, "exit code") + ([] if "status 134 (as shells say for signal 6, SIGABRT)" in reason else [reason])


def command_sanitized(world):
    return started(world, THREE, ["sanitized", "ping.empty"], 1, {"ping.empty": "FAILED"},
                   reason="The client ended with status 1. Its output: SUMMARY: AddressSanitizer: heap-use-after-free")


def command_has_a_status_of_its_own(world):
    return started(world, THREE, ["odd-status"], 0, {})


def command_exits_at_once(world):
    return started(world, ["--profile", "quick"], ["exit"], 3, None,
                   "wspect client: /usr/bin/python3: no client has connected. The client ended with status 5 and had not connected. Its output: no such option")


def command_never_connects(world):
    return started(world, THREE + ["--timeout-scale", "0.04"], ["silent"], 3, None,
                   "wspect client: /usr/bin/python3: no client has connected. The client did not connect in time, and was stopped")


def command_not_found(world):
    done = world.start(THREE, ["/no/such", "{url}"])
    return differ((done.returncode, done.stderr), (2, "wspect client: /no/such cannot be started: no such file or directory\n"), "the end")


def command_connects_twice(world):
    return started(world, THREE, ["twice"], 0, {})


def command_never_ends(world):
    return started(world, THREE + ["--timeout-scale", "0.2"], ["never-ends"], 0, dict.fromkeys(IDS, "INFORMATIONAL"),
                   reason="The client was still running some seconds after the end of its connection, and was stopped")


def command_is_deaf(world):
    return started(world, ["--cases", "ping.empty", "--timeout-scale", "0.2"], ["deaf"], 0, {"ping.empty": "INFORMATIONAL"}, reason="and was stopped")


def command_is_flaky(world):
    wrong = started(world, ["--cases", "ping.empty", "--timeout-scale", "0.3"], ["deaf-once", world.path("flaky")], 0, {})
    flaky = [case for case in world.load("started.json")["cases"] if case["flaky"]]
    return wrong + differ([case["id"] for case in flaky], ["ping.empty"], "what is flaky") + \
        differ([case["reason"] for case in flaky], ["Flaky: another run of the case was FAILED"], "the reason")


def command_repeated(world):
    """The worst of several rounds counts, and what differs is flaky."""
    wrong = started(world, ["--cases", "ping.empty,1.1.1", "--repeat", "3"], ["dies-once", world.path("died")], 1, {"ping.empty": "FAILED"},
                    reason="The client died of signal 6 (SIGABRT)")
    report = world.load("started.json")
    reasons = {case["id"]: case["reason"] for case in report["cases"] if case["flaky"]}
    wrong += differ(list(reasons), ["ping.empty"], "what is flaky") + differ(report["options"].get("repeat"), "3", "the option")
    return wrong + ([] if "Flaky: another run of the case was OK" in reasons.get("ping.empty", "") else [repr(reasons)])


def command_interrupted(world):
    """What was played is in the report, and nothing is left behind."""
    wrong = []
    for signals, how in (([signal.SIGINT], "never-ends"), ([signal.SIGTERM, signal.SIGTERM], "deaf"), ([signal.SIGINT], "silent")):
        process = subprocess.Popen([world.wspect, "client", "--verbose", "--jobs", "2"] + THREE + ["--", "sh", "-c", "echo pid $$; exec \"$@\"", "sh"] + PLAIN + [how],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        pids = [int(process.stderr.readline().split()[1]) for _ in range(2)]
        for number in signals:
            process.send_signal(number)
        process.communicate(timeout=30)
        wrong += differ(process.returncode, 3, "exit code (%s)" % how)
        wrong += ["process %d is left" % pid for pid in pids if os.path.exists("/proc/%d/environ" % pid) and is_alive(pid)]
    return wrong


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


# the reference peer as a client over TCP: fault or variant, cases, verdicts that are not OK
PEERS = [
    ("--variant head-lower-case", "quick", {}),
    ("--variant client-closes-tcp-first", "quick", {}),
    ("--variant absolute-target", "quick", {}),
    ("--variant no-deflate", "ping.*", {}),
    ("--variant echo-in-two-fragments", "message.text.*", {}),
    ("--fault wrong-mask", "message.text.length-125", {"message.text.length-125": "FAILED"}),
    ("--fault never-pong", "ping.empty", {"ping.empty": "FAILED"}),
    ("--fault silent", "close.after-echo", {"close.after-echo": "FAILED"}),
    ("--fault echo-twice", "close.after-echo", {"close.after-echo": "FAILED"}),
    ("--fault close-at-open", "close.after-echo", {"close.after-echo": "FAILED"}),
    ("--fault client-takes-any-accept", "handshake.response.accept-of-another-key", {"handshake.response.accept-of-another-key": "FAILED"}),
    ("--fault client-takes-200", "handshake.response.status-200", {"handshake.response.status-200": "FAILED"}),
    ("--fault request-without-host", "handshake.request.well-formed", {"handshake.request.well-formed": "FAILED"}),
    ("--fault key-always-zeros", "frame.mask.keys.messages", {"frame.mask.keys.messages": "FAILED"}),
    ("--fault overlong-2", "utf8.invalid.overlong.slash.length-2", {"utf8.invalid.overlong.slash.length-2": "FAILED"}),
    ("--fault one-octet-taken", "close.payload.one-octet", {"close.payload.one-octet" + end: "FAILED" for end in ("", ".00", ".03", ".ff")}),
    ("--fault deflate-keeps-context", "deflate.takeover.off", {"deflate.takeover.off": "FAILED"}),
    ("--fault crashes-at-empty-text", "message.text.length-0", {"message.text.length-0": "FAILED"}),
]


def peer_check(words, cases, right):
    def check(world):
        select = ["--profile", cases] if cases == "quick" else ["--cases", cases]
        done = world.start(select + ["--timeout-scale", "0.5", "--json", world.path("peer.json")], [world.wspect, "echo", "--connect", "{url}"] + words.split())
        if done.returncode not in (0, 1):
            return ["exit code %d: %s" % (done.returncode, done.stderr.strip()[-300:])]
        found = {id: verdict for id, verdict in verdicts(world.load("peer.json")).items() if verdict not in ("OK", "UNIMPLEMENTED")}
        return differ(done.returncode, 1 if right else 0, "exit code (%s)" % done.stderr[-300:]) + differ(found, right, "what is not OK")
    return check


def reference_over_tls(world):
    done = world.start(["--tls", "--profile", "quick", "--chop", "7"], [world.wspect, "echo", "--connect", "{url}", "--insecure"])
    return differ(done.returncode, 0, "exit code (%s)" % done.stdout[-500:])


USAGE = [
    ("help", ["client", "--help"], 0, ""),
    ("port", ["client", "--listen", "nowhere"], 2, "wspect client: --listen takes HOST:PORT, [IPv6]:PORT or PORT, not \"nowhere\""),
    ("no-command", ["client", "--"], 2, "wspect client: \"--\" needs a command behind it; see wspect client --help"),
    ("repeat-without-command", ["client", "--repeat", "2"], 2, "wspect client: --repeat is for clients that are started: give it a command"),
    ("once-and-command", ["client", "--once", "--", "x"], 2,
     "wspect client: --once is for clients that come by themselves; with a command the run ends by itself"),
    ("unknown-case", ["client", "--cases", "no.such"], 2, "wspect client: --cases: no case fits \"no.such\"; see wspect cases list"),
    ("servers-only", ["client", "--cases", "handshake.request.version-12"], 2, None),
    ("no-case-left", ["client", "--cases", "ping.empty", "--exclude", "ping*"], 2,
     "wspect client: no case is left to play: look at --profile, --cases and --exclude"),
    ("subprotocol-unsaid", ["client", "--cases", "handshake.response.subprotocol-in-other-case"], 2,
     "wspect client: no case is left to play: look at --profile, --cases, --exclude and --subprotocol"),
    ("url", ["client", "ws://127.0.0.1"], 2, "wspect client: one argument too many: \"ws://127.0.0.1\""),
    ("certificate", ["client", "--cert", "/no/such.pem"], 2, None),
    ("echo-connect-nowhere", ["echo", "--connect", "ws://127.0.0.1:1/"], 3,
     "wspect echo: cannot connect to 127.0.0.1 port 1: connection refused"),
    ("echo-connect-to-what", ["echo", "--connect", "localhost"], 2,
     "wspect echo: \"localhost\" is no WebSocket URL: a WebSocket URI begins with ws:// or wss://"),
    ("echo-fault-of-servers", ["echo", "--connect", "ws://127.0.0.1:1/", "--fault", "server-takes-post"], 2, None),
]


def usage_check(arguments, code, line):
    def check(world):
        done = subprocess.run([world.wspect] + arguments, capture_output=True, text=True, timeout=60)
        said = done.stderr.splitlines()
        wrong = differ(done.returncode, code, "exit code") + differ(len(said) <= 1, True, "one line (%r)" % said)
        return wrong + (differ(said[0] if said else "", line, "what it says") if line is not None else differ(bool(said), True, "saying something"))
    return check


CHECKS = [("control-" + f.__name__.replace("_", "-"), f) for f in (
    counts_and_describes, refuses_what_is_wrong, plays_a_case_however_it_is_named, tells_the_status, reports_are_there_when_the_client_is_told,
    update_waits_for_the_case_before, several_agents, bounded_agents, once, baseline, told_to_end, stopped_in_the_middle, held_and_gone, many_connections,
    unwritable_report, report_on_standard_output, verbose_lines, autobahn_profile, over_tls)]
CHECKS += [(f.__name__.replace("_", "-"), f) for f in (
    command_good, command_gets_url_and_case, command_crashes, command_crashes_at_the_end, command_crashes_in_a_shell, command_sanitized,
    command_has_a_status_of_its_own, command_exits_at_once,
    command_never_connects, command_not_found, command_connects_twice, command_never_ends, command_is_deaf, command_is_flaky, command_repeated, command_interrupted,
    reference_over_tls)]
CHECKS += [("peer-" + words.split()[1], peer_check(words, cases, right)) for words, cases, right in PEERS]
CHECKS += [("usage-" + name, usage_check(arguments, code, line)) for name, arguments, code, line in USAGE]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wspect", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    fine = True
    for name, check in CHECKS:
        if arguments.only not in "client-" + name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = check(World(os.path.abspath(arguments.wspect), folder))
        print("FAIL client-%s: %s" % (name, "; ".join(wrong)) if wrong else "PASS client-" + name, flush=True)
        fine = fine and not wrong
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
