import { suggestName, type InputFault, type Tx } from '@tenure/platform';
import { readSetting } from '@tenure/tenancy';

/** The section of a tenant's settings that provisioning reads. */
export const PROVISIONING_SETTINGS_SECTION = 'provisioning';

export interface ProvisioningSettings {
  readonly holds: {
    /** What a budget keeps back is released by two different persons. */
    readonly secondPerson: boolean;
    /** Days until what nobody decides is not done. */
    readonly expireDays: number;
  };
  readonly evidence: {
    /** Days that operations are kept. */
    readonly keepDays: number;
  };
}

export const DEFAULT_PROVISIONING_SETTINGS: ProvisioningSettings = {
  holds: { secondPerson: false, expireDays: 7 },
  evidence: { keepDays: 400 },
};

type Rule = 'boolean' | readonly [least: number, most: number];
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  holds: { secondPerson: 'boolean', expireDays: [1, 90] },
  evidence: { keepDays: [30, 3_650] },
};

/** Reads the section, with the defaults for what is missing; every mistake is listed, and the default stands for it. */
export function readProvisioningSettings(value: unknown): {
  readonly settings: ProvisioningSettings;
  readonly faults: readonly InputFault[];
} {
  const faults: InputFault[] = [];
  const settings = structuredClone(DEFAULT_PROVISIONING_SETTINGS) as unknown as Record<string, Record<string, unknown>>;
  for (const [section, names, path] of entriesOf(value, Object.keys(RULES), '', faults)) {
    for (const [name, given, namePath] of entriesOf(names, Object.keys(RULES[section] ?? {}), path, faults)) {
      const fault = faultOf(given, RULES[section]?.[name] ?? 'boolean');
      if (fault === null) settings[section] = { ...settings[section], [name]: given };
      else faults.push({ path: namePath, message: fault });
    }
  }
  return { settings: settings as unknown as ProvisioningSettings, faults };
}

/** The tenant's settings, with the defaults filled in. */
export async function provisioningSettings(tx: Tx): Promise<ProvisioningSettings> {
  return readProvisioningSettings((await readSetting(tx, PROVISIONING_SETTINGS_SECTION)).value).settings;
}

function faultOf(given: unknown, rule: Rule): string | null {
  if (rule === 'boolean') return typeof given === 'boolean' ? null : 'must be true or false';
  const [least, most] = rule;
  const fits = Number.isInteger(given) && Number(given) >= least && Number(given) <= most;
  return fits ? null : `must be a whole number from ${least} to ${most}`;
}

/** What an object says under the names that it may have; the rest are faults. */
function entriesOf(
  value: unknown,
  known: readonly string[],
  path: string,
  faults: InputFault[],
): (readonly [name: string, value: unknown, path: string])[] {
  if (value === undefined) return [];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    faults.push({ path, message: `must be an object with ${known.join(', ')}` });
    return [];
  }
  const entries = Object.entries(value).map(([name, inner]) => [name, inner, path ? `${path}.${name}` : name] as const);
  for (const [name, , at] of entries.filter(([name]) => !known.includes(name))) {
    const suggestion = suggestName(name, known);
    const message = `is no setting; take ${known.join(', ')}`;
    faults.push({ path: at, message, ...(suggestion !== undefined && { suggestion }) });
  }
  return entries.filter(([name]) => known.includes(name));
}
