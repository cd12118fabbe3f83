"""A client under test on websocket-client (Debian: python3-websocket): client.py URL, or --driver BASE_URL AGENT."""
import sys

import websocket


def echo(url):
    socket = websocket.create_connection(url, timeout=60)
    try:
        while True:
            opcode, data = socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                break
            socket.send(data, opcode)
    finally:
        socket.shutdown()


def drive(base, agent):
    socket = websocket.create_connection(base + "/getCaseCount")
    count = int(socket.recv())
    socket.close()
    for case in range(1, count + 1):
        try:
            echo("%s/runCase?case=%d&agent=%s" % (base, case, agent))
        except Exception as error:
            print("case %d: %s: %s" % (case, type(error).__name__, error), file=sys.stderr)
    websocket.create_connection("%s/updateReports?agent=%s" % (base, agent)).close()


if sys.argv[1] == "--driver":
    drive(sys.argv[2], sys.argv[3])
else:
    echo(sys.argv[1])
