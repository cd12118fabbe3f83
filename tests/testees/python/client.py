#!/usr/bin/env python3
"""A client under test on websockets (Debian: python3-websockets). It echoes every message until the connection ends.

    wspect client -- python3 client.py {url}                    one process for every case
    wspect client --once &                                      or the cases one after the other,
    python3 client.py --driver ws://127.0.0.1:9001 websockets   over Autobahn's control protocol
"""
import asyncio
import sys
import urllib.parse

import websockets

# Replace this by the settings of your application. A limit on messages is legal, and tells in the report's table of limits.
SETTINGS = {"max_size": None, "ping_interval": None, "open_timeout": 60}


async def echo(url):
    async with websockets.connect(url, **SETTINGS) as socket:
        try:
            async for message in socket:
                await socket.send(message)
        except websockets.ConnectionClosed:
            pass


async def drive(base, agent):
    async with websockets.connect(base + "/getCaseCount", **SETTINGS) as socket:
        count = int(await socket.recv())
    agent = urllib.parse.quote(agent)
    for case in range(1, count + 1):
        try:
            await echo("%s/runCase?case=%d&agent=%s" % (base, case, agent))
        except Exception as error:  # the opening handshake failed: many cases want that
            print("case %d: %s: %s" % (case, type(error).__name__, error), file=sys.stderr)
    await echo("%s/updateReports?agent=%s" % (base, agent))


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--driver":
        asyncio.run(drive(sys.argv[2].rstrip("/"), sys.argv[3]))
    elif len(sys.argv) == 2:
        try:
            asyncio.run(echo(sys.argv[1]))
        except (websockets.WebSocketException, OSError, asyncio.TimeoutError) as error:
            sys.exit("%s: %s" % (type(error).__name__, error))
    else:
        sys.exit("usage: client.py URL | --driver BASE_URL AGENT")
