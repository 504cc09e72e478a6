import { Database, hashToken, newId, newToken, Refusal, SecretBox, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { randomBytes } from 'node:crypto';
import { Source, SOURCE_KINDS, type SourceDeactivation, type SourceKind } from '../model/source.entity.js';

export interface NewSource {
  readonly kind: SourceKind;
  readonly name: string;
  readonly vendor?: string;
  readonly mapping?: Readonly<Record<string, string>>;
}

/** A source as created, with the secrets that are shown this once. */
export interface CreatedSource {
  readonly id: string;
  readonly token?: string;
  readonly webhookSecret?: string;
}

const sealedFor = (sourceId: string): string => `source:${sourceId}`;

const COLUMNS = `tenant_id AS "tenantId", id, kind, name, vendor, mapping, rank, token_hash AS "tokenHash", sealed_secret AS "sealedSecret",
  deactivation, retired_at AS "retiredAt", created_at AS "createdAt"`;

/** Systems that say things about people, and how they prove who they are. */
export class Sources {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
  ) {}

  /** Creates a source in the caller's transaction. A SCIM client gets a bearer token, an HRMS a signing secret. */
  async create(tx: Tx, by: Actor, at: Date, source: NewSource): Promise<CreatedSource> {
    const id = newId();
    const token = source.kind === 'scim' ? newToken('scim') : undefined;
    const webhookSecret = source.kind === 'hrms' ? `whsec_${randomBytes(32).toString('base64')}` : undefined;
    await tx.repository(Source).insert({
      tenantId: tx.tenantId,
      id,
      kind: source.kind,
      name: source.name,
      vendor: source.vendor ?? null,
      mapping: source.mapping ?? {},
      rank: SOURCE_KINDS.indexOf(source.kind),
      tokenHash: token === undefined ? null : hashToken(token),
      sealedSecret: webhookSecret === undefined ? null : this.box.seal(webhookSecret, sealedFor(id)),
    });
    await appendFact(tx, by, at, {
      verb: 'source.created',
      subjectKind: 'source',
      subjectId: id,
      payload: { kind: source.kind, name: source.name },
    });
    return { id, token, webhookSecret };
  }

  /** Chooses what the source's deactivation of a person becomes; null: the usual. The caller settles everybody anew. */
  async chooseDeactivation(
    tx: Tx,
    by: Actor,
    at: Date,
    id: string,
    deactivation: SourceDeactivation | null,
  ): Promise<string> {
    await getSource(tx, id);
    await tx.repository(Source).update({ tenantId: tx.tenantId, id }, { deactivation });
    const payload = { deactivation };
    return appendFact(tx, by, at, {
      verb: 'source.deactivation_chosen',
      subjectKind: 'source',
      subjectId: id,
      payload,
    });
  }

  /** The SCIM client that holds this token; null for none. The token names tenant and source. */
  async findByToken(token: string): Promise<Source | null> {
    if (token === '') return null;
    return this.database.lookUp<Source>(
      `SELECT ${COLUMNS} FROM sources WHERE token_hash = $1 AND kind = 'scim'`,
      hashToken(token),
    );
  }

  /** The HR system at an address that names nothing else; that it is the one is proven by its signature. */
  async findHrSystem(id: string): Promise<Source | null> {
    return this.database.lookUp<Source>(`SELECT ${COLUMNS} FROM sources WHERE id = $1 AND kind = 'hrms'`, id);
  }

  webhookSecretOf(source: Source): string {
    if (source.sealedSecret === null) throw new Error('the source has no webhook secret');
    return this.box.open(source.sealedSecret, sealedFor(source.id));
  }
}

/** A source of the tenant, or a refusal. */
export async function getSource(tx: Tx, id: string, kind?: SourceKind): Promise<Source> {
  const source = await tx
    .repository(Source)
    .findOneBy({ tenantId: tx.tenantId, id, ...(kind === undefined ? {} : { kind }) });
  if (!source)
    throw new Refusal('source_not_found', `There is no ${kind ?? ''} source with the id ${id}.`.replace('  ', ' '));
  return source;
}
