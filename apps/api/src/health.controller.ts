import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { checkHealth, Database, Metrics, Queues } from '@tenure/platform';
import { measureBehind } from '@tenure/provisioning';

@ApiTags('operators')
@Controller()
export class HealthController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Queues) private readonly queues: Queues,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /** The process runs. */
  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can work; 503 names the dependency that is down. */
  @Get('health/ready')
  async ready(@Res() response: Response): Promise<void> {
    const health = await checkHealth(this.database, this.queues);
    response.status(health.status === 'ok' ? 200 : 503).json(health);
  }

  /** For Prometheus. */
  @Get('metrics')
  async metricsText(@Res() response: Response): Promise<void> {
    await measureBehind(this.database, this.metrics);
    response.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }
}
