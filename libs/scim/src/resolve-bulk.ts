import { LIMITS } from './limits.js';
import { assertStorable } from './read-resource.js';
import { isValues, type Values } from './read-value.js';
import { ScimError } from './scim-error.js';

const BULK_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

export interface BulkOperation {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly kind: 'User' | 'Group';
  readonly id?: string;
  readonly bulkId?: string;
  readonly version?: string;
  readonly data: unknown;
  /** Resources of the same request that have to be there before. */
  readonly needs: readonly string[];
}

/** An operation, or why it cannot be one. */
export type BulkEntry = { readonly operation: BulkOperation } | { readonly fault: ScimError; readonly given: Values };

/** Reads a BulkRequest (RFC 7644 §3.7). What is wrong with one operation is that operation's answer. */
export function readBulk(body: unknown): { readonly entries: readonly BulkEntry[]; readonly failOnErrors: number } {
  if (!isValues(body)) throw new ScimError(400, 'The body must be a JSON object.', 'invalidSyntax');
  const schemas = Array.isArray(body.schemas) ? (body.schemas as unknown[]) : [];
  if (!schemas.includes(BULK_SCHEMA))
    throw new ScimError(400, `The body must be a BulkRequest with schemas ["${BULK_SCHEMA}"].`, 'invalidSyntax');
  const operations = body.Operations ?? body.operations;
  if (!Array.isArray(operations)) throw new ScimError(400, 'Operations must be a list.', 'invalidSyntax');
  if (operations.length > LIMITS.bulkOperations)
    throw new ScimError(413, `A bulk request may have ${LIMITS.bulkOperations} operations; send the rest in another.`);
  const limit = Number(body.failOnErrors ?? Number.POSITIVE_INFINITY);
  if (Number.isNaN(limit) || limit < 1) throw new ScimError(400, 'failOnErrors must be at least 1.', 'invalidValue');
  return { entries: operations.map(readEntry), failOnErrors: limit };
}

function readEntry(given: unknown): BulkEntry {
  const values = isValues(given) ? given : {};
  try {
    return { operation: readOperation(values) };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return { fault: error, given: values };
  }
}

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

function readOperation(values: Values): BulkOperation {
  const word = typeof values.method === 'string' ? values.method.toUpperCase() : '';
  const method = METHODS.find((one) => one === word);
  if (!method) throw new ScimError(400, 'method must be POST, PUT, PATCH or DELETE.', 'invalidSyntax');
  const [, type, id] = /^\/?(Users|Groups)(?:\/([^/?#]+))?$/.exec(String(values.path)) ?? [];
  if (type === undefined || (method === 'POST') !== (id === undefined))
    throw new ScimError(
      400,
      'path must be /Users or /Groups, with the id of the resource for all but POST.',
      'invalidPath',
    );
  const { data } = values;
  if (method !== 'DELETE') assertStorable(data);
  return {
    ...{ method, kind: type === 'Users' ? 'User' : 'Group', data, needs: referencesIn([data, id]) },
    ...(id !== undefined && { id }),
    ...readNames(values, method),
  };
}

function readNames({ bulkId, version }: Values, method: string): Pick<BulkOperation, 'bulkId' | 'version'> {
  if (method === 'POST' && (typeof bulkId !== 'string' || bulkId === ''))
    throw new ScimError(400, 'A POST needs a bulkId.', 'invalidSyntax');
  return { ...(typeof bulkId === 'string' && { bulkId }), ...(typeof version === 'string' && { version }) };
}

const REFERENCE = /bulkId:([^"\\/\]\s]+)/g;

/** The bulkIds that a value refers to, in texts and paths. */
const referencesIn = (value: unknown): string[] => [
  ...new Set([...JSON.stringify(value ?? null).matchAll(REFERENCE)].map(([, bulkId]) => bulkId ?? '')),
];

/** A value with ids in the place of `bulkId:…`; what nothing is known of stays, and is refused by whoever looks it up. */
export const withIds = (value: unknown, ids: ReadonlyMap<string, string>): unknown =>
  value === undefined
    ? undefined
    : (JSON.parse(
        JSON.stringify(value).replace(REFERENCE, (whole, bulkId: string) => ids.get(bulkId) ?? whole),
      ) as unknown);

/**
 * Waves of operations: each begins when those are done that it refers to. References in a circle are resolved by ids that
 * are given beforehand, so whoever only refers (a manager) comes out right, too. Of one wave, operations run at once unless
 * `isOrdered`; so those on one resource, or under one name, are in waves of their own.
 */
export function wavesOf(
  operations: readonly (BulkOperation | null)[],
  isOrdered: boolean,
): readonly (readonly number[])[] {
  const waves: number[][] = [];
  const waveOf = new Map<number, number>();
  const lastOn = new Map<string, number>();
  const needs = neededBy(operations);
  const place = (index: number, wave: number): void => {
    waveOf.set(index, wave);
    (waves[wave] ??= []).push(index);
  };
  let open = operations.flatMap((one, index) => (one ? [index] : []));
  while (open.length > 0) {
    const left = open.filter((index) => {
      const needed = needs[index] ?? [];
      if (needed.some((one) => !waveOf.has(one))) return true;
      const target = targetOf(operations, index);
      const wave = Math.max(0, lastOn.get(target) ?? 0, ...needed.map((one) => (waveOf.get(one) ?? 0) + 1));
      place(index, wave);
      if (!isOrdered) lastOn.set(target, wave + 1);
      return false;
    });
    // A circle. Users only refer; groups need their members to be there.
    const isCircle = left.length === open.length;
    const first = isCircle ? (left.find((index) => operations[index]?.kind === 'User') ?? left[0]) : undefined;
    if (first !== undefined) place(first, waves.length);
    open = left.filter((index) => index !== first);
  }
  return waves;
}

/** For each operation the creates that it refers to. */
function neededBy(operations: readonly (BulkOperation | null)[]): readonly (readonly number[])[] {
  const creates = new Map(operations.flatMap((one, index) => (one?.bulkId === undefined ? [] : [[one.bulkId, index]])));
  return operations.map((one, index) =>
    (one?.needs ?? []).flatMap((bulkId) => creates.get(bulkId) ?? []).filter((other) => other !== index),
  );
}

const targetOf = (operations: readonly (BulkOperation | null)[], index: number): string =>
  operations[index]?.id ?? nameOf(operations[index]) ?? `new ${index}`;

/** Two creates under one name keep their order: the first one gets it. */
function nameOf(operation: BulkOperation | null | undefined): string | undefined {
  const { userName, displayName } = isValues(operation?.data) ? operation.data : {};
  const name = operation?.kind === 'User' ? userName : displayName;
  return typeof name === 'string' ? `${operation?.kind ?? ''} ${name.toLowerCase()}` : undefined;
}
