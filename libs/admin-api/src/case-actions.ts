import { Refusal, type InputFault } from '@tenure/platform';

export const CASE_ACTIONS = ['link', 'create', 'retry', 'dismiss'] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

/** What a case is about, and so how it is weighed anew. */
type CaseSubject = 'record' | 'identity' | 'source';

interface CaseKind {
  readonly subject: CaseSubject;
  readonly actions: readonly CaseAction[];
}

const OTHERS: CaseKind = { subject: 'identity', actions: ['retry', 'dismiss'] };

/** What each kind of case is about, and what can be done about it. */
const KINDS: Readonly<Record<string, CaseKind>> = {
  correlation: { subject: 'record', actions: CASE_ACTIONS },
  disputed: { subject: 'record', actions: CASE_ACTIONS },
  external_id_twice: { subject: 'record', actions: ['dismiss'] },
  unique_twice: { subject: 'source', actions: ['dismiss'] },
  source_silent: { subject: 'source', actions: ['dismiss'] },
  merge: OTHERS,
  protected: OTHERS,
  manager_cycle: OTHERS,
  evaluation: OTHERS,
  duplicate_account: OTHERS,
  ambiguous_account: OTHERS,
  scan_suspected: OTHERS,
};

/** Every kind of case that is opened. */
export const CASE_KINDS = Object.keys(KINDS);

export const kindOf = (kind: string): CaseKind => KINDS[kind] ?? OTHERS;

/** Refuses an action that does not fit the case, and says which do. */
export function assertFits(kind: string, action: CaseAction, identityId: string | undefined): void {
  const { actions } = kindOf(kind);
  const faults: InputFault[] = [];
  if (!actions.includes(action))
    faults.push({ path: 'action', message: `does not fit a case of the kind ${kind}; take ${actions.join(', ')}` });
  else if (action === 'link' && identityId === undefined)
    faults.push({ path: 'identityId', message: 'must say whom the record is about' });
  else if (action !== 'link' && identityId !== undefined)
    faults.push({ path: 'identityId', message: `is for link only; leave it out to ${action}` });
  if (faults.length > 0)
    throw new Refusal(
      'unprocessable',
      'case_action_unfit',
      'This cannot be done about the case; see the faults.',
      faults,
    );
}
