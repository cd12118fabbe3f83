// An echo server on Deno, whose WebSocket server is fastwebsockets (Rust). Prints its URL. With npm's deno:
//
//     deno run --allow-net deno_echo.js
function echo(request) {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return new Response('not a WebSocket handshake', { status: 400 });
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  socket.binaryType = 'arraybuffer';
  socket.onmessage = (event) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(event.data);
  };
  socket.onerror = () => {};
  return response;
}

Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(`ws://127.0.0.1:${port}`) }, echo);
