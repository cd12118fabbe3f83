// Takes npm ws through all cases of `wspect client` (or of Autobahn's fuzzing server) over the control protocol.
//
//     node ws_driver.js [ws://127.0.0.1:9001 [AGENT]]
'use strict';
const WebSocket = require('ws');

const base = process.argv[2] || 'ws://127.0.0.1:9001';
const agent = encodeURIComponent(process.argv[3] || `ws-${require('ws/package.json').version}`);

// Resolves to the text of the last message, when the connection is over, however it ends.
function visit(path, echo) {
  return new Promise((resolve) => {
    let text = null;
    const socket = new WebSocket(base + path);
    socket.on('message', (data, isBinary) => {
      if (echo) socket.send(data, { binary: isBinary });
      else text = data.toString();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => resolve(text));
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
