import { createHmac, randomBytes } from 'node:crypto';
import { erasePerson, Refusal, type Tx } from '@tenure/platform';
import type { Person } from '../model/person.js';

interface RecordRow {
  readonly id: string;
  readonly source_id: string;
  readonly kind: string;
  readonly key: string;
  readonly external_id: string | null;
  readonly attributes: Person;
}

/** Shorter texts are in everybody's rows. */
const SHORTEST = 5;

/** Erases what every lib keeps of a person, and remembers by keyed hashes that sources spoke of one who was erased. */
export async function forgetPerson(tx: Tx, id: string, before: Person, now: Date): Promise<void> {
  const records = await tx.query<RecordRow>(
    `SELECT r.id, r.source_id, s.kind, r.key, r.external_id, r.attributes FROM source_records r
     JOIN sources s ON s.tenant_id = r.tenant_id AND s.id = r.source_id WHERE r.tenant_id = $1 AND r.identity_id = $2`,
    [tx.tenantId, id],
  );
  const hr = records.filter(({ kind }) => kind === 'hrms' || kind === 'csv');
  const secret = await secretOf(tx);
  await tx.query(
    'INSERT INTO erased_people (tenant_id, key_hash, erased_at) SELECT $1, hash, $3 FROM unnest($2::bytea[]) AS keys (hash) ON CONFLICT DO NOTHING',
    [tx.tenantId, hr.map(({ source_id, key }) => hashOf(secret, source_id, key)), now],
  );
  await erasePerson(tx, {
    identity: id,
    records: records.map((record) => record.id),
    keys: records.map(({ key }) => key),
    texts: textsOf([before, ...records.map(({ attributes }) => attributes)], records),
  });
}

/** Whether a source called somebody so who was erased since. */
export async function wasErased(tx: Tx, sourceId: string, key: string): Promise<boolean> {
  const [row] = await tx.query<{ secret: Buffer }>('SELECT secret FROM erasure_secrets WHERE tenant_id = $1', [
    tx.tenantId,
  ]);
  if (row === undefined) return false;
  const hash = hashOf(row.secret, sourceId, key);
  const rows = await tx.query('SELECT FROM erased_people WHERE tenant_id = $1 AND key_hash = $2', [tx.tenantId, hash]);
  return rows.length > 0;
}

/** What a statement about an erased leaver is refused with: its door keeps nothing of it. */
export const ERASED = 'person_erased';
export const refuseErased = (): never => {
  throw new Refusal(
    ERASED,
    'What was known of this person was erased after the employment ended, and this says only that it ended; nobody is made of it.',
  );
};

const hashOf = (secret: Buffer, sourceId: string, key: string): Buffer =>
  createHmac('sha256', secret).update(`${sourceId}|${key}`).digest();

async function secretOf(tx: Tx): Promise<Buffer> {
  await tx.query('INSERT INTO erasure_secrets (tenant_id, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    tx.tenantId,
    randomBytes(32),
  ]);
  const [row] = await tx.query<{ secret: Buffer }>('SELECT secret FROM erasure_secrets WHERE tenant_id = $1', [
    tx.tenantId,
  ]);
  if (row === undefined) throw new Error('the secret that was just made is not there');
  return row.secret;
}

/** What raw JSON has of the person: addresses, names and ids as they are, numbers as whole texts. */
function textsOf(people: readonly Person[], records: readonly RecordRow[]): string[] {
  const named = people.flatMap(({ email, userName, displayName, givenName, familyName }) => [
    email,
    userName,
    displayName,
    givenName != null && familyName != null ? `${givenName} ${familyName}` : null,
  ]);
  const ids = records.map(({ external_id }) => external_id);
  const plain = [...named, ...ids].filter((text) => text != null && text.length >= SHORTEST) as string[];
  const whole = [...people.map(({ employeeNumber }) => employeeNumber), ...people.map(({ userName }) => userName)];
  const quoted = whole.flatMap((text) => (text == null ? [] : [JSON.stringify(text)]));
  return [...new Set([...plain, ...quoted].map((text) => text.toLowerCase()))];
}
