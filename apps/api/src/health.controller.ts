import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { checkHealth, Database, LOG, Metrics, Queues, type Log } from '@tenure/platform';
import { measureBehind } from '@tenure/provisioning';

@ApiTags('operators')
@Controller()
export class HealthController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(LOG) private readonly log: Log,
    @Inject(Metrics) private readonly metrics: Metrics,
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

  /** For Prometheus. */
  @Get('metrics')
  async metricsText(@Res() response: Response): Promise<void> {
    await measureBehind(this.database, this.metrics);
    response.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
