// The whole product on this machine: PostgreSQL, Redis, migrations, a first tenant, the api and its workers.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { runApplication, startApplication } from './applications.mjs';
import { startBackends } from './backends.mjs';
import { ensureBuilt } from './build.mjs';
import { checkout } from './checkout.mjs';
import { emptyDataFolder, keepLogsSmall, keepOldLogs, takeDataFolder } from './data-folder.mjs';
import { embeddedEnvironment } from './environment.mjs';
import { ensureInstalled } from './install.mjs';
import { apiPort, freePort } from './ports.mjs';
import { readJson, secretsOf, writePrivateJson } from './private-files.mjs';
import { spawnService } from './processes.mjs';

/** @typedef {import('./stack.d.mts').StackOptions} StackOptions */
/** @typedef {import('./stack.d.mts').Stack} Stack */

/**
 * Sets everything up and starts it; resolves when the api and the workers are ready for use.
 * @param {StackOptions} [options]
 * @returns {Promise<Stack>}
 */
export async function startStack({ root = checkout, workers = 1, log = console.log, ...options } = {}) {
  const dataDir = path.resolve(root, options.dataDir ?? '.tenure');
  const folder = await takeDataFolder(dataDir);
  const stack = new LocalStack({ ...options, root, log, dataDir, folder });
  try {
    await stack.open(workers);
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** @implements {Stack} */
class LocalStack {
  workers = [];
  #settings;
  #parts = []; // what has to be stopped, in the order it was started
  #isOpen = false;

  constructor(settings) {
    this.#settings = settings;
    this.dataDir = settings.dataDir;
  }

  async open(workers) {
    const { root, dataDir, log, fresh, folder, ...settings } = this.#settings;
    const port = await apiPort(settings.port ?? process.env.PORT);
    this.url = `http://127.0.0.1:${port}`;
    await ensureInstalled({ root, log });
    await ensureBuilt({ root, log });
    if (fresh) emptyDataFolder(dataDir);
    keepOldLogs(dataDir);
    this.#parts.push({ stop: keepLogsSmall(dataDir) });
    await this.#startBackends(settings.env);
    log(await runApplication({ root, program: 'api/src/migrate', env: this.env }));
    this.credentials = await this.#credentialsOfFirstTenant();
    log(`Starting the api and ${workers === 1 ? 'a worker' : `${workers} workers`} …`);
    this.api = await this.#startApplication('api', port, { PORT: String(port) });
    while (this.workers.length < workers) await this.addWorker();
    folder.announce(this.url);
    this.#isOpen = true;
  }

  async addWorker() {
    const port = await freePort();
    const worker = await this.#startApplication(`worker-${this.workers.length + 1}`, port, {
      WORKER_PORT: String(port),
    });
    this.workers.push(worker);
    return worker;
  }

  spawn(options) {
    const service = spawnService({ logFile: this.#logOf(options.name), onCrash: this.#crashed, ...options });
    this.#parts.push(service);
    return service;
  }

  async stop() {
    for (const part of this.#parts.splice(0).reverse()) await part.stop();
    this.#settings.folder.release();
  }

  async #startBackends(extraEnv) {
    const { root, dataDir, log } = this.#settings;
    const secrets = secretsOf(dataDir);
    const onPart = (part) => this.#parts.push(part);
    const backends = await startBackends({ root, dataDir, secrets, log, onPart, onCrash: this.#crashed });
    this.postgres = backends.postgres;
    this.redis = backends.redis;
    // Credentials are those of a database: a copied checkout has the file without its data.
    if (backends.isNew) rmSync(this.#credentialsFile, { force: true });
    this.env = { ...embeddedEnvironment({ url: this.url, secrets }), ...backends.env, ...extraEnv };
  }

  // The program that makes the first tenant prints its key once: the file is the only place that has it.
  async #credentialsOfFirstTenant() {
    const kept = readJson(this.#credentialsFile) ?? (await this.#makeFirstTenant());
    const credentials = { ...kept, url: this.url };
    writePrivateJson(this.#credentialsFile, credentials);
    return credentials;
  }

  async #makeFirstTenant() {
    const { root } = this.#settings;
    const printed = await runApplication({ root, program: 'api/src/first-tenant', env: this.env });
    return { url: this.url, ...JSON.parse(printed.split('\n').at(-1)) };
  }

  async #startApplication(name, port, ownEnv) {
    const program = `${name.startsWith('worker') ? 'worker' : 'api'}/src/main`;
    // Only migrations need the owner of the database; what serves requests never has its password.
    const env = { ...this.env, ...ownEnv };
    delete env.DATABASE_OWNER_URL;
    const { root } = this.#settings;
    const app = await startApplication({
      name,
      root,
      program,
      port,
      env,
      logFile: this.#logOf(name),
      onCrash: this.#crashed,
    });
    this.#parts.push(app);
    return app;
  }

  get #credentialsFile() {
    return path.join(this.dataDir, 'credentials.json');
  }

  #logOf(name) {
    return path.join(this.dataDir, 'logs', `${name}.log`);
  }

  // What ends while the stack is being started is told by whoever waits for it.
  #crashed = (service) => {
    if (this.#isOpen) this.#settings.onCrash?.(service);
  };
}
