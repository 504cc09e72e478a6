import type { SourceKind } from './source.entity.js';

export type CorrelationKey = 'employee_number' | 'email';

/** An identity that shares a key with the record. */
export interface Candidate {
  readonly identityId: string;
  readonly by: CorrelationKey;
  readonly employeeNumber: string | null;
  /** The record's own source already has another live record of this identity. */
  readonly heldBySource: boolean;
}

export interface RecordKeys {
  readonly kind: SourceKind;
  readonly employeeNumber: string | null;
}

export type Correlation =
  | { readonly kind: 'match'; readonly identityId: string; readonly by: CorrelationKey }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly reason: string }
  /** Someone has this e-mail address, and this kind of source is not believed about addresses. */
  | { readonly kind: 'collision'; readonly identityId: string };

const ORDER: readonly CorrelationKey[] = ['employee_number', 'email'];
const WORDS: Readonly<Record<CorrelationKey, string>> = { employee_number: 'employee number', email: 'e-mail address' };

/**
 * Which identity an unlinked record belongs to: by employee number, then by work e-mail. One candidate of the first
 * key that finds any is certain; more, or one that contradicts the record, are never guessed. A SAML login proves no
 * mailbox, so its e-mail never links.
 */
export function correlate(record: RecordKeys, candidates: readonly Candidate[]): Correlation {
  for (const by of ORDER) {
    const found = candidates.filter((candidate) => candidate.by === by);
    const [first] = found;
    if (first === undefined) continue;
    if (record.kind === 'saml' && by === 'email') return { kind: 'collision', identityId: first.identityId };
    const reason = doubt(record, found, by);
    return reason === null ? { kind: 'match', identityId: first.identityId, by } : { kind: 'ambiguous', reason };
  }
  return { kind: 'none' };
}

function doubt(record: RecordKeys, found: readonly Candidate[], by: CorrelationKey): string | null {
  const ids = new Set(found.map((candidate) => candidate.identityId));
  if (ids.size > 1) return `${ids.size} identities have the same ${WORDS[by]}`;
  if (found.some((candidate) => candidate.heldBySource)) {
    return `this source already has another record of the identity with the same ${WORDS[by]}`;
  }
  const contradicted = found.some(
    (candidate) =>
      record.employeeNumber !== null &&
      candidate.employeeNumber !== null &&
      candidate.employeeNumber !== record.employeeNumber,
  );
  return contradicted ? `the identity with the same ${WORDS[by]} has another employee number` : null;
}
