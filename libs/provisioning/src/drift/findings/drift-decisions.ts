import { Clock, Database, Refusal, type Tx } from '@tenure/platform';
import { Grants, markBehind } from '@tenure/access';
import { PRIORITY, WorkHints, type Mode } from '@tenure/applications';
import { getEntitlement } from '../../orders/entitlement-orders.js';
import { appendFact, type Actor } from '@tenure/journal';
import type { AttributeValue, ObservedAccount } from '@tenure/connectors';
import { mayAdopt, obstacleTo, type Obstacle } from './decide-reaction.js';
import { DriftFinding, type DriftKind, type DriftState } from './drift-finding.entity.js';
import { adoptValues, revertAccounts, revertMembers } from './drift-store.js';
import { observedBy } from './judge-accounts.js';

export const DRIFT_DECISIONS = ['revert', 'adopt', 'ignore'] as const;
export type DriftDecision = (typeof DRIFT_DECISIONS)[number];

/** Which open findings are meant. */
export interface DriftFilter {
  readonly applicationId?: string | undefined;
  readonly kind?: DriftKind | undefined;
  readonly attribute?: string | undefined;
}

interface Concerned {
  readonly mode: Mode;
  readonly connector: string;
  readonly shard: number;
  readonly protectedReason: string | null;
  readonly observed: ObservedAccount | null;
  readonly remoteId: string | null;
  readonly isBusy: boolean;
  readonly entitlementShard: number | null;
  readonly wanted: boolean | null;
  readonly held: boolean | null;
}

const MOST = 1_000;
const STATES: Readonly<Record<DriftDecision, DriftState>> = { revert: 'reverted', adopt: 'adopted', ignore: 'ignored' };

const OBSTACLES: Readonly<Record<Obstacle, string>> = {
  account_protected: 'The account is protected: nothing is sent for it. End the protection first.',
  mode_observes: 'The application is only observed: nothing is written there. Step its mode up first.',
  mode_removes_nothing: 'The application’s mode only adds, and this would take something away. Step its mode up first.',
};

/** What people decide about what differs in applications. */
export class DriftDecisions {
  constructor(
    private readonly database: Database,
    private readonly grants: Grants,
    private readonly hints: WorkHints,
    private readonly clock: Clock,
  ) {}

