// Echoes with npm ws until the connection ends. For
//
//     wspect client -- node ws_once.js {url}
'use strict';
const WebSocket = require('ws');

const socket = new WebSocket(process.argv[2]);
socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
socket.on('error', (error) => console.error(error.message)); // 'close' follows
