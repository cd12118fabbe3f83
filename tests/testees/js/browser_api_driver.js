// Takes a WebSocket of the browsers' kind through all cases of `wspect client` (or of Autobahn's fuzzing server) over
// the control protocol: the one that is built into Node.js 22, Deno and Bun, or that of npm undici.
//
//     node browser_api_driver.js [ws://127.0.0.1:9001 [AGENT]]
'use strict';
const WebSocket = globalThis.WebSocket ?? require('undici').WebSocket;

const base = process.argv[2] || 'ws://127.0.0.1:9001';
const agent = encodeURIComponent(process.argv[3] || `node-${process.versions.node}`);

// Resolves to the last message, when the connection is over, however it ends.
function visit(path, echo) {
  return new Promise((resolve) => {
    let last = null;
    const socket = new WebSocket(base + path);
    socket.binaryType = 'arraybuffer'; // Blobs are read asynchronously: their echoes would fall out of order
    socket.onmessage = (event) => {
      if (echo) socket.send(event.data);
      else last = event.data;
    };
    socket.onerror = () => resolve(last); // onclose should follow, but does not always in undici
    socket.onclose = () => resolve(last);
  });
}

async function main() {
  const count = Number(await visit('/getCaseCount', false));
  if (!count) throw new Error(`no cases at ${base}`);
  for (let n = 1; n <= count; n++) await visit(`/runCase?case=${n}&agent=${agent}`, true);
  await visit(`/updateReports?agent=${agent}`, false);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