  decide(
    tenantId: string,
    by: Actor,
    id: string,
    decision: DriftDecision,
    reason: string | null,
  ): Promise<DriftFinding> {
    return this.database.transaction(tenantId, async (tx) => {
      await tx.query('SELECT FROM drift_findings WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tenantId, id]);
      const finding = await getFinding(tx, id);
      const isTakenBack = finding.state === 'adopted' && decision === 'revert';
      if (finding.state !== 'open' && finding.state !== 'ignored' && !isTakenBack)
        throw new Refusal('drift_settled', `The finding is ${finding.state}; a new scan shows what is there now.`);
      const now = this.clock.now();
      const cause = await appendFact(tx, by, now, {
        verb: `drift.${STATES[decision]}`,
        subjectKind: 'drift_finding',
        subjectId: id,
        payload: { ...subjectOf(finding), reason },
      });
      await this.carryOut(tx, by, finding, decision, cause, reason);
      const decided = { decidedAt: now, decidedBy: by.actor, decisionReason: reason };
      await tx.repository(DriftFinding).update({ tenantId, id }, { state: STATES[decision], ...decided });
      return getFinding(tx, id);
    });
  }

  /** The same for all open findings of a kind; what is refused stays open, and is counted by its code. */
  async decideAll(
    tenantId: string,
    by: Actor,
    filter: DriftFilter,
    decision: DriftDecision,
    reason: string | null,
  ): Promise<{ decided: number; refused: Readonly<Record<string, number>>; more: boolean }> {
    const { applicationId = null, kind = null, attribute = null } = filter;
    const rows = await this.database.transaction(tenantId, (tx) =>
      tx.query<{ id: string }>(
        `SELECT id FROM drift_findings WHERE tenant_id = $1 AND state = 'open' AND ($2::uuid IS NULL OR application_id = $2)
           AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR attribute = $4) ORDER BY id LIMIT ${MOST + 1}`,
        [tenantId, applicationId, kind, attribute],
      ),
    );
    const refused: Record<string, number> = {};
    let decided = 0;
    for (const { id } of rows.slice(0, MOST)) {
      try {
        await this.decide(tenantId, by, id, decision, reason);
        decided += 1;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refused[error.code] = (refused[error.code] ?? 0) + 1;
      }
    }
    return { decided, refused, more: rows.length > MOST };
  }

  private async carryOut(
    tx: Tx,
    by: Actor,
    finding: DriftFinding,
    decision: DriftDecision,
    cause: string,
    reason: string | null,
  ): Promise<void> {
    if (decision === 'ignore') return;
    if (decision === 'adopt' && finding.kind === 'member_added') return this.adoptMember(tx, by, finding, reason);
    const concerned = await lockConcerned(tx, finding);
    if (finding.state === 'adopted') return finding.kind === 'attribute' ? letGo(tx, finding, cause) : refuseGranted();
    if (concerned.isBusy)
      throw new Refusal('account_busy', 'The account is being worked on right now; try again in a moment.');
    if (decision === 'adopt') return adopt(tx, finding, concerned);
    const { protectedReason, mode } = concerned;
    const obstacle = obstacleTo(finding, { mode, isProtected: protectedReason !== null });
    if (obstacle !== null) throw new Refusal(obstacle, OBSTACLES[obstacle]);
    await (finding.entitlementId === null
      ? this.revertAccount(tx, finding, concerned, cause)
      : this.revertMember(tx, finding, finding.entitlementId, concerned, cause));
  }

  /** The membership gets a reason here: a grant of the person's own, which ends as every other does. */
  private async adoptMember(
    tx: Tx,
    by: Actor,
    { applicationId, identityId, entitlementId }: DriftFinding,
    reason: string | null,
  ): Promise<void> {
    const { kind, name } = await getEntitlement(tx, entitlementId ?? '');
    const words = reason ?? 'Somebody made the person a member in the application.';
    await this.grants.giveIn(tx, by, { identityId, applicationId, entitlement: { kind, name }, reason: words });
  }

  private async revertAccount(tx: Tx, finding: DriftFinding, concerned: Concerned, cause: string): Promise<void> {
    if (concerned.remoteId === null) refuseOutdated();
    const urgent = finding.kind === 'enabled' || finding.kind === 'orphan';
    const observed = observedBy(concerned.observed, null, [finding]);
    const priority = urgent ? PRIORITY.leaver : PRIORITY.drift;
    await revertAccounts(tx, [{ accountId: finding.accountId, observed, priority, cause }]);
    this.announce(tx, finding, concerned, concerned.shard, urgent);
  }

  private async revertMember(
    tx: Tx,
    { applicationId, accountId, kind, ...finding }: DriftFinding,
    entitlementId: string,
    concerned: Concerned,
    cause: string,
  ): Promise<void> {
    const held = kind === 'member_added';
    const stands = held
      ? concerned.wanted !== true && concerned.held !== true
      : concerned.wanted === true && concerned.held === true;
    if (!stands) refuseOutdated();
    await revertMembers(tx, [{ applicationId, entitlementId, accountId, held, priority: PRIORITY.drift, cause }]);
    this.announce(tx, { ...finding, applicationId }, concerned, concerned.entitlementShard ?? 0, false);
  }

  private announce(
    tx: Tx,
    { applicationId }: Pick<DriftFinding, 'applicationId'>,
    { connector }: Concerned,
    shard: number,
    urgent: boolean,
  ): void {
    this.hints.announce(tx, { tenantId: tx.tenantId, applicationId, connector, shard, urgent });
  }
}

function refuseGranted(): never {
  throw new Refusal('drift_granted', 'A grant was given for it; end that grant.');
}

function refuseOutdated(): never {
  throw new Refusal('drift_outdated', 'Something else was decided meanwhile; start a scan to see what is there now.');
}

async function adopt(
  tx: Tx,
  { kind, accountId, attribute, observed }: DriftFinding,
  { protectedReason }: Concerned,
): Promise<void> {
  if (!mayAdopt(kind))
    throw new Refusal(
      'drift_not_adoptable',
      'Values and memberships that were added can be taken over. For the rest change what grants it, or revert.',
    );
  if (protectedReason !== null) throw new Refusal('account_protected', OBSTACLES.account_protected);
  await adoptValues(tx, [{ accountId, attributes: { [attribute]: observed as AttributeValue } }]);
}

/** A value that was taken over is let go: what the mapping says counts again. */
async function letGo(tx: Tx, { accountId, identityId, attribute }: DriftFinding, cause: string): Promise<void> {
  await tx.query('UPDATE accounts SET adopted = adopted - $3 WHERE tenant_id = $1 AND id = $2', [
    tx.tenantId,
    accountId,
    attribute,
  ]);
  await markBehind(tx, [identityId], { cause, urgent: false });
}

async function lockConcerned(tx: Tx, { accountId, entitlementId }: DriftFinding): Promise<Concerned> {
  const [row] = await tx.query<Concerned>(
    `SELECT p.mode, p.connector, a.shard, a.protected_reason AS "protectedReason", a.observed, a.remote_id AS "remoteId",
       coalesce(a.lease_until >= clock_timestamp(), false) AS "isBusy", e.shard AS "entitlementShard", m.wanted, m.held
     FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
     LEFT JOIN entitlements e ON e.tenant_id = a.tenant_id AND e.id = $3
     LEFT JOIN entitlement_members m ON m.tenant_id = a.tenant_id AND m.entitlement_id = $3 AND m.account_id = a.id
     WHERE a.tenant_id = $1 AND a.id = $2 FOR UPDATE OF a`,
    [tx.tenantId, accountId, entitlementId],
  );
  return row ?? refuseOutdated();
}

const subjectOf = ({ applicationId, accountId, kind, attribute, desired, observed }: DriftFinding): object => ({
  ...{ applicationId, accountId, kind, attribute, desired, observed },
});

/** A finding of the tenant, or a refusal. */
export async function getFinding(tx: Tx, id: string): Promise<DriftFinding> {
  const finding = await tx.repository(DriftFinding).findOneBy({ tenantId: tx.tenantId, id });
  if (!finding) throw new Refusal('drift_not_found', `There is no finding with the id ${id}.`);
  return finding;
}
