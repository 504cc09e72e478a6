// One Redis server: started, stopped, killed and started again. For the stack, and for tests that break it.
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort } from './ports.mjs';
import { password as newPassword } from './private-files.mjs';
import { run, spawnService } from './processes.mjs';
import { waitFor } from './wait-for.mjs';

/** @typedef {import('./redis.d.mts').RedisOptions} RedisOptions */
/** @typedef {import('./redis.d.mts').RedisServer} RedisServer */

/**
 * Starts a Redis server on a folder of its own.
 * @param {RedisOptions} options
 * @returns {Promise<RedisServer>}
 */
export async function startRedis(options) {
  const { dataDir, durable = true, password = newPassword() } = options;
  const logFile = options.logFile ?? `${dataDir}.log`;
  const server = { ...options, durable, password, logFile, port: options.port ?? (await freePort()) };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  let service = await launch(server);
  return {
    url: `redis://:${password}@127.0.0.1:${server.port}`,
    port: server.port,
    password,
    stop: async () => void (await service.stop()),
    async kill() {
      if (server.image) await run({ command: 'docker', args: ['kill', containerName(server)] });
      await service.kill();
    },
    async start() {
      if (!service.running) service = await launch(server);
    },
    async restart() {
      await service.stop();
      service = await launch(server);
    },
    flush: async () => void (await command(server, 'FLUSHALL')),
  };
}

async function launch(server) {
  const service = spawnServer(server);
  try {
    // While it reads its file it answers LOADING. A container's image may have to be pulled first.
    await waitFor(() => command(server, 'PING'), { service, withinMs: server.image ? 300_000 : 60_000 });
    return service;
  } catch (error) {
    await service.kill();
    throw error;
  }
}

function spawnServer(server) {
  const { command: program, libraryPath, image, dataDir, logFile, onCrash } = server;
  const shared = { name: 'Redis', graceMs: 30_000, backend: true, logFile, onCrash };
  // The configuration goes in by stdin: a password among the arguments could be read by every user.
  if (image)
    return spawnService({
      ...shared,
      command: 'docker',
      args: containerArguments(server),
      input: configuration(server, '/data', 6379),
    });
  const env = libraryPath ? { ...process.env, LD_LIBRARY_PATH: libraryPath } : process.env;
  const input = configuration(server, dataDir, server.port);
  return spawnService({ ...shared, command: program, args: ['-'], cwd: path.dirname(dataDir), env, input });
}

function configuration({ image, durable, password }, directory, port) {
  return [
    `bind ${image ? '0.0.0.0' : '127.0.0.1'}`,
    `port ${port}`,
    `dir "${directory}"`,
    `requirepass ${password}`,
    'maxmemory-policy noeviction',
    'save ""',
    `appendonly ${durable ? 'yes' : 'no'}`,
    '',
  ].join('\n');
}

function containerArguments(server) {
  const { image, dataDir, port } = server;
  const user = `${process.getuid()}:${process.getgid()}`;
  const options = ['--interactive', '--rm', '--name', containerName(server), '--user', user];
  return [
    'run',
    ...options,
    '--publish',
    `127.0.0.1:${port}:6379`,
    '--volume',
    `${dataDir}:/data`,
    image,
    'redis-server',
    '-',
  ];
}

function containerName({ port }) {
  return `tenure-redis-${port}`;
}

// Two commands do not need a client library, and this must also work before one is installed.
function command({ port, password }, name) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 5_000 });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text;
      if (answer.split('\r\n').length <= 2) return;
      socket.destroy();
      const reply = answer.split('\r\n')[1];
      if (reply.startsWith('+')) resolve(reply);
      else reject(new Error(`Redis answered ${reply}`));
    });
    socket.once('error', reject).once('timeout', () => socket.destroy(new Error('Redis does not answer')));
    socket.once('close', () => reject(new Error('Redis closed the connection')));
    socket.write(`AUTH ${password}\r\n${name}\r\n`);
  });
}
