import { sameJson } from '@tenure/platform';
import type { DriftReaction } from '@tenure/applications';
import type { Difference } from './compare-account.js';
import type { DriftFinding } from './drift-finding.entity.js';
import { decideReaction, type ReactionFacts, type ReactionVerdict } from './decide-reaction.js';

/** A finding that is open or ignored. */
export type StandingFinding = Pick<DriftFinding, 'id' | 'kind' | 'attribute' | 'observed'> & {
  readonly state: 'open' | 'ignored';
};

/** A difference and what is done about it. `standingId`: it was found before. */
export interface Settled extends ReactionVerdict {
  readonly difference: Difference;
  readonly standingId?: string;
  readonly state: 'open' | 'ignored' | 'reverted' | 'adopted';
}

export interface FindingsDecision {
  readonly settled: readonly Settled[];
  /** Findings that are gone by themselves. */
  readonly closedIds: readonly string[];
}

const STATE_OF: Readonly<Record<DriftReaction, 'open' | 'reverted' | 'adopted'>> = {
  ask: 'open',
  revert: 'reverted',
  adopt: 'adopted',
};

/**
 * What becomes of an account's differences and of what was found of it before. What somebody ignored stays ignored while
 * it stays the same, unless a leaver could get in.
 */
export function settleFindings(
  differences: readonly Difference[],
  standing: readonly StandingFinding[],
  facts: ReactionFacts,
): FindingsDecision {
  const keyOf = ({ kind, attribute }: Pick<StandingFinding, 'kind' | 'attribute'>): string => `${kind}:${attribute}`;
  const known = new Map(standing.map((finding) => [keyOf(finding), finding]));
  const settled = differences.map((difference): Settled => {
    const verdict = decideReaction(difference, facts);
    const before = known.get(keyOf(difference));
    const same = before !== undefined && sameJson(before.observed, difference.observed);
    const isIgnored = same && before.state === 'ignored' && !verdict.urgent;
    return {
      ...(isIgnored ? ({ reaction: 'ask', urgent: false } as const) : verdict),
      difference,
      ...(same && { standingId: before.id }),
      state: isIgnored ? 'ignored' : STATE_OF[verdict.reaction],
    };
  });
  const kept = new Set(settled.flatMap(({ standingId }) => standingId ?? []));
  return { settled, closedIds: standing.filter(({ id }) => !kept.has(id)).map(({ id }) => id) };
}
