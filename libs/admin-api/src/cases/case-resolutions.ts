import { Clock, Refusal, type Tx } from '@tenure/platform';
import { assertMay, type Principal } from '@tenure/tenancy';
import { CASE_SUBJECTS, closeCases, getOpenCase, Identities, Links, type Case } from '@tenure/identity';
import { markBehind } from '@tenure/access';
import { appendFact, type Actor } from '@tenure/journal';
import { AccountLinks } from '@tenure/provisioning';
import { assertFits, type CaseAction } from './case-actions.js';
import { MergedPeople } from '../people/merged-people.js';
import { actorOf } from '../http/principal.js';

/** Answers that say whose a record or an account is. */
const DECIDES: ReadonlySet<CaseAction> = new Set<CaseAction>(['link', 'create', 'keep_account']);

export interface CaseAnswer {
  readonly action: CaseAction;
  readonly identityId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly reason?: string | undefined;
}

/** A person's answers to cases: each is done by the lib whose question it was, and kept with the case. */
export class CaseResolutions {
  constructor(
    private readonly identities: Identities,
    private readonly links: Links,
    private readonly merged: MergedPeople,
    private readonly accounts: AccountLinks,
    private readonly clock: Clock,
  ) {}

  /** Does what was answered. What only weighs anew leaves the case open where the question remains. */
  async resolve(tx: Tx, caller: Principal, id: string, answer: CaseAnswer): Promise<object> {
    const { action, identityId, accountId, reason = null } = answer;
    const found = await getOpenCase(tx, id);
    assertFits(found.kind, action, { identityId, accountId });
    // Whose a record or an account is decides about access, so it needs more than to work through what has failed.
    if (DECIDES.has(action)) assertMay(caller, 'configure');
    const by = actorOf(caller);
    const payload = {
      kind: found.kind,
      subjectId: found.subjectId,
      topic: found.topic,
      action,
      identityId,
      accountId,
      reason,
    };
    const fact = { verb: 'case.answered', subjectKind: 'case', subjectId: id, payload } as const;
    const cause = await appendFact(tx, by, this.clock.now(), fact);
    const done = await this.act(tx, { ...by, cause }, found, answer);
    if (action !== 'retry') await markOtherBehind(tx, found, cause);
    if (action !== 'retry') await this.close(tx, by, found, { action, reason, ...done }, action === 'dismiss');
    return done;
  }

  private async act(tx: Tx, by: Actor, found: Case, { action, identityId, accountId }: CaseAnswer): Promise<object> {
    const { kind, subjectId } = found;
    switch (action) {
      case 'link':
        return this.merged.link(tx, by, subjectId, identityId ?? '');
      case 'create':
        return this.links.unlink(tx, by, subjectId);
      case 'keep_account':
        return this.keepAccount(tx, by, found, accountId ?? '');
      case 'retry':
        if (CASE_SUBJECTS[kind] === 'record') return this.links.retry(tx, by, subjectId);
        await this.identities.settle(tx, by, subjectId);
        return {};
      case 'dismiss':
        return {};
    }
  }

  /** The person's account in the application is the chosen one; the other goes the way of the identity that was merged away. */
  private async keepAccount(tx: Tx, by: Actor, { details }: Case, chosen: string): Promise<object> {
    const ids = [details.accountId, details.otherAccountId].map(String);
    if (!ids.includes(chosen)) {
      const fault = { path: 'accountId', message: `is none of the two; take ${ids.join(' or ')}` };
      throw new Refusal('case_action_unfit', 'This cannot be done about the case; see the faults.', [fault]);
    }
    const [own = '', other = ''] = ids;
    if (chosen === other) await this.accounts.exchange(tx, by, own, other);
    return { accountId: own };
  }

  /** Only this one of the subject's questions: others of its kind are about something else. */
  private async close(
    tx: Tx,
    { actor }: Actor,
    { id, kind, subjectId, topic }: Case,
    resolution: Readonly<Record<string, unknown>>,
    dismissed: boolean,
  ): Promise<void> {
    const open = await tx.query<{ topic: string }>(
      "SELECT topic FROM cases WHERE tenant_id = $1 AND kind = $2 AND subject_id = $3 AND state = 'open' AND id <> $4",
      [tx.tenantId, kind, subjectId, id],
    );
    const exceptTopics = open.map((other) => other.topic).filter((other) => other !== topic);
    await closeCases(tx, this.clock.now(), { kind, subjectId, exceptTopics }, { actor, resolution, dismissed });
  }
}

/** After the decision about two accounts of one person, the one of the identity that was merged away follows its grants again. */
async function markOtherBehind(tx: Tx, { kind, details }: Case, cause: string): Promise<void> {
  const { otherIdentityId } = details;
  if (kind === 'duplicate_account' && typeof otherIdentityId === 'string')
    await markBehind(tx, [otherIdentityId], { cause, urgent: false });
}
