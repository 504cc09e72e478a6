import type { Received } from '../peers/scim-app/request-log.js';
import type { ScimUser } from '../peers/scim-peer.js';

const isCreate = ({ method, path }: Received): boolean => method === 'POST' && path === '/Users';

/** Refused for certain: nothing was done, and nobody can think otherwise. */
const isRefused = ({ status }: Received): boolean => status !== undefined && status >= 400 && status < 500;

/** Where a search is refused, the list itself is read. */
const isWholeList = ({ path, query }: Received): boolean => path === '/Users' && !query.includes('filter');

/** Creates that were sent again although the one before may have been carried out, without a look in between. */
export function repeatedBlindly(log: readonly Received[]): string[] {
  const open = new Set<string>();
  const broken: string[] = [];
  for (const entry of log) {
    const { externalId } = entry;
    // Some applications answer 404 to a search that finds nobody.
    if (entry.method === 'GET' && (entry.status === 200 || entry.status === 404))
      for (const id of open) if (entry.query.includes(id) || isWholeList(entry)) open.delete(id);
    if (!isCreate(entry) || externalId === undefined) continue;
    if (open.has(externalId)) broken.push(externalId);
    if (isRefused(entry)) open.delete(externalId);
    else open.add(externalId);
  }
  return broken;
}

/** Accounts to which the app was told an older title after a newer one. */
export function wentBackwards(log: readonly Received[], users: readonly ScimUser[]): string[] {
  const accountOf = new Map(users.map(({ id, externalId }) => [id, externalId]));
  const newest = new Map<string, string>();
  const broken: string[] = [];
  for (const entry of log) {
    const account = isCreate(entry) ? entry.externalId : accountOf.get(/^\/Users\/(.+)$/.exec(entry.path)?.[1] ?? '');
    const title = titleIn(entry.body);
    if (account === undefined || title === undefined || isRefused(entry)) continue;
    const before = newest.get(account) ?? '';
    if (title < before) broken.push(`${account}: ${title} after ${before}`);
    newest.set(account, title);
  }
  return broken;
}

/** Writes of one kind that the app received. */
export const writes = (log: readonly Received[], method: 'POST' | 'PATCH', path: RegExp): readonly Received[] =>
  log.filter((entry) => entry.method === method && path.test(entry.path));

interface Patch {
  readonly title?: unknown;
  readonly Operations?: readonly { readonly path?: string; readonly value?: unknown }[];
}

function titleIn(body: unknown): string | undefined {
  const { title, Operations = [] } = (body ?? {}) as Patch;
  const said = title ?? Operations.find(({ path }) => path === 'title')?.value;
  return typeof said === 'string' ? said : undefined;
}
