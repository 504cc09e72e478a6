import type { Tx } from '@tenure/platform';
import { closeCases, openCase, type Person } from '@tenure/identity';
import type { RawLogin } from './find-login.js';
import type { LoginRules } from './login-rules.js';
import type { Told } from './map-login.js';
import { couldWithdraw } from './refresh-person.js';

/** The kind of case: a list that a login sent could not be read, and what is kept of it may have been withdrawn. */
const KIND = 'login_list_unreadable';

/** The lists of a login that cannot be read, and of which something is known from before. */
export const unreadableLists = (
  told: readonly Told[],
  known: Person | null,
  rules: Pick<LoginRules, 'refresh'>,
): readonly Told[] =>
  known === null ? [] : told.filter((one) => one.isUnreadable === true && couldWithdraw(known, one.target, rules));

/** Opens a case for each list that cannot be read; closes those of lists that can be read again. */
export async function keepListCases(
  tx: Tx,
  at: Date,
  login: { readonly connectionId: string; readonly identityId: string; readonly before: RawLogin | null },
  unreadable: readonly Told[],
): Promise<void> {
  const { connectionId, identityId, before } = login;
  const topicOf = (target: string): string => `${connectionId} ${target}`;
  for (const { target, claim, fault = '' } of unreadable)
    await openCase(tx, at, {
      ...{ kind: KIND, subjectId: identityId, topic: topicOf(target) },
      reason: `A login sent "${target}" in a form that cannot be read, so what is known stays and may have been withdrawn: ${fault}`,
      details: { connectionId, target, claim },
    });
  const still = new Set(unreadable.map(({ target }) => target));
  const readable = (before?.unreadable ?? []).filter((target) => !still.has(target)).map(topicOf);
  if (readable.length === 0) return;
  const open = await tx.query<{ topic: string }>(
    `SELECT topic FROM cases WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3 AND state = 'open'`,
    [tx.tenantId, KIND, identityId],
  );
  const exceptTopics = open.map(({ topic }) => topic).filter((topic) => !readable.includes(topic));
  await closeCases(tx, at, { kind: KIND, subjectId: identityId, exceptTopics }, { actor: `source:${connectionId}` });
}
