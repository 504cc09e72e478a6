import { Refusal, type Tx } from '@tenure/platform';
import type { DecidingIdentity } from '../decide/decide-grants.js';

/** A person whose access changes. */
export type Person = DecidingIdentity;

const PERSON = `SELECT id, state, state_reason AS "stateReason", attributes, manager_id AS "managerId", is_manager AS "isManager", protected_reason AS "protectedReason"
  FROM identities WHERE tenant_id = $1 AND id = $2`;

/** A person of the tenant, or a refusal. */
export async function getPerson(tx: Tx, id: string): Promise<Person> {
  return known(await tx.query<Person>(PERSON, [tx.tenantId, id]), id);
}

/** Reads a person and keeps others from changing it, so that facts about it have one order; or a refusal. */
export async function lockPerson(tx: Tx, id: string): Promise<Person> {
  return known(await tx.query<Person>(`${PERSON} FOR UPDATE`, [tx.tenantId, id]), id);
}

function known([person]: readonly Person[], id: string): Person {
  if (!person) throw new Refusal('identity_not_found', `There is no identity with the id ${id}.`);
  return person;
}
