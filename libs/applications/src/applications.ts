import {
  Clock,
  Database,
  isUniqueViolation,
  messageOf,
  newId,
  Refusal,
  sameJson,
  SecretBox,
  type InputFault,
  type Tx,
} from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import {
  ConnectorError,
  ConnectorRegistry,
  UNPACED,
  UnknownConnectorKind,
  type Connector,
  type ConnectorKind,
} from '@tenure/connectors';
import { setsOf, whereEvent } from './account-work.js';
import { Application, type Mode } from './application.entity.js';
import { checkSettings, definedOf, settingsOf, type ApplicationSettings } from './application-settings.js';
import { checkDependencies } from './check-dependencies.js';
import { checkMapping } from './check-mapping.js';
import { plainMapping, type Mapping } from './mapping-rule.js';

export interface NewApplication extends Partial<ApplicationSettings> {
  readonly name: string;
  readonly connector: string;
  readonly mode: Mode;
  readonly config: Readonly<Record<string, unknown>>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly mapping?: Mapping;
  /** The identity that answers for the application; null: nobody. */
  readonly ownerId?: string | null;
}

/** Only what changes. */
export type ApplicationChange = Partial<
  Pick<NewApplication, 'mode' | 'config' | 'credentials' | 'mapping' | 'ownerId' | keyof ApplicationSettings>
>;

/** Whether the application could be reached with its credentials, in words for the admin. */
export interface ConnectionCheck {
  readonly ok: boolean;
  readonly summary: string;
}

/** Credentials as they are sealed: with whom they were entered for. Older ones are without. */
interface Sealed {
  readonly receiver: Readonly<Record<string, unknown>>;
  readonly credentials: Record<string, string>;
}

const isBound = (opened: Sealed | Record<string, string>): opened is Sealed => typeof opened.receiver === 'object';

const CHECK_TIMEOUT_MS = 5_000;
const sealedFor = (applicationId: string): string => `application:${applicationId}`;

