import { Refusal, type InputFault } from '@tenure/platform';

export const CASE_ACTIONS = ['link', 'create', 'retry', 'dismiss'] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

/** What a case is about, and so how it is weighed anew. */
type CaseSubject = 'record' | 'identity' | 'source';

/** What can be done about each kind of case; any other is about an identity, and can be weighed anew or left. */
const KINDS: Readonly<Record<string, { readonly subject: CaseSubject; readonly actions: readonly CaseAction[] }>> = {
  correlation: { subject: 'record', actions: CASE_ACTIONS },
  disputed: { subject: 'record', actions: CASE_ACTIONS },
  external_id_twice: { subject: 'record', actions: ['dismiss'] },
  unique_twice: { subject: 'source', actions: ['dismiss'] },
  source_silent: { subject: 'source', actions: ['dismiss'] },
};
const OTHERS = { subject: 'identity', actions: ['retry', 'dismiss'] } as const;

export const kindOf = (kind: string): { readonly subject: CaseSubject; readonly actions: readonly CaseAction[] } =>
  KINDS[kind] ?? OTHERS;

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
