import { Refusal, type InputFault } from '@tenure/platform';
import { CASE_SUBJECTS, type CaseKind, type CaseSubject } from '@tenure/identity';

export const CASE_ACTIONS = ['link', 'create', 'keep_account', 'retry', 'dismiss'] as const;
export type CaseAction = (typeof CASE_ACTIONS)[number];

/** What can be done about a case where its kind says nothing narrower. Only a record or an identity can be evaluated again here. */
const BY_SUBJECT: Readonly<Record<CaseSubject, readonly CaseAction[]>> = {
  record: ['link', 'create', 'retry', 'dismiss'],
  identity: ['retry', 'dismiss'],
  source: ['dismiss'],
  account: ['dismiss'],
  application: ['dismiss'],
};

const BY_KIND: Readonly<Partial<Record<CaseKind, readonly CaseAction[]>>> = {
  external_id_twice: ['dismiss'],
  duplicate_account: ['keep_account', 'dismiss'],
};

/** What an action is about, where it needs that said. */
const SAID: Readonly<Partial<Record<CaseAction, { readonly path: keyof Said; readonly missing: string }>>> = {
  link: { path: 'identityId', missing: 'must say whom the record is about' },
  keep_account: { path: 'accountId', missing: 'must say which of the two accounts stays' },
};

export interface Said {
  readonly identityId?: string | undefined;
  readonly accountId?: string | undefined;
}

/** Every kind of case that is opened. */
export const CASE_KINDS = Object.keys(CASE_SUBJECTS) as CaseKind[];

export const actionsFor = (kind: CaseKind): readonly CaseAction[] => BY_KIND[kind] ?? BY_SUBJECT[CASE_SUBJECTS[kind]];

/** Refuses an action that does not fit the case, and says which do. */
export function assertFits(kind: CaseKind, action: CaseAction, said: Said): void {
  const actions = actionsFor(kind);
  const faults: InputFault[] = [];
  if (!actions.includes(action))
    faults.push({ path: 'action', message: `does not fit a case of the kind ${kind}; take ${actions.join(', ')}` });
  else
    for (const [of, { path, missing }] of Object.entries(SAID)) {
      if (of === action && said[path] === undefined) faults.push({ path, message: missing });
      if (of !== action && said[path] !== undefined)
        faults.push({ path, message: `is for ${of} only; leave it out to ${action}` });
    }
  if (faults.length > 0)
    throw new Refusal('case_action_unfit', 'This cannot be done about the case; see the faults.', faults);
}
