import type { HeldItemState } from './held-item.entity.js';

/** What is known of a held item when somebody decides about it. */
export interface DecidableItem {
  readonly state: HeldItemState;
  readonly version: string;
  /** The version that is desired now. */
  readonly currentVersion: string | null;
  readonly approvedBy: string | null;
}

/** `approve`: it waits for a second person now; `same_person`: whoever approved it may not be the second. */
export type ReleaseVerdict = 'release' | 'approve' | 'same_person' | 'superseded' | 'decided';

/** Whether it can still be decided: what a newer version has overtaken says nothing any more. */
export function openness({ state, version, currentVersion }: DecidableItem): 'open' | 'superseded' | 'decided' {
  if (state === 'superseded') return 'superseded';
  if (state !== 'held') return 'decided';
  return version === currentVersion ? 'open' : 'superseded';
}

/** What one person's release means, where one or two are needed. */
export function judgeRelease(item: DecidableItem, by: string, secondPerson: boolean): ReleaseVerdict {
  const open = openness(item);
  if (open !== 'open') return open;
  if (!secondPerson) return 'release';
  if (item.approvedBy === null) return 'approve';
  return item.approvedBy === by ? 'same_person' : 'release';
}
