import { ExpressionError } from '@tenure/platform';
import type { CompiledScoreRule } from '../rules/compile-identity-rules.js';
import type { ScoreRule } from '../rules/identity-settings.js';
import type { Person } from '../model/person.js';

/** How well one identity fits a record, from 0 to 1. */
export interface ScoredCandidate {
  readonly identityId: string;
  readonly score: number;
  /** Why the score could not be computed: it counts as 0. Carries no value of the person. */
  readonly fault?: string;
}

/** What a rule that scores says of a record. */
export type ScoreVerdict =
  | { readonly kind: 'certain'; readonly identityId: string; readonly score: number }
  | { readonly kind: 'ask'; readonly candidates: readonly ScoredCandidate[] }
  | { readonly kind: 'none' };

/** An identity as expressions see it. */
type BoundIdentity = Readonly<Record<string, unknown>> & { readonly id: string };

/** Scores each candidate by the tenant's expression: the best first, equal ones by id, so that the order of finding never matters. */
export function scoreCandidates(
  { score }: Pick<CompiledScoreRule, 'score'>,
  record: { readonly person: Person; readonly externalId?: string | null },
  candidates: readonly BoundIdentity[],
): ScoredCandidate[] {
  const { person, externalId = null } = record;
  const bound = { ...person, groups: person.groups ?? [], custom: person.custom ?? {}, externalId };
  return candidates
    .map((identity): ScoredCandidate => {
      try {
        return { identityId: identity.id, score: within(score.evaluate({ record: bound, identity })) };
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return { identityId: identity.id, score: 0, fault: error.message };
      }
    })
    .sort((a, b) => b.score - a.score || (a.identityId < b.identityId ? -1 : 1));
}

/** What is expected to be a number is one: anything else was thrown. */
const within = (score: unknown): number => Math.min(1, Math.max(0, Number(score)));

/** One candidate that alone is certain is certain; whoever may be meant beside it, or is not quite certain, is asked about. */
export function decideByScore(
  { linkFrom, askFrom }: Pick<ScoreRule, 'linkFrom' | 'askFrom'>,
  scored: readonly ScoredCandidate[],
): ScoreVerdict {
  const candidates = scored.filter(({ score }) => score >= askFrom);
  const [best] = candidates;
  if (best === undefined) return { kind: 'none' };
  if (candidates.length === 1 && best.score >= linkFrom) {
    return { kind: 'certain', identityId: best.identityId, score: best.score };
  }
  return { kind: 'ask', candidates };
}
