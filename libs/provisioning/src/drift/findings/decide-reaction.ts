import type { DriftReaction, DriftRules, Mode } from '@tenure/applications';
import type { DriftKind } from './drift-finding.entity.js';

/** A difference as far as a reaction depends on it. */
export interface Reacted {
  readonly kind: DriftKind;
  readonly attribute: string;
  readonly desired: unknown;
  /** The application kept it when it was last written to. */
  readonly isKept?: boolean;
}

/** Where it was found. */
export interface ReactionFacts {
  readonly rules: DriftRules;
  readonly mode: Mode;
  readonly isProtected: boolean;
  /** The person works here no more. */
  readonly hasLeft: boolean;
}

export interface ReactionVerdict {
  readonly reaction: DriftReaction;
  /** Undoing it takes access away, and does not wait. */
  readonly urgent: boolean;
}

/** Why something may not be undone. */
export type Obstacle = 'account_protected' | 'mode_observes' | 'mode_removes_nothing';

/** What is done about a difference. A leaver who can get in again is shut out at once, whatever the rules say. */
export function decideReaction(difference: Reacted, facts: ReactionFacts): ReactionVerdict {
  const asked = { reaction: 'ask', urgent: false } as const;
  const isOpenToLeaver = facts.hasLeft && givesAccess(difference.kind);
  const reaction = isOpenToLeaver ? 'revert' : ruleFor(difference, facts.rules);
  if (reaction === 'adopt')
    return mayAdopt(difference.kind) && !facts.isProtected ? { reaction, urgent: false } : asked;
  const isFutile = difference.kind === 'attribute' && difference.isKept === true;
  if (reaction === 'ask' || isFutile || obstacleTo(difference, facts) !== null) return asked;
  return { reaction, urgent: isOpenToLeaver || difference.kind === 'enabled' || difference.kind === 'orphan' };
}

/** What forbids to undo it; null: nothing. */
export function obstacleTo(
  difference: Reacted,
  { mode, isProtected }: Pick<ReactionFacts, 'mode' | 'isProtected'>,
): Obstacle | null {
  if (isProtected) return 'account_protected';
  if (mode === 'observe') return 'mode_observes';
  return mode === 'add_only' && removes(difference) ? 'mode_removes_nothing' : null;
}

/** A value can be taken over; that somebody has an account or a membership needs a grant. */
export const mayAdopt = (kind: DriftKind): boolean => kind === 'attribute';

const givesAccess = (kind: DriftKind): boolean => kind === 'enabled' || kind === 'orphan' || kind === 'member_added';

const removes = ({ kind, desired }: Reacted): boolean =>
  givesAccess(kind) || (kind === 'attribute' && (desired === null || desired === ''));

function ruleFor({ kind, attribute }: Reacted, rules: DriftRules): DriftReaction {
  const otherwise = rules.reaction ?? 'ask';
  switch (kind) {
    case 'missing':
      return otherwise;
    case 'member_added':
    case 'member_removed':
      return rules.entitlements ?? otherwise;
    case 'attribute':
      return rules.attributes?.[attribute] ?? otherwise;
    case 'enabled':
    case 'disabled':
    case 'orphan':
      return rules.attributes?.enabled ?? otherwise;
  }
}
