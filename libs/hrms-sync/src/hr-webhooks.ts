import { checkJson, Clock, Database, Metrics, newId, Refusal, type Tx } from '@tenure/platform';
import {
  assertSpeaks,
  endsUnknown,
  ERASED,
  Identities,
  lockRecord,
  momentOf,
  needsZone,
  Schedules,
  Sources,
  UNKNOWN_END,
  waits,
  zonesOf,
  type Source,
  type StatementOutcome,
} from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import { InboundEvent } from './inbound-event.entity.js';
import { readHrEvent, type HrEvent } from './read-hr-event.js';
import { verifyWebhook, type WebhookHeaders } from './verify-webhook.js';

export interface WebhookAnswer {
  readonly eventId: string;
  readonly outcome: 'applied' | 'unchanged' | 'unresolved' | 'scheduled' | 'unknown_type' | 'duplicate';
  readonly identityId?: string;
  /** It takes effect later: the change that waits, and until when. */
  readonly scheduledChangeId?: string;
  readonly effectiveAt?: Date;
  readonly reason?: string;
}

/** The door for HR systems: a signed event is applied in one transaction with its record, and answered after the commit. */
export class HrWebhooks {
  constructor(
    private readonly database: Database,
    private readonly sources: Sources,
    private readonly identities: Identities,
    private readonly schedules: Schedules,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  async receive(sourceId: string, body: Buffer, headers: WebhookHeaders): Promise<WebhookAnswer> {
    const source = await this.sources.findHrSystem(sourceId);
    if (source === null) throw new Refusal('source_not_found', 'There is no HR source at this address.');
    const { messageId, signedAt } = verifyWebhook(this.sources.webhookSecretOf(source), body, headers);
    assertSpeaks(source);
    const payload = parseBody(body);
    const read = readHrEvent(payload, this.clock.now());
    if (read.kind === 'malformed') {
      this.metrics.inboundEvents.inc({ door: 'hrms', outcome: 'malformed' });
      throw new Refusal('event_malformed', 'The event is not as documented; each mistake is listed.', read.faults);
    }
    const type = read.kind === 'event' ? read.event.type : read.type;
    const answer = await this.database.transaction(source.tenantId, async (tx) => {
      const id = newId();
      const stored = await this.store(tx, { id, source, messageId, signedAt, type, payload });
      if (!stored) return this.duplicate(tx, source, messageId, signedAt);
      return read.kind === 'event'
        ? this.apply(tx, source, id, read.event)
        : this.finish(tx, id, { outcome: 'unknown_type' });
    });
    this.metrics.inboundEvents.inc({ door: 'hrms', outcome: answer.outcome });
    return answer;
  }

  private async store(
    tx: Tx,
    event: { id: string; source: Source; messageId: string; signedAt: Date; type: string; payload: unknown },
  ): Promise<boolean> {
    const rows = await tx.prepared(
      `INSERT INTO inbound_events (tenant_id, id, source_id, message_id, signed_at, type, payload) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant_id, source_id, message_id) DO NOTHING RETURNING id`,
      [
        tx.tenantId,
        event.id,
        event.source.id,
        event.messageId,
        event.signedAt,
        event.type,
        JSON.stringify(event.payload),
      ],
    );
    return rows.length > 0;
  }

  /** A sender that saw no answer signs anew and is told that all is well; the very same signed request again is a replay. */
  private async duplicate(tx: Tx, source: Source, messageId: string, signedAt: Date): Promise<WebhookAnswer> {
    const kept = await tx.repository(InboundEvent).findOneBy({ tenantId: tx.tenantId, sourceId: source.id, messageId });
    if (kept?.signedAt.getTime() === signedAt.getTime()) {
      throw new Refusal('webhook_replayed', 'This signed request was received before; to send it again, sign it anew.');
    }
    return { eventId: kept?.id ?? '', outcome: 'duplicate' };
  }

  /** A refusal comes before anything is written, so what the event said can be kept beside it. */
  private async apply(tx: Tx, source: Source, id: string, event: HrEvent): Promise<WebhookAnswer> {
    const by: Actor = { actor: `source:${source.id}`, door: 'hrms' };
    const { employeeNumber: key, person } = event;
    try {
      await lockRecord(tx, source.id, key);
      const effectiveAt = await effectiveAtOf(tx, source, event);
      if (waits(effectiveAt, this.clock.now())) {
        const saidAt = event.occurredAt;
        const later = { source, key, person, effectiveAt, saidAt };
        const { id: scheduledChangeId } = await this.schedules.schedule(tx, by, later);
        return await this.finish(tx, id, { outcome: 'scheduled', scheduledChangeId, effectiveAt });
      }
      if (event.type === 'employee.terminated' && (await endsUnknown(tx, source.id, key, person))) {
        const end = { source, key, person, effectiveAt, saidAt: event.occurredAt };
        const scheduledChangeId = await this.schedules.keepUnknownEnd(tx, by, end);
        return await this.finish(tx, id, { outcome: 'unresolved', scheduledChangeId, reason: UNKNOWN_END });
      }
      await this.schedules.takeBack(tx, by, { sourceId: source.id, key, person, saidAt: event.occurredAt });
      const told = await this.identities.state(tx, by, { source, key, person, saidAt: effectiveAt });
      return await this.finish(tx, id, {
        outcome: outcomeOf(told),
        ...(told.identityId !== null && { identityId: told.identityId }),
        ...(told.reason !== undefined && { reason: told.reason }),
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === ERASED)
        await tx.query(`UPDATE inbound_events SET payload = '{}' WHERE tenant_id = $1 AND id = $2`, [tx.tenantId, id]);
      return this.finish(tx, id, { outcome: 'unresolved', reason: error.message });
    }
  }

  private async finish(tx: Tx, id: string, answer: Omit<WebhookAnswer, 'eventId'>): Promise<WebhookAnswer> {
    const { outcome, reason = null } = answer;
    const sql = 'UPDATE inbound_events SET outcome = $3, reason = $4 WHERE tenant_id = $1 AND id = $2';
    if (outcome !== 'applied') await tx.query(sql, [tx.tenantId, id, outcome, reason]);
    return { eventId: id, ...answer };
  }
}

function parseBody(body: Buffer): unknown {
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw new Refusal('body_not_json', `The body is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  checkJson(payload);
  return payload;
}

const outcomeOf = ({ outcome }: StatementOutcome): 'applied' | 'unchanged' | 'unresolved' =>
  outcome === 'created' || outcome === 'changed' ? 'applied' : outcome;

/** When an event takes effect: as it says, a day in the person's time zone as sent or known; or when it occurred. */
async function effectiveAtOf(tx: Tx, source: Source, event: HrEvent): Promise<Date> {
  const { effective, employeeNumber, person, occurredAt } = event;
  if (effective === undefined) return occurredAt;
  const isAsked = needsZone(effective) && !person.timeZone;
  const zones = isAsked ? await zonesOf(tx, source.id, [employeeNumber]) : null;
  return momentOf(effective, person.timeZone ?? zones?.get(employeeNumber) ?? 'UTC');
}
