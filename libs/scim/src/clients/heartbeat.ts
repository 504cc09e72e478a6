import type { Tx } from '@tenure/platform';

/** Whether a client still speaks. */
export interface Heartbeat {
  /** `waiting`: for the first request. */
  readonly state: 'waiting' | 'heard' | 'silent';
  readonly lastRequestAt: Date | null;
  readonly lastDialect: string | null;
  readonly lastStatus: number | null;
  /** Of the pauses between requests so far, nineteen of twenty were shorter. */
  readonly usualPauseSeconds: number | null;
}

export const LEAST_SILENCE_SECONDS = 3_600;
const TIMES = 3;
const SAMPLE = 500;

/** From the last requests: when, and how far apart. A client is silent after three of its longer pauses, an hour at least. */
export async function heartbeatOf(tx: Tx, sourceId: string, now: Date): Promise<Heartbeat> {
  const [row] = await tx.query<{
    last: Date | null;
    dialect: string | null;
    status: number | null;
    pause: number | null;
  }>(
    `WITH seen AS (
       SELECT received_at, dialect, status, extract(epoch FROM received_at - lag(received_at) OVER (ORDER BY received_at)) AS pause
       FROM (SELECT received_at, dialect, status FROM scim_requests WHERE tenant_id = $1 AND source_id = $2
             ORDER BY received_at DESC LIMIT ${SAMPLE}) last)
     SELECT max(received_at) AS last, (array_agg(dialect ORDER BY received_at DESC))[1] AS dialect,
       (array_agg(status ORDER BY received_at DESC))[1] AS status,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY pause)::float8 AS pause FROM seen`,
    [tx.tenantId, sourceId],
  );
  const { last, dialect, status, pause } = row ?? NOTHING;
  const state = last === null ? 'waiting' : isSilent(last, pause, now) ? 'silent' : 'heard';
  return { state, lastRequestAt: last, lastDialect: dialect, lastStatus: status, usualPauseSeconds: pause };
}

const NOTHING = { last: null, dialect: null, status: null, pause: null };

function isSilent(last: Date, pause: number | null, now: Date): boolean {
  if (pause === null) return false;
  return (now.getTime() - last.getTime()) / 1_000 > Math.max(LEAST_SILENCE_SECONDS, TIMES * pause);
}
