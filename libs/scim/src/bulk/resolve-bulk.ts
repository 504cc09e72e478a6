import { typeAt, type Catalogue } from '../schema/catalogue.js';
import { LIMITS } from '../protocol/limits.js';
import { assertStorable } from '../schema/read-resource.js';
import { isValues, type Values } from '../schema/read-value.js';
import { ScimError } from '../protocol/scim-error.js';
import { isUrn, type ResourceType } from '../schema/schema-model.js';

const BULK_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

export interface BulkOperation {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly type: ResourceType;
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
export function readBulk(
  catalogue: Catalogue,
  body: unknown,
): { readonly entries: readonly BulkEntry[]; readonly failOnErrors: number } {
  if (!isValues(body)) throw new ScimError(400, 'The body must be a JSON object.', 'invalidSyntax');
  const schemas = Array.isArray(body.schemas) ? (body.schemas as unknown[]) : [];
  if (!schemas.some((urn) => isUrn(urn, BULK_SCHEMA)))
    throw new ScimError(400, `The body must be a BulkRequest with schemas ["${BULK_SCHEMA}"].`, 'invalidSyntax');
  const operations = body.Operations ?? body.operations;
  if (!Array.isArray(operations)) throw new ScimError(400, 'Operations must be a list.', 'invalidSyntax');
  if (operations.length > LIMITS.bulkOperations)
    throw new ScimError(413, `A bulk request may have ${LIMITS.bulkOperations} operations; send the rest in another.`);
  const seen = new Set<string>();
  const entries = operations.map((given) => readEntry(catalogue, given, seen));
  return { entries, failOnErrors: readLimit(body.failOnErrors) };
}

function readLimit(given: unknown): number {
  if (given === undefined || given === null) return Number.POSITIVE_INFINITY;
  const limit = typeof given === 'string' ? Number(given) : given;
  if (!Number.isSafeInteger(limit) || (limit as number) < 1)
    throw new ScimError(400, 'failOnErrors must be a whole number from 1.', 'invalidValue');
  return limit as number;
}

function readEntry(catalogue: Catalogue, given: unknown, seen: Set<string>): BulkEntry {
  const values = isValues(given) ? given : {};
  try {
    const operation = readOperation(catalogue, values);
    if (operation.method === 'POST' && operation.bulkId !== undefined) {
      if (seen.has(operation.bulkId))
        throw new ScimError(400, `Another operation has the bulkId ${operation.bulkId}.`, 'invalidValue');
      seen.add(operation.bulkId);
    }
    return { operation };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return { fault: error, given: values };
  }
}

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
const PATH = /^\/?(?<endpoint>\w+)(?:\/(?<id>[^/?#]+))?\/?$/;

function readOperation(catalogue: Catalogue, values: Values): BulkOperation {
  const word = typeof values.method === 'string' ? values.method.toUpperCase() : '';
  const method = METHODS.find((one) => one === word);
  if (!method) throw new ScimError(400, 'method must be POST, PUT, PATCH or DELETE.', 'invalidSyntax');
  const path = typeof values.path === 'string' ? values.path : '';
  const { endpoint = '', id } = PATH.exec(path)?.groups ?? {};
  const type = typeAt(catalogue, endpoint);
  if (type === undefined || (method === 'POST') !== (id === undefined))
    throw new ScimError(
      400,
      'path must be that of a resource type, such as /Users, with the id of the resource for all but POST.',
      'invalidPath',
    );
  const data = method === 'DELETE' ? undefined : values.data;
  if (method !== 'DELETE') assertStorable(data);
  return {
    ...{ method, type, data, needs: referencesIn([data, id]) },
    ...(id !== undefined && { id }),
    ...readNames(values, method),
  };
}

function readNames({ bulkId, version }: Values, method: string): Pick<BulkOperation, 'bulkId' | 'version'> {
  if (method === 'POST' && (typeof bulkId !== 'string' || bulkId === ''))
    throw new ScimError(400, 'A POST needs a bulkId.', 'invalidSyntax');
  return { ...(typeof bulkId === 'string' && { bulkId }), ...(typeof version === 'string' && { version }) };
}

/** A text that is nothing but a reference, in JSON, or in a filter that is a text of JSON. */
const REFERENCE = /(?<=")bulkId:([^"\\/\]\s]+)(?=\\?")/g;

/** The bulkIds that a value refers to, in texts and paths. */
const referencesIn = (value: unknown): string[] => [
  ...new Set([...JSON.stringify(value ?? null).matchAll(REFERENCE)].map(([, bulkId]) => bulkId ?? '')),
];

/** The bulkIds that an operation refers to and that nothing has. */
export const lacking = ({ needs }: BulkOperation, ids: ReadonlyMap<string, string>): readonly string[] =>
  needs.filter((bulkId) => !ids.has(bulkId));

/** A value with ids in the place of `bulkId:…`. */
export const withIds = (value: unknown, ids: ReadonlyMap<string, string>): unknown =>
  value === undefined
    ? undefined
    : (JSON.parse(
        JSON.stringify(value).replace(REFERENCE, (whole, bulkId: string) => ids.get(bulkId) ?? whole),
      ) as unknown);
