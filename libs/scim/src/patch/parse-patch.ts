import { FilterFault, parseFilter, type Filter } from '../filter/parse-filter.js';
import { LIMITS } from '../protocol/limits.js';
import { isValues, type Values } from '../schema/read-value.js';
import { splitUrn, type AttributePath } from '../schema/resolve-path.js';
import { ScimError } from '../protocol/scim-error.js';
import { findExtension, isUrn, type ResourceType, type Schema } from '../schema/schema-model.js';
import { resolveAny, withAnyPart } from '../schema/resolve-any.js';

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** What an operation is aimed at: an attribute, chosen values of it, a part of those, or an extension as a whole. */
export type Target =
  | (AttributePath & { readonly kind: 'attribute'; readonly path: string; readonly filter?: Filter })
  | { readonly kind: 'extension'; readonly path: string; readonly extension: Schema }
  /** Below a URN that no schema has; where the URN ends, the resource shows. */
  | { readonly kind: 'unregistered'; readonly path: string };

export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  /** As the client wrote it: some write `Replace`. */
  readonly spelling: string;
  readonly target: Target | null;
  readonly value: unknown;
}

/** Reads a PatchOp (RFC 7644 §3.5.2); an empty list of operations changes nothing. */
export function parsePatch(type: ResourceType, body: Values): readonly PatchOperation[] {
  const schemas = get(body, 'schemas');
  if (!Array.isArray(schemas) || !schemas.some((urn) => isUrn(urn, PATCH_SCHEMA)))
    throw new ScimError(400, `The body must be a PatchOp with schemas ["${PATCH_SCHEMA}"].`, 'invalidSyntax');
  const operations = get(body, 'operations');
  if (!Array.isArray(operations)) throw new ScimError(400, 'Operations must be a list.', 'invalidSyntax');
  if (operations.length > LIMITS.patchOperations)
    throw new ScimError(413, `A PATCH may have ${LIMITS.patchOperations} operations.`);
  return operations.map((operation) => parseOperation(type, operation));
}

/** Names without case: some clients write `Op` and `Path`. */
function get(object: Values, name: string): unknown {
  const key = Object.keys(object).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
}

function parseOperation(type: ResourceType, operation: unknown): PatchOperation {
  if (!isValues(operation)) throw new ScimError(400, 'An operation must be an object.', 'invalidSyntax');
  const spelling = get(operation, 'op');
  const op = typeof spelling === 'string' ? spelling.toLowerCase() : '';
  if (op !== 'add' && op !== 'remove' && op !== 'replace')
    throw new ScimError(400, 'op must be "add", "remove" or "replace".', 'invalidSyntax');
  const path = get(operation, 'path');
  const target = path === undefined || path === null || path === '' ? null : parseTarget(type, path);
  const value = get(operation, 'value');
  // §3.5.2.1, §3.5.2.3: null says that there is to be nothing; to say nothing is a mistake.
  if (op !== 'remove' && value === undefined)
    throw new ScimError(400, `The operation "${op}" needs a value.`, 'invalidSyntax');
  return { op, spelling: String(spelling), target, value };
}

/** `[URN:]attribute[filter].subAttribute`, each part but the attribute optional. What a POST keeps, a path can name. */
export function parseTarget(type: ResourceType, path: unknown): Target {
  if (typeof path !== 'string') throw new ScimError(400, 'path must be a text.', 'invalidPath');
  const whole = splitUrn(type, path.trim());
  if (whole.schema === undefined && /^urn:/i.test(whole.rest)) return { kind: 'unregistered', path: whole.rest };
  if (whole.schema !== undefined && whole.rest === '') {
    const extension = findExtension(type, whole.schema.id)?.schema;
    if (!extension) throw noPath(type, path);
    return { kind: 'extension', path, extension };
  }
  return parseAttribute(type, path, (base) => resolveAny(type, base));
}

const noPath = ({ name }: ResourceType, path: string): ScimError =>
  new ScimError(400, `"${path}" is not a path of a ${name}.`, 'invalidPath');

const PATH = /^(?<base>[^[\]]+?)(?:\[(?<condition>.*)\](?:\.(?<part>[A-Za-z$][\w$-]*))?)?$/s;

/** A path, of which `resolve` finds what stands before the filter. */
export function parseAttribute(
  type: ResourceType,
  path: string,
  resolve: (base: string) => AttributePath | null,
): Extract<Target, { kind: 'attribute' }> {
  const { base = '', condition, part } = PATH.exec(path.trim())?.groups ?? {};
  const found = resolve(base);
  if (!found) throw noPath(type, path);
  if (condition === undefined) return { kind: 'attribute', path, ...found };
  const isList = found.attribute.multiValued || found.attribute.type === 'any';
  if (found.sub !== undefined || !isList) throw noPath(type, path);
  const filter = readFilter(condition);
  if (part === undefined) return { kind: 'attribute', path, ...found, filter };
  return { kind: 'attribute', path, ...withAnyPart(found, part), filter };
}

function readFilter(source: string): Filter {
  try {
    return parseFilter(source, 'tolerant');
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new ScimError(400, `The filter in the path cannot be read: ${error.message}.`, 'invalidFilter');
  }
}
