import { Clock, Refusal, type Tx } from '@tenure/platform';
import { assertSpeaks, getSource, Identities, type Identity } from '@tenure/identity';
import type { Actor } from '@tenure/journal';
import type { SamlLogin } from '../protocol/read-login.js';
import type { SamlConnection } from '../protocol/saml-connection.js';
import { admitLogin, admitPerson, trustOf } from './admit-login.js';
import { optionalKey } from './choose-key.js';
import { findLogin, type RawLogin } from './find-login.js';
import { LoginRefused } from './login-refused.js';
import { nameOfKey, type LoginRules } from './login-rules.js';
import { LoginRulesStore } from './login-rules-store.js';
import { mapLogin, type Told } from './map-login.js';
import { refreshPerson, type Refreshed } from './refresh-person.js';
import { keepListCases, unreadableLists } from './unreadable-lists.js';

/** Whose login it is, and how that was decided. */
export interface JitOutcome {
  readonly identityId: string;
  readonly outcome: 'created' | 'changed' | 'unchanged';
  /** The person as known before the login; null: made by it. */
  readonly before: Pick<Identity, 'id' | 'state' | 'attributes'> | null;
  readonly rules: LoginRules;
  readonly told: readonly Told[];
  readonly kept: Refreshed['kept'];
}

const TAKEN = 'Someone else is known by what this login says; ask an administrator to link the login.';

/** A login nobody can be given to; what opened the case is kept, so this is no refusal that takes everything back. */
export interface UnresolvedLogin {
  readonly identityId: null;
  readonly code: 'email_taken' | 'login_unresolved';
  readonly words: string;
  /** For the admin: why, and whom it may be. */
  readonly reason: string;
  /** The case that links the login. */
  readonly caseId: string | null;
}

const NOT_KNOWN = { attributes: null, identityId: null, raw: null } as const;

/** From a verified login to the person: the one way, for real logins and for tries. In the caller's transaction. */
export class JitLogins {
  constructor(
    private readonly identities: Identities,
    private readonly rules: LoginRulesStore,
    private readonly clock: Clock,
  ) {}

  async login(tx: Tx, connection: SamlConnection, login: SamlLogin): Promise<JitOutcome | UnresolvedLogin> {
    const source = await getSource(tx, connection.id, 'saml');
    assertSpeaks(source);
    const inForce = await this.rules.of(tx, connection.id);
    const { rules, mapping } = inForce;
    const { key, known } = await findLogin(tx, connection.id, inForce, login);
    const mapped = mapLogin(login, mapping);
    const { attributes, identityId, raw: rawBefore } = known ?? NOT_KNOWN;
    admitLogin(rules, mapped, attributes);
    if (identityId === null) await assertLicence(tx, connection.id, rules);
    const { person, kept } = refreshPerson(attributes, mapped.person, rules);
    const unreadable = unreadableLists(mapped.told, attributes, rules);
    const raw = rawOf(login, nameOfKey(rules.key), mapped.told, unreadable);
    const by: Actor = { actor: `source:${connection.id}`, door: 'saml' };
    let before: JitOutcome['before'] = null;
    const admit = (identity: Identity | null): void => {
      admitPerson(rules, identity);
      before = identity;
    };
    const externalId = optionalKey(rules.match.externalId, login);
    const trust = trustOf(rules, mapped.person);
    const told = await this.identities.state(tx, by, { source, key, person, raw, externalId, trust, admit });
    if (told.identityId === null || told.outcome === 'unresolved')
      return unresolved(tx, told.recordId, told.reason ?? 'it is not certain whose login it is');
    const about = { connectionId: connection.id, identityId: told.identityId, before: rawBefore as RawLogin | null };
    await keepListCases(tx, this.clock.now(), about, unreadable);
    return { identityId: told.identityId, outcome: told.outcome, before, rules, told: mapped.told, kept };
  }
}

/** What is asked about a login's record: the person who is known is named to the admin, never to the browser. */
async function unresolved(tx: Tx, recordId: string, reason: string): Promise<UnresolvedLogin> {
  const [open] = await tx.query<{ id: string; situation: string | null; identityIds: readonly string[] }>(
    `SELECT id, details ->> 'situation' AS situation,
       ARRAY(SELECT c ->> 'identityId' FROM jsonb_array_elements(coalesce(details -> 'candidates', '[]')) AS c) AS "identityIds"
     FROM cases WHERE tenant_id = $1 AND kind = 'correlation' AND subject_id = $2 AND state = 'open'`,
    [tx.tenantId, recordId],
  );
  const isTaken = open?.situation === 'collision';
  const people = (open?.identityIds ?? []).slice(0, 5);
  return {
    identityId: null,
    code: isTaken ? 'email_taken' : 'login_unresolved',
    words: isTaken ? TAKEN : 'Who this login belongs to is not certain.',
    reason: people.length === 0 ? reason : `${reason}; it may be the login of ${people.join(', ')}`,
    caseId: open?.id ?? null,
  };
}

function rawOf(
  { nameId, nameIdFormat }: SamlLogin,
  keyedBy: string,
  told: readonly Told[],
  unreadable: readonly Told[],
): RawLogin {
  const leftOut = told.flatMap((one) => (one.leftOut === undefined ? [] : [[one.target, one.leftOut] as const]));
  return {
    ...{ nameId, nameIdFormat, keyedBy },
    ...(leftOut.length > 0 && { leftOut: Object.fromEntries(leftOut) }),
    ...(unreadable.length > 0 && { unreadable: unreadable.map(({ target }) => target) }),
  };
}

/** Counted under a lock: of two first logins at once, one is the last that the licence has room for. */
async function assertLicence(tx: Tx, connectionId: string, { maxPeople }: LoginRules): Promise<void> {
  if (maxPeople === null) return;
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('saml-licence|' || $1::text || $2::text, 0))`, [
    tx.tenantId,
    connectionId,
  ]);
  const [row] = await tx.query<{ full: boolean }>(
    `SELECT count(*) >= $3 AS full FROM source_records r JOIN identities i ON i.tenant_id = $1 AND i.id = r.identity_id
     WHERE r.tenant_id = $1 AND r.source_id = $2 AND r.deleted_at IS NULL AND i.state NOT IN ('terminated', 'purged')`,
    [tx.tenantId, connectionId, maxPeople],
  );
  if (row?.full === true)
    throw new LoginRefused(
      'licences_used_up',
      'All licences for this login are in use.',
      `${maxPeople} people have come by this connection and not left; that is its limit (maxPeople).`,
    );
}

/** The exact reason of a refusal of ours, for the admin. */
export const reasonOf = (error: LoginRefused | Refusal): string =>
  error instanceof LoginRefused ? error.reason : (error.faults[0]?.message ?? error.message);
