import { compileExpression, type Tx } from '@tenure/platform';
import { IDENTITY_SCHEMA } from '@tenure/identity';
import { Application, compileMapping, compileValues, expressionsOf, type CompiledMapping } from '@tenure/applications';
import type { ActivePolicy } from './decide-grants.js';
import type { PolicyVersion } from '../model/policy.entity.js';
import { conditionOf } from './test-condition.js';

/** What depends on one attribute of people. */
interface Readers {
  readonly policies: Set<string>;
  readonly applications: Set<string>;
}

/** What a tenant's access follows from, with every expression planned. */
export interface TenantRules {
  readonly epoch: string;
  readonly policies: readonly ActivePolicy[];
  readonly policiesById: ReadonlyMap<string, ActivePolicy>;
  readonly applications: ReadonlyMap<string, Application>;
  readonly mappings: ReadonlyMap<string, CompiledMapping>;
  /** Attribute of an identity → what reads it. */
  readonly readers: ReadonlyMap<string, Readers>;
}

export type PlannedRow = Pick<
  PolicyVersion,
  'version' | 'condition' | 'grants' | 'priority' | 'overlap' | 'request'
> & {
  readonly id: string;
  readonly name: string;
};

/** Plans a policy version that was checked when it was saved. */
export function planPolicy({ condition, ...row }: PlannedRow): ActivePolicy {
  const attributes = new Map(
    row.grants.flatMap((grant) =>
      grant.attributes === undefined ? [] : [[grant.applicationId, new Map(compileValues(grant.attributes))] as const],
    ),
  );
  const planned = compileExpression(condition, { variables: IDENTITY_SCHEMA, expects: 'boolean' });
  return { ...row, attributes, condition: conditionOf(planned) };
}

/** Joins policies and applications to the rules of a tenant. */
export function rulesOf(
  epoch: string,
  policies: readonly ActivePolicy[],
  applications: readonly Application[],
  mappings: ReadonlyMap<string, CompiledMapping>,
): TenantRules {
  return {
    epoch,
    policies,
    policiesById: new Map(policies.map((policy) => [policy.id, policy])),
    applications: new Map(applications.map((application) => [application.id, application])),
    mappings,
    readers: readersOf(policies, mappings),
  };
}

export async function loadRules(tx: Tx, epoch: string): Promise<TenantRules> {
  const rows = await tx.query<PlannedRow>(
    `SELECT p.id, p.name, v.version, v.condition, v.grants, v.priority, v.overlap, v.request FROM policies p
     JOIN policy_versions v ON v.tenant_id = p.tenant_id AND v.policy_id = p.id AND v.version = p.published_version
     WHERE p.tenant_id = $1 AND NOT p.dormant ORDER BY p.id`,
    [tx.tenantId],
  );
  const applications = await tx.repository(Application).findBy({ tenantId: tx.tenantId });
  const mappings = new Map(applications.map((application) => [application.id, compileMapping(application.mapping)]));
  return rulesOf(epoch, rows.map(planPolicy), applications, mappings);
}

function readersOf(
  policies: readonly ActivePolicy[],
  mappings: ReadonlyMap<string, CompiledMapping>,
): ReadonlyMap<string, Readers> {
  const readers = new Map<string, Readers>();
  const of = (field: string): Readers => {
    const found = readers.get(field) ?? { policies: new Set(), applications: new Set() };
    readers.set(field, found);
    return found;
  };
  for (const policy of policies) {
    for (const field of policy.condition.reads) of(field).policies.add(policy.id);
    for (const [applicationId, attributes] of policy.attributes)
      for (const value of attributes.values())
        for (const field of value.reads) of(field).applications.add(applicationId);
  }
  for (const [applicationId, mapping] of mappings)
    for (const [, rule] of mapping)
      for (const { reads } of expressionsOf(rule)) for (const field of reads) of(field).applications.add(applicationId);
  return readers;
}
