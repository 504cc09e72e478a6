import { Clock, Database, forEachRow, type Log, type Timer, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { closeCases, openCase } from '@tenure/identity';
import { heartbeatOf, LEAST_SILENCE_SECONDS, type Heartbeat } from './heartbeat.js';

const EVERY_MS = 60_000;
/** Of one tenant in one look. */
const MOST = 200;
const BY: Actor = { actor: 'clock', door: 'clock' };

interface Client {
  readonly tenant_id: string;
  readonly id: string;
}

/**
 * Says once per silence that a client does not speak any more, and once that it does again: a fact in the journal, and a
 * case that is open meanwhile. Whoever leaves while the identity provider is silent keeps everything.
 */
export const silenceClock = (database: Database, clock: Clock, log: Log): Timer => ({
  name: 'scim-silence',
  everyMs: EVERY_MS,
  run: async (tx) => {
    const now = clock.now();
    const clients = await candidates(tx, now);
    return () =>
      forEachRow(log, 'scim-silence', clients, (tenantId, { id }) =>
        database.transaction(tenantId, (own) => look(own, id, now)),
      );
  },
});

/** Who may have fallen silent, or speaks again; the rhythm is looked at one by one. */
const candidates = (tx: Tx, now: Date): Promise<Client[]> =>
  tx.query<Client>(
    `SELECT tenant_id, id FROM (SELECT s.tenant_id, s.id, row_number() OVER (PARTITION BY s.tenant_id ORDER BY last.at DESC) AS nth FROM sources s
       LEFT JOIN scim_source_options o ON o.tenant_id = s.tenant_id AND o.source_id = s.id
       CROSS JOIN LATERAL (SELECT max(received_at) AS at FROM scim_requests r WHERE r.tenant_id = s.tenant_id AND r.source_id = s.id) last
     WHERE s.kind = 'scim' AND s.retired_at IS NULL
       AND CASE WHEN o.silent_since IS NULL THEN last.at < $1::timestamptz - interval '${LEAST_SILENCE_SECONDS} seconds'
           ELSE last.at > o.silent_since END) candidates WHERE nth <= ${MOST}`,
    [now],
  );

async function look(tx: Tx, sourceId: string, now: Date): Promise<void> {
  await tx.query('INSERT INTO scim_source_options (tenant_id, source_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    tx.tenantId,
    sourceId,
  ]);
  const [row] = await tx.query<{ silentSince: Date | null }>(
    `SELECT silent_since AS "silentSince" FROM scim_source_options WHERE tenant_id = $1 AND source_id = $2 FOR UPDATE`,
    [tx.tenantId, sourceId],
  );
  const wasSilent = row?.silentSince != null;
  const heartbeat = await heartbeatOf(tx, sourceId, now);
  if (heartbeat.state === 'silent' && !wasSilent) await tell(tx, sourceId, heartbeat, now);
  if (heartbeat.state === 'heard' && wasSilent) await tellAgain(tx, sourceId, heartbeat, now);
}

async function tell(
  tx: Tx,
  sourceId: string,
  { lastRequestAt, usualPauseSeconds }: Heartbeat,
  now: Date,
): Promise<void> {
  await setSilent(tx, sourceId, lastRequestAt);
  const payload = { lastRequestAt, usualPauseSeconds };
  await appendFact(tx, BY, now, { verb: 'source.fell_silent', subjectKind: 'source', subjectId: sourceId, payload });
  const reason =
    'The identity provider has not asked for much longer than usual; look whether its provisioning still runs.';
  await openCase(tx, now, { kind: 'source_silent', subjectId: sourceId, reason, details: payload });
}

async function tellAgain(tx: Tx, sourceId: string, { lastRequestAt }: Heartbeat, now: Date): Promise<void> {
  await setSilent(tx, sourceId, null);
  const payload = { lastRequestAt };
  await appendFact(tx, BY, now, { verb: 'source.heard_again', subjectKind: 'source', subjectId: sourceId, payload });
  await closeCases(tx, now, { kind: 'source_silent', subjectId: sourceId }, { actor: BY.actor });
}

const setSilent = (tx: Tx, sourceId: string, since: Date | null): Promise<unknown> =>
  tx.query('UPDATE scim_source_options SET silent_since = $3 WHERE tenant_id = $1 AND source_id = $2', [
    tx.tenantId,
    sourceId,
    since,
  ]);
