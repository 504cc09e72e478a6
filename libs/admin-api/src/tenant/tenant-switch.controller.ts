import { Body, HttpCode, Inject, Post } from '@nestjs/common';
import { Clock, Database } from '@tenure/platform';
import { Tenants, type Principal } from '@tenure/tenancy';
import { appendFact } from '@tenure/journal';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';
import { ReasonDto } from '../http/reason.dto.js';

/** The one switch that stops all writing into a tenant's applications. */
@AdminRoute('tenant', 'tenants')
export class TenantSwitchController {
  constructor(
    @Inject(Tenants) private readonly tenants: Tenants,
    @Inject(Database) private readonly database: Database,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Stops all writing: calls that were sent are finished, no other begins after the answer. What people are and may have is still computed. */
  @Post('stop')
  @HttpCode(200)
  @Needs('operate')
  async stop(@Caller() caller: Principal, @Body() { reason }: ReasonDto): Promise<object> {
    const stoppedAt = this.clock.now();
    const stopped = await this.database.transaction(caller.tenantId, async (tx) => {
      await this.tenants.stop(tx, stoppedAt, reason);
      const fact = { subjectKind: 'tenant', subjectId: caller.tenantId, payload: { reason } } as const;
      await appendFact(tx, actorOf(caller), stoppedAt, { verb: 'tenant.stopped', ...fact });
      return { stoppedAt, stopReason: reason };
    });
    await this.database.switchSeen();
    return stopped;
  }

  /** Lets writing go on: everything that has waited is carried out, the most urgent first. */
  @Post('resume')
  @HttpCode(200)
  @Needs('configure')
  async resume(@Caller() caller: Principal): Promise<object> {
    return this.database.transaction(caller.tenantId, async (tx) => {
      const was = await this.tenants.resume(tx);
      const fact = { subjectKind: 'tenant', subjectId: caller.tenantId, payload: was } as const;
      await appendFact(tx, actorOf(caller), this.clock.now(), { verb: 'tenant.resumed', ...fact });
      return { stoppedAt: null, stopReason: null };
    });
  }
}
