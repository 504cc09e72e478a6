import { Clock, Refusal, type InputFault, type Tx } from '@tenure/platform';
import { appendFact, type Actor } from '@tenure/journal';
import { writeSetting } from '@tenure/tenancy';
import { readIdentitySettings } from '../rules/read-identity-settings.js';
import { findSharedKeys } from '../correlation/correlation-store.js';
import type { ExactRule, IdentitySettings } from '../rules/identity-settings.js';
import { IDENTITY_SECTION, readRules } from '../rules/rule-cache.js';
import { Settlements } from './settlements.js';

/** What a tenant sets about correlation, merge, absence and retention: checked, then applied to everybody. */
export class IdentityRules {
  constructor(
    private readonly settlements: Settlements,
    private readonly clock: Clock,
  ) {}

  /** The rules in force, defaults filled in. */
  read(tx: Tx): Promise<{ version: number; settings: IdentitySettings }> {
    return readRules(tx);
  }

  /** Replaces the rules in the caller's transaction, and starts to settle everybody by them. */
  async change(tx: Tx, by: Actor, value: unknown): Promise<{ version: number }> {
    const { settings, faults } = readIdentitySettings(value);
    if (faults.length > 0) throw invalid(faults);
    const before = await this.read(tx);
    const known = new Set(before.settings.correlation.map(keyOfRule));
    for (const [index, rule] of settings.correlation.entries()) {
      if (rule.kind === 'exact' && !known.has(keyOfRule(rule))) await refuseSharedKey(tx, rule, index);
    }
    const now = this.clock.now();
    const version = await writeSetting(tx, IDENTITY_SECTION, { ...settings }, { actor: by.actor, at: now });
    const payload = { section: IDENTITY_SECTION, version, before: before.settings, after: settings };
    const cause = await appendFact(tx, by, now, {
      verb: 'settings.changed',
      subjectKind: 'tenant',
      subjectId: tx.tenantId,
      payload,
    });
    await this.settlements.everybody(tx, cause);
    return { version };
  }
}

const keyOfRule = (rule: IdentitySettings['correlation'][number]): string =>
  rule.kind === 'exact' ? rule.identity : `score ${rule.name}`;

const invalid = (faults: readonly InputFault[]): Refusal =>
  new Refusal('settings_invalid', 'The settings have mistakes; each is listed with its position.', faults);

const SHOWN = 5;

/** A key that several people share today would make one person of two: refused, and says which. */
async function refuseSharedKey(tx: Tx, { name, identity }: ExactRule, index: number): Promise<void> {
  const shared = await findSharedKeys(tx, identity, SHOWN);
  if (shared.length === 0) return;
  const groups = shared.map((ids) => ids.slice(0, SHOWN).join(' and ')).join('; ');
  throw invalid([
    {
      path: `correlation.${index}.identity`,
      message: `The rule "${name}" would make one person of several who have the same ${identity}: ${groups}. Choose a key that is each person's own, or merge those first.`,
    },
  ]);
}
