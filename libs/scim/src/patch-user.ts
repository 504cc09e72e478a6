import { ScimError } from './scim-error.js';
import { readBoolean, type UserResource } from './user-resource.js';

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * RFC 7644 §3.5.2, as far as it goes now: `add` and `replace` of `active`, with a path or without one. Anything else is
 * refused and changes nothing: an operation that would be ignored is never answered as done.
 */
export function patchUser(user: UserResource, body: unknown): UserResource {
  if (!isObject(body) || !Array.isArray(body.schemas) || !body.schemas.includes(PATCH_SCHEMA)) {
    throw new ScimError(400, `The body must be a PatchOp with schemas ["${PATCH_SCHEMA}"].`, 'invalidSyntax');
  }
  const operations: unknown = body.Operations ?? body.operations;
  if (!Array.isArray(operations)) throw new ScimError(400, 'Operations must be a list.', 'invalidSyntax');
  return operations.reduce<UserResource>((patched, operation) => ({ ...patched, active: readActive(operation) }), user);
}

function readActive(operation: unknown): boolean {
  if (!isObject(operation)) throw new ScimError(400, 'An operation must be an object.', 'invalidSyntax');
  const op = typeof operation.op === 'string' ? operation.op.toLowerCase() : '';
  if (op !== 'replace' && op !== 'add')
    throw new ScimError(400, 'Only "add" and "replace" are supported on Users so far.', 'invalidSyntax');
  const { path, value } = operation;
  if (path === undefined) return readPathless(value);
  if (typeof path !== 'string' || path.toLowerCase() !== 'active')
    throw new ScimError(400, 'Only the path "active" is supported so far.', 'invalidPath');
  return readBoolean(value, 'active');
}

function readPathless(value: unknown): boolean {
  const entries = isObject(value) ? Object.entries(value) : [];
  const [entry] = entries;
  if (entries.length !== 1 || entry?.[0].toLowerCase() !== 'active')
    throw new ScimError(400, 'Only { "active": … } is supported without a path so far.', 'invalidPath');
  return readBoolean(entry[1], 'active');
}
