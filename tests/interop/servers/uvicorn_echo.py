"""An echo server on uvicorn. Prints its URL. --wsproto takes the library wsproto in place of websockets. With Debian's python3-uvicorn,
python3-wsproto and python3-websockets."""
import asyncio
import socket
import sys

import uvicorn

from asgi_echo import LIMIT, echo


def main():
    library = "wsproto" if "--wsproto" in sys.argv else "websockets"
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    print("ws://127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    config = uvicorn.Config(echo, ws=library, ws_max_size=LIMIT, lifespan="off", log_level="critical", ws_ping_interval=None)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


main()
