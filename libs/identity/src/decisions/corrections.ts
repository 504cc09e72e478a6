import { Clock, newId, Refusal, type InputFault, type Tx } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { Identities, type StatementOutcome } from '../statement/identities.js';
import { hasValue } from '../merge/choose-value.js';
import { EMPLOYMENT_FIELDS } from '../employment/employment-words.js';
import { Identity } from '../model/identity.entity.js';
import { refuseUnfit } from './links.js';
import { readPerson, type Person } from '../model/person.js';
import { findRecord } from '../record/record-store.js';
import { Source } from '../model/source.entity.js';
import { Sources } from '../source/sources.js';

/** Admins as a source of their own: people whom no system knows, and values that are better known than a system says. */
export class Corrections {
  constructor(
    private readonly identities: Identities,
    private readonly sources: Sources,
    private readonly clock: Clock,
  ) {}

  /** A person whom no other source speaks of: a service, a break-glass login, a guest. */
  async create(tx: Tx, by: Actor, attributes: Readonly<Record<string, unknown>>): Promise<StatementOutcome> {
    const person = checked(attributes);
    if (!Object.values(person).some(hasValue))
      throw new Refusal('person_empty', 'Give at least one attribute of the person, such as displayName.');
    const source = await this.source(tx, by);
    return this.identities.state(tx, by, { source, key: newId(), person, replace: true });
  }

  /** All that admins say of a person: what was said before and is not named any more, the other sources say again. */
  async correct(
    tx: Tx,
    by: Actor,
    identityId: string,
    attributes: Readonly<Record<string, unknown>>,
  ): Promise<StatementOutcome> {
    refuseUnfit(await tx.repository(Identity).findOneBy({ tenantId: tx.tenantId, id: identityId }), identityId);
    const source = await this.source(tx, by);
    const own = await tx.query<{ key: string }>(
      'SELECT key FROM source_records WHERE tenant_id = $1 AND source_id = $2 AND identity_id = $3 ORDER BY id LIMIT 1',
      [tx.tenantId, source.id, identityId],
    );
    const key = own[0]?.key ?? `identity:${identityId}`;
    const person = checked(attributes);
    const told = await this.identities.state(tx, by, { source, key, person, replace: true, about: identityId });
    return { ...told, ...(await withoutEffect(tx, source, key, person)) };
  }

  /** The one source of the tenant's admins; made when it is first needed. */
  private async source(tx: Tx, by: Actor): Promise<Source> {
    const find = (): Promise<Source | null> =>
      tx.repository(Source).findOneBy({ tenantId: tx.tenantId, kind: 'admin' });
    const known = await find();
    if (known) return known;
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('admin-source|' || $1::text, 0))", [tx.tenantId]);
    if ((await find()) === null)
      await this.sources.create(tx, by, this.clock.now(), { kind: 'admin', name: 'Administrators' });
    const made = await find();
    if (!made) throw new Error('the source that was just made is not there');
    return made;
  }
}

/** A correction changes values; words on the employment are kept beside them, and the caller learns that they decide nothing. */
async function withoutEffect(tx: Tx, source: Source, key: string, person: Person): Promise<{ reason?: string }> {
  const words = EMPLOYMENT_FIELDS.filter((field) => hasValue(person[field]));
  if (words.length === 0 || (await findRecord(tx, source.id, key))?.corrects !== true) return {};
  return {
    reason: `A correction says nothing of the employment, so ${words.join(', ')} has no effect; suspend, terminate or activate the person instead, or correct the source.`,
  };
}

function checked(attributes: Readonly<Record<string, unknown>>): Person {
  const { person, faults } = readPerson(attributes);
  if (faults.length > 0) throw invalid(faults);
  return person;
}

const invalid = (faults: readonly InputFault[]): Refusal =>
  new Refusal('person_invalid', 'Some attributes have no valid value; each is listed.', faults);
