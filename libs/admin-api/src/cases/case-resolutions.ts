import { Clock, type Tx } from '@tenure/platform';
import { assertMay, type Principal } from '@tenure/tenancy';
import { CASE_SUBJECTS, closeCases, getOpenCase, Identities, Links, type Case } from '@tenure/identity';
import { markBehind } from '@tenure/access';
import { appendFact, type Actor } from '@tenure/journal';
import { assertFits, type CaseAction } from './case-actions.js';
import { MergedPeople } from '../people/merged-people.js';
import { actorOf } from '../http/principal.js';

export interface CaseAnswer {
  readonly action: CaseAction;
  readonly identityId?: string | undefined;
  readonly reason?: string | undefined;
}

/** A person's answers to cases: each is done by the lib whose question it was, and kept with the case. */
export class CaseResolutions {
  constructor(
    private readonly identities: Identities,
    private readonly links: Links,
    private readonly merged: MergedPeople,
    private readonly clock: Clock,
  ) {}

  /** Does what was answered. What only weighs anew leaves the case open where the question remains. */
  async resolve(tx: Tx, caller: Principal, id: string, answer: CaseAnswer): Promise<object> {
    const { action, identityId, reason = null } = answer;
    const found = await getOpenCase(tx, id);
    assertFits(found.kind, action, identityId);
    // Whose a record is decides about access, so it needs more than to work through what has failed.
    if (action === 'link' || action === 'create') assertMay(caller, 'configure');
    const by = actorOf(caller);
    const payload = { kind: found.kind, subjectId: found.subjectId, topic: found.topic, action, identityId, reason };
    const fact = { verb: 'case.answered', subjectKind: 'case', subjectId: id, payload } as const;
    const cause = await appendFact(tx, by, this.clock.now(), fact);
    const done = await this.act(tx, { ...by, cause }, found, answer);
    if (action !== 'retry') await markOtherBehind(tx, found, cause);
    if (action !== 'retry') await this.close(tx, by, found, { action, reason, ...done }, action === 'dismiss');
    return done;
  }

  private async act(tx: Tx, by: Actor, { kind, subjectId }: Case, { action, identityId }: CaseAnswer): Promise<object> {
    switch (action) {
      case 'link':
        return this.merged.link(tx, by, subjectId, identityId ?? '');
      case 'create':
        return this.links.unlink(tx, by, subjectId);
      case 'retry':
        if (CASE_SUBJECTS[kind] === 'record') return this.links.retry(tx, by, subjectId);
        await this.identities.settle(tx, by, subjectId);
        return {};
      case 'dismiss':
        return {};
    }
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
