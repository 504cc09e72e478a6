import { bindElement } from '../filter/bind-filter.js';
import { matches } from '../filter/evaluate-filter.js';
import { foldElement } from '../schema/fold-resource.js';
import type { Member } from './memberships.js';
import { FilterFault, type Filter } from '../filter/parse-filter.js';
import { parseTarget, type PatchOperation } from '../patch/parse-patch.js';
import { isUnassigned, isValues, readOne, readValue, type Values } from '../schema/read-value.js';
import { ScimError } from '../protocol/scim-error.js';
import { resolvePath } from '../schema/resolve-path.js';
import { findAttribute, type Attribute, type ResourceType } from '../schema/schema-model.js';

/** A member that a client named; of what kind it is, is looked up. */
export interface NamedMember {
  readonly value: string;
  readonly display: string | null;
}

/** A change of a group's members, without a look at who they are. */
export type MemberStep =
  | { readonly kind: 'add' | 'replace'; readonly members: readonly NamedMember[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  /** Who matches has to be looked up among all members. */
  | { readonly kind: 'removeWhere'; readonly matches: (member: Member) => boolean };

/** Splits a PATCH of a group: members change row by row, the rest as a document. */
export function planMembers(
  type: ResourceType,
  operations: readonly PatchOperation[],
): { readonly steps: readonly MemberStep[]; readonly rest: readonly PatchOperation[] } {
  const steps: MemberStep[] = [];
  const rest: PatchOperation[] = [];
  for (const operation of operations) {
    const { target, value } = operation;
    if (target?.kind === 'attribute' && isMembers(target)) {
      steps.push(stepOf(operation, target));
    } else if (target === null && isValues(value) && operation.op !== 'remove') {
      const named = Object.entries(value).filter(([name]) => namesMembers(type, name));
      for (const [name, members] of named)
        steps.push(stepOf({ ...operation, value: members }, parseTarget(type, name) as MemberTarget));
      rest.push({
        ...operation,
        value: Object.fromEntries(Object.entries(value).filter((one) => !named.some(([name]) => name === one[0]))),
      });
    } else {
      rest.push(operation);
    }
  }
  return { steps, rest };
}

type MemberTarget = Extract<NonNullable<PatchOperation['target']>, { kind: 'attribute' }>;

const isMembers = ({ attribute, extension }: MemberTarget): boolean =>
  attribute.name === 'members' && extension === undefined;

/** An entry of a value without a path. */
function namesMembers(type: ResourceType, name: string): boolean {
  const path = resolvePath(type, name);
  return path !== null && isMembers({ kind: 'attribute', path: name, ...path });
}

function stepOf({ op, value }: PatchOperation, { attribute, sub, filter, path }: MemberTarget): MemberStep {
  if (sub !== undefined)
    throw new ScimError(400, `${path} cannot be changed; remove the member and add it anew.`, 'mutability');
  if (op === 'remove') return removal(attribute, value, filter);
  if (filter !== undefined)
    throw new ScimError(400, `A member cannot be changed; remove it and add the other one.`, 'mutability');
  if (!isUnassigned(value) && typeof value !== 'object')
    throw new ScimError(400, `${path} must be a list of objects.`, 'invalidValue');
  return { kind: op, members: readMembers(attribute, listOf(value)) };
}

const listOf = (value: unknown): unknown => (isUnassigned(value) || Array.isArray(value) ? value : [value]);

/** Without filter and value, everybody; with a value, those that it names, as Entra sends it: an empty list names nobody. */
function removal(attribute: Attribute, value: unknown, filter: Filter | undefined): MemberStep {
  if (filter !== undefined) {
    if (filter.kind === 'compare' && filter.op === 'eq' && filter.path.toLowerCase() === 'value')
      return { kind: 'remove', ids: [String(filter.value)] };
    return { kind: 'removeWhere', matches: matcher(attribute, filter) };
  }
  if (value === undefined) return { kind: 'replace', members: [] };
  const members = readMembers(attribute, listOf(value));
  return { kind: 'remove', ids: members.map(({ value: id }) => id) };
}

function matcher(attribute: Attribute, filter: Filter): (member: Member) => boolean {
  try {
    const bound = bindElement(filter, attribute);
    return (member) => matches(bound, foldElement(attribute, member));
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new ScimError(400, `The filter in the path cannot be used: ${error.message}.`, 'invalidFilter');
  }
}

/** Checked members, each once. */
export function readMembers(attribute: Attribute, value: unknown): readonly NamedMember[] {
  const named = Array.isArray(value) ? value.map(withDisplay) : value;
  const list = isUnassigned(named) ? [] : ((readValue(attribute, named) as readonly unknown[] | undefined) ?? []);
  const members = new Map<string, NamedMember>();
  for (const one of list) {
    const { value: id, display } = (readOne(attribute, one) ?? {}) as Values;
    if (typeof id !== 'string' || id === '')
      throw new ScimError(400, 'Each of the members needs a value: the id of a user or a group.', 'invalidValue');
    if (!members.has(id)) members.set(id, { value: id, display: typeof display === 'string' ? display : null });
  }
  return [...members.values()];
}

/** Microsoft's tests call it by the name that users have. */
const withDisplay = (member: unknown): unknown =>
  isValues(member) && member.display === undefined && member.displayName !== undefined
    ? { ...member, display: member.displayName }
    : member;

/** The schema of `members`. */
export function membersAttribute({ schema }: ResourceType): Attribute {
  const found = findAttribute(schema.attributes, 'members');
  if (!found) throw new Error('groups have members');
  return found;
}
