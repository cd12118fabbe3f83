// An echo server on npm ws behind Node's https. Prints its URL.
//
//     openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost
//     node ws_tls.js cert.pem key.pem TLSv1.2
'use strict';
const fs = require('fs');
const https = require('https');
const { WebSocketServer } = require('ws');
const [cert, key, version] = process.argv.slice(2);
const options = { cert: fs.readFileSync(cert), key: fs.readFileSync(key), minVersion: version, maxVersion: version };
const server = https.createServer(options, (request, response) => response.writeHead(400).end());
const sockets = new WebSocketServer({ server, perMessageDeflate: true, maxPayload: 64 * 1024 * 1024, maxFragments: 1 << 20, maxBufferedChunks: 1 << 22 });
sockets.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});
server.on('tlsClientError', () => {});
server.listen(0, 'localhost', () => console.log(`wss://localhost:${server.address().port}`));
