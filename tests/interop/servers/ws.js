// An echo server on npm ws. Prints its URL; --default keeps the library's own limits.
'use strict';
const { WebSocketServer } = require('ws');
const options = { host: '127.0.0.1', port: 0, perMessageDeflate: true };
if (!process.argv.includes('--default')) {
  options.maxPayload = 64 * 1024 * 1024;
  options.maxFragments = 1 << 20;
  options.maxBufferedChunks = 1 << 22;
}
const server = new WebSocketServer(options, () => {
  console.log(`ws://127.0.0.1:${server.address().port}`);
});
server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
