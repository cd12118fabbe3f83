// An echo server on npm websocket (WebSocket-Node), which knows no permessage-deflate. Prints its URL.
'use strict';
const http = require('http');
const { server: WebSocketServer } = require('websocket');
const listener = http.createServer((request, response) => {
  response.writeHead(404);
  response.end();
});
listener.listen(0, '127.0.0.1', () => console.log(`ws://127.0.0.1:${listener.address().port}`));
const server = new WebSocketServer({
  httpServer: listener,
  maxReceivedFrameSize: 64 * 1024 * 1024,
  maxReceivedMessageSize: 64 * 1024 * 1024,
  disableNagleAlgorithm: true,
});
server.on('request', (request) => {
  const connection = request.accept(null, request.origin); // no subprotocol, whatever is offered
  connection.on('error', () => {});
  connection.on('message', (message) => {
    if (message.type === 'utf8') connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});
