// The process that outlives a killed script for a moment, and leaves nothing of it behind.
// The script tells it on stdin, one JSON line each, what it starts and ends. When the script is gone, however it went,
// stdin ends: what is still on the list is stopped in order, and temporary folders are removed.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { stopInOrder } from './stop-process.mjs';

const processes = new Map();
const directories = new Set();

const messages = {
  started: (stoppable) => processes.set(stoppable.pid, stoppable),
  ended: (pid) => processes.delete(pid),
  directory: (path) => directories.add(path),
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const [kind, value] = JSON.parse(line);
  messages[kind](value);
}

await stopInOrder(processes.values());
for (const path of directories) rmSync(path, { recursive: true, force: true });
