import { Clock, Database, newId, Refusal, SecretBox, type Tx } from '@tenure/platform';
import type { Actor } from '@tenure/journal';
import { livingKeys, lockConnection, nextWarningOf, tellOfConnection } from './connection-rows.js';
import { createSigningKey, type SigningKey } from '../protocol/create-signing-key.js';
import { certificateFacts } from '../protocol/read-certificate.js';
import { SamlConnectionRow, SamlKeyRow, type KeyPurpose } from './saml-connection.entity.js';

export const KEY_PURPOSES: readonly KeyPurpose[] = ['signing', 'encryption'];

/** What a sealed key is bound to: it opens for this key of this connection only. */
export const sealedFor = (connectionId: string, keyId: string): string => `saml:${connectionId}:${keyId}`;

/**
 * Our keys toward an IdP. A change has three steps, so that no moment has a key that the IdP does not know: the next one
 * is published beside the one in use, then used, and the one before is retired when nothing is encrypted for it any more.
 */
export class ConnectionKeys {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** The first keys of a new connection; making one takes long, so it is made before the transaction. */
  static make(): Promise<SigningKey[]> {
    return Promise.all(KEY_PURPOSES.map((purpose) => createSigningKey(`Tenure SAML ${purpose}`)));
  }

  async begin(tx: Tx, connectionId: string, keys: readonly SigningKey[]): Promise<void> {
    for (const [index, purpose] of KEY_PURPOSES.entries()) {
      const key = keys[index];
      if (key) await this.insert(tx, connectionId, purpose, 'active', key);
    }
  }

  /** Publishes the next key of a purpose beside the one in use. */
  async add(tenantId: string, by: Actor, connectionId: string, purpose: KeyPurpose): Promise<string> {
    const key = await createSigningKey(`Tenure SAML ${purpose}`);
    return this.database.transaction(tenantId, async (tx) => {
      const { certificates } = await lockConnection(tx, connectionId);
      const keys = await livingKeys(tx, connectionId);
      if (keys.some((one) => one.purpose === purpose && one.state === 'next'))
        throw new Refusal('key_waiting', `The next ${purpose} key is published already: activate it.`);
      const id = await this.insert(tx, connectionId, purpose, 'next', key);
      const warnAt = nextWarningOf(certificates, [...keys, key], this.clock.now());
      await tx.repository(SamlConnectionRow).update({ tenantId, id: connectionId }, { warnAt });
      await this.tell(tx, by, connectionId, 'key_added', { keyId: id, purpose });
      return id;
    });
  }

  /** From the commit on the key is used. The one before stays published, and still decrypts, until it is retired. */
  async activate(tx: Tx, by: Actor, connectionId: string, keyId: string): Promise<void> {
    await lockConnection(tx, connectionId);
    const key = await this.find(tx, connectionId, keyId);
    if (key.state !== 'next')
      throw new Refusal('key_not_next', 'Only a key that is published as the next one can be activated.');
    const { tenantId } = tx;
    const now = this.clock.now();
    const { purpose } = key;
    const keys = tx.repository(SamlKeyRow);
    const previous = await keys.findOneBy({ tenantId, connectionId, purpose, state: 'active' });
    await keys.update({ tenantId, connectionId, purpose, state: 'active' }, { state: 'retiring' });
    await keys.update({ tenantId, connectionId, id: keyId }, { state: 'active', activatedAt: now });
    await this.tell(tx, by, connectionId, 'key_activated', { keyId, purpose, previous: previous?.id });
  }

  /** Takes a key out of use and forgets its private half; the one that is in use stays. */
  async retire(tx: Tx, by: Actor, connectionId: string, keyId: string): Promise<void> {
    await lockConnection(tx, connectionId);
    const key = await this.find(tx, connectionId, keyId);
    if (key.state === 'active')
      throw new Refusal('key_in_use', 'This key is in use: publish and activate the next one first.');
    if (key.state === 'retired') return;
    const change = { state: 'retired', sealedKey: null, retiredAt: this.clock.now() } as const;
    await tx.repository(SamlKeyRow).update({ tenantId: tx.tenantId, connectionId, id: keyId }, change);
    await this.tell(tx, by, connectionId, 'key_retired', { keyId, purpose: key.purpose });
  }

  private async insert(
    tx: Tx,
    connectionId: string,
    purpose: KeyPurpose,
    state: 'next' | 'active',
    { privateKey, certificate }: SigningKey,
  ): Promise<string> {
    const id = newId();
    const now = this.clock.now();
    await tx.repository(SamlKeyRow).insert({
      tenantId: tx.tenantId,
      connectionId,
      id,
      purpose,
      state,
      sealedKey: this.box.seal(privateKey.reveal(), sealedFor(connectionId, id)),
      certificate,
      createdAt: now,
      activatedAt: state === 'active' ? now : null,
    });
    return id;
  }

  private async find(tx: Tx, connectionId: string, id: string): Promise<SamlKeyRow> {
    const key = await tx.repository(SamlKeyRow).findOneBy({ tenantId: tx.tenantId, connectionId, id });
    if (key === null) throw new Refusal('key_not_found', `The connection has no key with the id ${id}.`);
    return key;
  }

  private async tell(tx: Tx, by: Actor, connectionId: string, verb: string, payload: object): Promise<void> {
    await tellOfConnection(tx, by, this.clock.now(), connectionId, verb, payload);
  }
}

/** What is shown of a key: never its private half. */
export const keyView = ({
  id,
  purpose,
  state,
  certificate,
  createdAt,
  activatedAt,
  retiredAt,
}: SamlKeyRow): object => ({
  id,
  purpose,
  state,
  certificate,
  ...certificateFacts(certificate),
  createdAt,
  activatedAt,
  retiredAt,
});
