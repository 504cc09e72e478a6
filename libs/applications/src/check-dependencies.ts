import type { InputFault, Tx } from '@tenure/platform';

/**
 * Every mistake of what an application depends on: an unknown application, and a circle, in which everybody would wait for
 * ever. The caller's transaction keeps others from changing dependencies at the same time.
 */
export async function checkDependencies(
  tx: Tx,
  id: string,
  dependsOn: readonly string[] | undefined,
): Promise<readonly InputFault[]> {
  if (dependsOn === undefined || dependsOn.length === 0) return [];
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('dependencies|' || $1, 0))", [tx.tenantId]);
  const rows = await tx.query<{ id: string; name: string; dependsOn: string[] }>(
    'SELECT id, name, depends_on AS "dependsOn" FROM applications WHERE tenant_id = $1',
    [tx.tenantId],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return dependsOn.flatMap((other, index) => {
    const path = `dependsOn.${index}`;
    const application = known.get(other);
    if (other === id) return [{ path, message: 'must not be the application itself' }];
    if (!application) return [{ path, message: 'must be the id of another application' }];
    return leadsTo(other, id, known)
      ? [
          {
            path,
            message: `must not be "${application.name}": that one waits for this application, so both would for ever`,
          },
        ]
      : [];
  });
}

function leadsTo(
  from: string,
  to: string,
  known: ReadonlyMap<string, { readonly dependsOn: readonly string[] }>,
): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(known.get(next)?.dependsOn ?? []));
  }
  return false;
}
