import type { HintData } from '@tenure/platform';

/** The queue of long work that goes slice by slice with a cursor in PostgreSQL. */
export const SYNC_QUEUE = 'sync';

export interface RecomputeHint extends HintData {
  readonly kind: 'recompute';
  readonly tenantId: string;
  readonly id: string;
}
