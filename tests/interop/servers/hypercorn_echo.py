"""An echo server on hypercorn, which stands on wsproto. Prints its URL. With Debian's python3-hypercorn."""
import asyncio
import logging
import socket

from hypercorn.asyncio import serve
from hypercorn.config import Config

from asgi_echo import LIMIT, echo


def main():
    logging.disable(logging.CRITICAL)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.set_inheritable(True)
    print("ws://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    config = Config()
    config.bind = ["fd://%d" % listener.fileno()]
    config.websocket_max_message_size = LIMIT
    asyncio.run(serve(echo, config))


main()
