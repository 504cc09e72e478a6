import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const DEFAULT_API_PORT = 3000;

// Below the systems' ephemeral ranges (32768 on Linux, 49152 elsewhere): an outgoing connection must not be able to
// take the port of a server that is being restarted.
const LOWEST = 15_000;
const HIGHEST = 30_000;

/**
 * Whether nobody listens on a port, on the loopback address or on all addresses.
 * @param {number} port
 */
export async function isPortFree(port) {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

/** A free port, for a server whose address is told to whoever needs it. */
export async function freePort() {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isPortFree(port)) return port;
  }
}

async function nextFreePort(from) {
  for (let port = from; port <= 65_535; port += 1) {
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No port is free from ${from} upwards.`);
}

/**
 * The port of the api: the wanted one or nothing when one was asked for, else the first free one from 3000.
 * @param {string | number} [wanted]
 */
export async function apiPort(wanted) {
  if (wanted === undefined || wanted === '') return nextFreePort(DEFAULT_API_PORT);
  const port = Number(wanted);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT must be a number from 1 to 65535, not "${wanted}".`);
  if (!(await isPortFree(port)))
    throw new Error(`Port ${port} is taken. Choose another PORT, or leave it out to get a free one.`);
  return port;
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