/** Downstream apps: their configuration, checked; their credentials, sealed; and how they are opened. */
export class Applications {
  constructor(
    private readonly database: Database,
    private readonly connectors: ConnectorRegistry,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  /** Saves an application and tries to reach it. One that cannot be reached is saved all the same: its work waits. */
  async create(
    tenantId: string,
    by: Actor,
    input: NewApplication,
  ): Promise<{ application: Application; check: ConnectionCheck }> {
    const kind = this.kindOf(input.connector);
    const asked = input.mapping && Object.keys(input.mapping).length > 0 ? input.mapping : kind.defaultMapping;
    const mapping = plainMapping(asked);
    const targets = Object.keys(mapping);
    refuseFaults([
      ...kind.check(input.config, input.credentials, written(targets, input)),
      ...checkMapping(mapping),
      ...checkSettings(input, targets),
    ]);
    const id = newId();
    const row: Partial<Application> = {
      tenantId,
      id,
      name: input.name,
      connector: input.connector,
      mode: input.mode,
      config: input.config,
      sealedCredentials: this.seal(id, kind.receiverOf(input.config), input.credentials),
      mapping,
      ...settingsOf(input),
      ownerId: input.ownerId ?? null,
      createdAt: this.clock.now(),
    };
    // Asked before the transaction: nobody waits for the tenant's row while an application thinks.
    const check = await this.check(row as Application);
    const application = await this.database.transaction(tenantId, async (tx) => {
      await refuseUnknownOwner(tx, row.ownerId);
      refuseFaults(await checkDependencies(tx, id, input.dependsOn));
      return this.insert(tx, by, row);
    });
    return { application, check };
  }

  /** Changes an application in the caller's transaction; what its mode withheld is looked at again. Says whether the mapping changed. */
  async update(
    tx: Tx,
    by: Actor,
    id: string,
    asked: ApplicationChange,
  ): Promise<{ application: Application; cause: string; mappingChanged: boolean }> {
    const change = { ...asked, ...(asked.mapping && { mapping: plainMapping(asked.mapping) }) };
    await tx.query('SELECT FROM applications WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [tx.tenantId, id]);
    const before = await getApplication(tx, id);
    const kind = this.kindOf(before.connector);
    const config = change.config ?? before.config;
    const credentials = this.credentialsFor(before, change);
    const mapping = change.mapping ?? before.mapping;
    const targets = Object.keys(mapping);
    // What stands already must fit what changes: a match rule names targets of the mapping.
    const { match, initialCredential } = { ...before, ...definedOf(change) };
    refuseFaults([
      ...kind.check(config, credentials, written(targets, { initialCredential })),
      ...checkMapping(mapping),
      ...checkSettings({ ...change, match, initialCredential }, targets),
      ...(await checkDependencies(tx, id, change.dependsOn)),
    ]);
    const mappingChanged = !sameJson(mapping, before.mapping);
    await refuseUnknownOwner(tx, change.ownerId);
    await tx.repository(Application).update(
      { tenantId: tx.tenantId, id },
      {
        ...said({ ...before, ...definedOf(change) }),
        mappingVersion: before.mappingVersion + (mappingChanged ? 1 : 0),
        ...(change.credentials && {
          sealedCredentials: this.seal(id, kind.receiverOf(config), change.credentials),
        }),
        ...((change.credentials ?? change.config) && {
          quarantinedUntil: null,
          quarantineReason: null,
          quarantineTries: 0,
        }),
      },
    );
    if (change.mode !== undefined && change.mode !== before.mode) await lookAgainAtWithheld(tx, id);
    const application = await getApplication(tx, id);
    const cause = await appendFact(tx, by, this.clock.now(), {
      verb: 'application.changed',
      subjectKind: 'application',
      subjectId: id,
      payload: {
        before: said(before),
        after: said(application),
        credentials: change.credentials ? 'renewed' : 'kept',
      },
    });
    return { application, cause, mappingChanged };
  }

  /** Refuses a mapping that its expressions or its connector cannot have, with all mistakes; nothing is written. */
  refuseMapping(application: Application, mapping: Application['mapping'], change: ApplicationChange = {}): void {
    const config = change.config ?? application.config;
    const credentials = this.credentialsFor(application, change);
    const faults = this.kindOf(application.connector).check(config, credentials, Object.keys(mapping));
    refuseFaults([...faults, ...checkMapping(mapping)]);
  }

  /** Opens the application's connector; the caller closes it. */
  open(application: Application): Connector {
    const attributes = Object.keys(application.mapping);
    return this.kindOf(application.connector).open({
      config: application.config,
      credentials: this.credentialsOf(application),
      attributes,
    });
  }

  /** Reads something harmless, now. */
  async check(application: Application): Promise<ConnectionCheck> {
    let connector: Connector | undefined;
    try {
      connector = this.open(application);
      const call = {
        signal: AbortSignal.timeout(CHECK_TIMEOUT_MS),
        idempotencyKey: newId(),
        record: () => undefined,
        ...UNPACED,
      };
      return { ok: true, summary: (await connector.test(call)).summary };
    } catch (error) {
      const kind = error instanceof ConnectorError ? error.errorClass : 'retryable';
      return { ok: false, summary: `${kind}: ${messageOf(error)}` };
    } finally {
      await connector?.close();
    }
  }

  /** The credentials that a change leaves. Where another is sent them, or in another way, they are entered again. */
  private credentialsFor(before: Application, change: ApplicationChange): Readonly<Record<string, string>> {
    if (change.credentials) return change.credentials;
    const kind = this.kindOf(before.connector);
    const isSame =
      change.config === undefined || sameJson(kind.receiverOf(change.config), kind.receiverOf(before.config));
    if (isSame) return this.credentialsOf(before);
    const message = 'must be sent again, because the change says who is sent them, or how';
    refuseFaults([{ path: 'credentials', message }]);
    return {};
  }

  /** Refuses credentials that were entered for another receiver than the configuration has now. */
  private credentialsOf({ id, connector, config, sealedCredentials }: Application): Record<string, string> {
    const opened = JSON.parse(this.box.open(sealedCredentials, sealedFor(id))) as Sealed | Record<string, string>;
    if (!isBound(opened)) return opened;
    if (sameJson(opened.receiver, this.kindOf(connector).receiverOf(config))) return opened.credentials;
    throw new ConnectorError('auth', 'the credentials were entered for another address; enter them again');
  }

  private seal(id: string, receiver: Sealed['receiver'], credentials: Readonly<Record<string, string>>): Buffer {
    return this.box.seal(JSON.stringify({ receiver, credentials }), sealedFor(id));
  }

  private async insert(tx: Tx, by: Actor, row: Partial<Application>): Promise<Application> {
    try {
      await tx.repository(Application).insert(row);
      // Workers keep a tenant's rules with its applications: without this a direct grant of a new one gives nothing.
      await tx.query('UPDATE tenants SET policy_epoch = policy_epoch + 1 WHERE id = $1', [tx.tenantId]);
    } catch (error) {
      if (isUniqueViolation(error, 'applications_tenant_id_name_key'))
        throw new Refusal('application_name_taken', `There is already an application named "${row.name ?? ''}".`);
      throw error;
    }
    const application = await getApplication(tx, row.id ?? '');
    await appendFact(tx, by, this.clock.now(), {
      verb: 'application.created',
      subjectKind: 'application',
      subjectId: application.id,
      payload: { name: application.name, connector: application.connector, ...said(application) },
    });
    return application;
  }

  private kindOf(connector: string): ConnectorKind {
    try {
      return this.connectors.get(connector);
    } catch (error) {
      if (!(error instanceof UnknownConnectorKind)) throw error;
      throw new Refusal('connector_unknown', `${error.message}.`);
    }
  }
}

/** The targets that are written: the mapping's, and the one that takes the initial password. */
const written = (
  targets: readonly string[],
  { initialCredential }: Partial<Pick<Application, 'initialCredential'>>,
): readonly string[] => (initialCredential ? [...targets, initialCredential.target] : targets);

type Said = ApplicationSettings & Pick<Application, 'mode' | 'config' | 'mapping' | 'ownerId'>;

/** What somebody says of an application, credentials left out. */
const said = (application: Application): Said => {
  const { mode, config, mapping, ownerId } = application;
  return { mode, config, mapping, ownerId, ...settingsOf(application) };
};

async function lookAgainAtWithheld(tx: Tx, id: string): Promise<void> {
  await tx.query(
    `UPDATE accounts a SET ${setsOf('mode_changed')} WHERE a.tenant_id = $1 AND a.application_id = $2 AND ${whereEvent('mode_changed')}`,
    [tx.tenantId, id],
  );
}

/** Whoever answers for an application is somebody who has not left. */
async function refuseUnknownOwner(tx: Tx, ownerId: string | null | undefined): Promise<void> {
  if (ownerId == null) return;
  const found = await tx.query(
    "SELECT FROM identities WHERE tenant_id = $1 AND id = $2 AND state NOT IN ('terminated', 'purged')",
    [tx.tenantId, ownerId],
  );
  if (found.length === 0)
    refuseFaults([
      { path: 'ownerId', message: 'must be the id of somebody who has not left; take one from the identities' },
    ]);
}

function refuseFaults(faults: readonly InputFault[]): void {
  if (faults.length > 0)
    throw new Refusal('application_invalid', 'The application’s configuration has mistakes; each is listed.', faults);
}

/** An application of the tenant, or a refusal. */
export async function getApplication(tx: Tx, id: string): Promise<Application> {
  const application = await tx.repository(Application).findOneBy({ tenantId: tx.tenantId, id });
  if (!application) throw new Refusal('application_not_found', `There is no application with the id ${id}.`);
  return application;
}
