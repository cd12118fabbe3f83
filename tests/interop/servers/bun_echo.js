// An echo server on Bun, whose WebSocket server is uWebSockets (C++). Prints its URL. With npm's bun:
//
//     bun bun_echo.js
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('not a WebSocket handshake', { status: 400 });
  },
  websocket: {
    maxPayloadLength: 64 * 1024 * 1024,
    backpressureLimit: 64 * 1024 * 1024,
    perMessageDeflate: { compress: 'dedicated', decompress: 'dedicated' },
    message(socket, message) {
      socket.send(message, true);
    },
  },
});
console.log(`ws://127.0.0.1:${server.port}`);
