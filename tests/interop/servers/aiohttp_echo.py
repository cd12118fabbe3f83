"""An echo server on aiohttp. Prints its URL."""
import asyncio
import logging

from aiohttp import WSMsgType, web

LIMIT = 64 * 1024 * 1024


async def echo(request):
    socket = web.WebSocketResponse(max_msg_size=LIMIT)
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def main():
    logging.disable(logging.CRITICAL)
    application = web.Application()
    application.router.add_get("/{path:.*}", echo)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("ws://127.0.0.1:%d" % runner.addresses[0][1], flush=True)
    await asyncio.Future()


asyncio.run(main())
