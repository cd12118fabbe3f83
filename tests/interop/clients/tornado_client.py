"""A client under test on tornado (Debian: python3-tornado): client.py URL, or --driver BASE_URL AGENT."""
import asyncio
import sys

from tornado.websocket import WebSocketClosedError, websocket_connect

SETTINGS = {"compression_options": {}, "max_message_size": 64 << 20, "connect_timeout": 60}


async def echo(url):
    socket = await websocket_connect(url, **SETTINGS)
    while True:
        message = await socket.read_message()
        if message is None:
            break
        try:
            await socket.write_message(message, isinstance(message, bytes))
        except WebSocketClosedError:
            break


async def drive(base, agent):
    socket = await websocket_connect(base + "/getCaseCount")
    count = int(await socket.read_message())
    for case in range(1, count + 1):
        try:
            await asyncio.wait_for(echo("%s/runCase?case=%d&agent=%s" % (base, case, agent)), 8)
        except Exception as error:
            print("case %d: %s: %s" % (case, type(error).__name__, error), file=sys.stderr)
    await echo("%s/updateReports?agent=%s" % (base, agent))


asyncio.run(drive(sys.argv[2], sys.argv[3]) if sys.argv[1] == "--driver" else echo(sys.argv[1]))
