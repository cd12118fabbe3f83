// Echoes with a WebSocket of the browsers' kind (Node.js 22, Deno, Bun, or npm undici) until the connection ends. For
//
//     wspect client -- node browser_api_once.js {url}
'use strict';
const WebSocket = globalThis.WebSocket ?? require('undici').WebSocket;

const socket = new WebSocket(process.argv[2]);
socket.binaryType = 'arraybuffer'; // Blobs are read asynchronously: their echoes would fall out of order
socket.onmessage = (event) => socket.send(event.data);
socket.onerror = (event) => console.error(event.message || 'error'); // onclose follows
