import type { Tx } from '@tenure/platform';
import { Setting } from './setting.entity.js';

/** What a tenant has set in one section; version 0 and nothing while it never set anything. */
export interface TenantSetting {
  readonly version: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Reads one section. What is missing in it is the section's default, which its own lib fills in. */
export async function readSetting(tx: Tx, section: string): Promise<TenantSetting> {
  const setting = await tx.repository(Setting).findOneBy({ tenantId: tx.tenantId, section });
  return { version: setting?.version ?? 0, value: setting?.value ?? {} };
}

/** Replaces one section whole; its lib has checked it. Returns the new version. The caller appends the fact. */
export async function writeSetting(
  tx: Tx,
  section: string,
  value: Readonly<Record<string, unknown>>,
  by: { readonly actor: string; readonly at: Date },
): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    `INSERT INTO settings AS s (tenant_id, section, version, value, changed_by, changed_at) VALUES ($1, $2, 1, $3, $4, $5)
     ON CONFLICT (tenant_id, section) DO UPDATE SET
       version = s.version + 1, value = excluded.value, changed_by = excluded.changed_by, changed_at = excluded.changed_at
     RETURNING version`,
    [tx.tenantId, section, JSON.stringify(value), by.actor, by.at],
  );
  return row?.version ?? 1;
}
