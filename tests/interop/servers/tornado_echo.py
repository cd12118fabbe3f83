"""An echo server on tornado. Prints its URL."""
import asyncio
import logging

from tornado import httpserver, netutil, web, websocket

LIMIT = 64 * 1024 * 1024


class Echo(websocket.WebSocketHandler):
    def check_origin(self, origin):
        return True

    def get_compression_options(self):
        return {}  # offers of permessage-deflate are taken with the library's defaults

    async def on_message(self, message):
        try:
            await self.write_message(message, binary=isinstance(message, bytes))
        except websocket.WebSocketClosedError:
            pass


async def main():
    logging.disable(logging.CRITICAL)
    sockets = netutil.bind_sockets(0, "127.0.0.1")
    application = web.Application([(r"/.*", Echo)], websocket_max_message_size=LIMIT)
    httpserver.HTTPServer(application, max_buffer_size=2 * LIMIT).add_sockets(sockets)
    print("ws://127.0.0.1:%d" % sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
