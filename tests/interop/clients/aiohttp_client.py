"""A client under test on aiohttp (Debian: python3-aiohttp): client.py URL, or --driver BASE_URL AGENT."""
import asyncio
import sys

import aiohttp


async def echo(session, url):
    async with session.ws_connect(url, max_msg_size=0, compress=15) as socket:
        async for message in socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type == aiohttp.WSMsgType.BINARY:
                await socket.send_bytes(message.data)


async def drive(base, agent):
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(base + "/getCaseCount") as socket:
            count = int(await socket.receive_str())
        for case in range(1, count + 1):
            try:
                await echo(session, "%s/runCase?case=%d&agent=%s" % (base, case, agent))
            except Exception as error:
                print("case %d: %s: %s" % (case, type(error).__name__, error), file=sys.stderr)
        await echo(session, "%s/updateReports?agent=%s" % (base, agent))


async def once(url):
    async with aiohttp.ClientSession() as session:
        await echo(session, url)


asyncio.run(drive(sys.argv[2], sys.argv[3]) if sys.argv[1] == "--driver" else once(sys.argv[1]))
