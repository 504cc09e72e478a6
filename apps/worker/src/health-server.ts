import { createServer, type Server, type ServerResponse } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  checkHealth,
  CONFIG,
  Database,
  LOG,
  Metrics,
  Queues,
  type Config,
  type Log,
  loggedReason,
} from '@tenure/platform';

/** `/health/live`, `/health/ready` and `/metrics` of a worker: it has no other address. */
@Injectable()
export class HealthServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server: Server;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
    @Inject(Database) private readonly database: Database,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {
    metrics.registry.setDefaultLabels({ process: 'worker' });
    this.server = createServer((request, response) => {
      this.answer(request.url ?? '', response).catch((error: unknown) => {
        this.log.error({ event: 'health.failed', reason: loggedReason(error) });
        response.writeHead(500).end();
      });
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { workerPort, host } = this.config;
    await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(workerPort, host, resolve));
    this.log.info({ event: 'worker.health_at', address: this.server.address() });
  }

  onApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(url: string, response: ServerResponse): Promise<void> {
    if (url === '/health/live') return send(response, 200, 'application/json', '{"status":"ok"}');
    if (url === '/metrics')
      return send(response, 200, this.metrics.registry.contentType, await this.metrics.registry.metrics());
    if (url !== '/health/ready') return send(response, 404, 'application/json', '{"status":"unknown"}');
    const health = await checkHealth({
      ...{ database: this.database, queues: this.queues, log: this.log },
      needs: ['postgres', 'redis'],
    });
    send(response, health.status === 'ok' ? 200 : 503, 'application/json', JSON.stringify(health));
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
