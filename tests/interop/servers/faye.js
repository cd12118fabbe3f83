// An echo server on npm faye-websocket, without extensions, as it comes. Prints its URL.
'use strict';
const http = require('http');
const WebSocket = require('faye-websocket');
const listener = http.createServer((request, response) => {
  response.writeHead(404);
  response.end();
});
listener.on('upgrade', (request, socket, head) => {
  if (!WebSocket.isWebSocket(request)) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const connection = new WebSocket(request, socket, head, [], { maxLength: 64 * 1024 * 1024 });
  connection.on('error', () => {});
  connection.on('message', (event) => connection.send(event.data));
});
listener.listen(0, '127.0.0.1', () => console.log(`ws://127.0.0.1:${listener.address().port}`));
