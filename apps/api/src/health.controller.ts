import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  checkHealth,
  CONFIG,
  Database,
  hashToken,
  LOG,
  Metrics,
  Queues,
  Refusal,
  sameBytes,
  type Config,
  type Log,
} from '@tenure/platform';
import { measureBehind } from '@tenure/provisioning';

@ApiTags('operators')
@Controller()
export class HealthController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(LOG) private readonly log: Log,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The process runs. */
  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The doors can work: they need PostgreSQL. Without Redis they do, and it says `degraded`; 503 names what is down. */
  @Get('health/ready')
  async ready(@Res() response: Response): Promise<void> {
    const health = await checkHealth({
      database: this.database,
      queues: this.queues,
      log: this.log,
      needs: ['postgres'],
    });
    response.status(health.status === 'unavailable' ? 503 : 200).json(health);
  }

  /** For Prometheus. If METRICS_TOKEN is set, the request must carry it as a bearer token. */
  @Get('metrics')
  async metricsText(@Res() response: Response, @Headers('authorization') authorization = ''): Promise<void> {
    const { metricsToken } = this.config;
    if (metricsToken !== null && !sameBytes(hashToken(authorization), hashToken(`Bearer ${metricsToken.reveal()}`)))
      throw new Refusal('metrics_token_invalid', 'Send METRICS_TOKEN as "Authorization: Bearer <token>".');
    await measureBehind(this.database, this.metrics);
    response.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
