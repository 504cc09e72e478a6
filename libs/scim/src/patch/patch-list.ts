import { bindElement } from '../filter/bind-filter.js';
import { matches } from '../filter/evaluate-filter.js';
import { foldElement } from '../schema/fold-resource.js';
import { FilterFault, type Filter } from '../filter/parse-filter.js';
import type { PatchOperation, Target } from './parse-patch.js';
import {
  identityOf,
  isUnassigned,
  isValues,
  readOne,
  readSingle,
  readValue,
  tidy,
  type Values,
} from '../schema/read-value.js';
import { ScimError } from '../protocol/scim-error.js';
import { anyAttribute, type Attribute } from '../schema/schema-model.js';

type AttributeTarget = Extract<Target, { kind: 'attribute' }>;

/** What a list becomes by one operation on it, on chosen values of it, or on a part of those. */
export function patchList(before: unknown, operation: PatchOperation, target: AttributeTarget): unknown {
  const list: readonly unknown[] = Array.isArray(before) ? (before as unknown[]) : [];
  const isWhole = target.filter === undefined && target.sub === undefined;
  const after = isWhole ? patchWhole(list, operation, target.attribute) : patchChosen(list, operation, target);
  // A list that is replaced as a whole has no primary from before.
  const old = isWhole && operation.op === 'replace' ? [] : list;
  const given = after.filter((value) => !isEmpty(value));
  const kept = tidy(onePrimary(old, given));
  return kept.length === 0 ? undefined : kept;
}

/** Only a remove that names nothing means all; one whose value is empty names nobody. */
function patchWhole(list: readonly unknown[], { op, value }: PatchOperation, attribute: Attribute): readonly unknown[] {
  if (op === 'remove') return value === undefined ? [] : without(list, readAll(attribute, value === '' ? [] : value));
  if (attribute.type === 'complex' && !isUnassigned(value) && typeof value !== 'object')
    throw new ScimError(400, `${attribute.name} must be a list of objects.`, 'invalidValue');
  const given = readAll(attribute, value);
  return op === 'replace' ? given : [...list, ...given];
}

/** One value or a list of them. */
const readAll = (attribute: Attribute, value: unknown): readonly unknown[] => {
  const given = isUnassigned(value) ? [] : Array.isArray(value) ? (value as unknown[]) : [value];
  return given.flatMap((one) => readOne(attribute, one) ?? []);
};

/** Some clients name what is to go in the value of a remove, not in its path; a type that they leave out is any type. */
function without(list: readonly unknown[], gone: readonly unknown[]): readonly unknown[] {
  return list.filter((value) => !gone.some((one) => isMeant(value, one)));
}

function isMeant(value: unknown, one: unknown): boolean {
  if (!isValues(value) || !isValues(one) || one.value === undefined) return identityOf(value) === identityOf(one);
  return value.value === one.value && (one.type === undefined || identityOf(value) === identityOf(one));
}

function patchChosen(list: readonly unknown[], operation: PatchOperation, target: AttributeTarget): readonly unknown[] {
  const { attribute, filter, sub, path } = target;
  const { op, value } = operation;
  const isChosen = filter === undefined ? (): boolean => true : chooser(partly(attribute, filter, sub), filter);
  const isGone = sub === undefined && (op === 'remove' || isUnassigned(value));
  if (isGone) return list.filter((one) => !isChosen(one));
  if (!list.some(isChosen)) return op === 'remove' || isUnassigned(value) ? list : [...list, made(operation, target)];
  if (filter === undefined && op !== 'remove' && list.length > 1)
    throw new ScimError(
      400,
      `"${path}" means several values; choose one, as in ${attribute.name}[type eq "work"].`,
      'noTarget',
    );
  const change = changeOf(operation, target);
  return list.map((one) => (isChosen(one) && isValues(one) ? change(one) : one));
}

/** What becomes of a value that is chosen. */
function changeOf({ op, value }: PatchOperation, { attribute, sub, path }: AttributeTarget): (one: Values) => Values {
  if (sub !== undefined) {
    const part = op === 'remove' ? undefined : readValue(sub, value, path);
    return (one) => withPart(one, sub.name, part);
  }
  const given = readSingle(attribute, value, path);
  return (one) => (isValues(given) ? { ...one, ...given } : one);
}

/** An attribute that no schema has, with the parts that its filter asks for. */
function partly(attribute: Attribute, filter: Filter, sub: Attribute | undefined): Attribute {
  if (attribute.type !== 'any') return attribute;
  const names = [...new Set([...pathsIn(filter), ...(sub ? [sub.name] : [])])];
  return { ...attribute, type: 'complex', subAttributes: names.map((name) => anyAttribute(name)) };
}

function pathsIn(filter: Filter): readonly string[] {
  if ('left' in filter) return [...pathsIn(filter.left), ...pathsIn(filter.right)];
  return filter.kind === 'not' ? pathsIn(filter.filter) : [filter.path];
}

function chooser(attribute: Attribute, filter: Filter): (value: unknown) => boolean {
  try {
    const bound = bindElement(filter, attribute);
    return (value) => matches(bound, foldElement(attribute, value));
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new ScimError(400, `The filter in the path cannot be used: ${error.message}.`, 'invalidFilter');
  }
}

function withPart(value: Values, name: string, part: unknown): Values {
  const { [name]: _, ...others } = value;
  return part === undefined ? others : { ...others, [name]: part };
}

/**
 * RFC 7644 §3.5.2.3 wants noTarget where nothing is chosen. Entra, however, sets `emails[type eq "work"].value` and
 * `roles[primary eq "True"].value` of a user that has none yet and expects the value to be made; an add adds (§3.5.2.1).
 */
function made(operation: PatchOperation, target: AttributeTarget): unknown {
  const { attribute, filter, sub, path } = target;
  const wanted = filter === undefined ? {} : equalities(filter);
  if (wanted === null || (filter !== undefined && !isMakeable(operation, target, wanted)))
    throw new ScimError(400, `Nothing is chosen by "${path}".`, 'noTarget');
  const begun = (readOne(attribute.type === 'any' ? anyAttribute(attribute.name) : attribute, wanted) ?? {}) as Values;
  if (sub !== undefined) return withPart(begun, sub.name, readValue(sub, operation.value, path));
  const given = readSingle(attribute, operation.value, path) ?? {};
  return isValues(given) ? { ...begun, ...given } : given;
}

function isMakeable({ op, spelling }: PatchOperation, { attribute, sub }: AttributeTarget, wanted: Values): boolean {
  const named = new Map(Object.entries(wanted).map(([name, value]) => [name.toLowerCase(), value]));
  if (op === 'add') return sub === undefined || !named.has('value') || sub.name !== 'value';
  if ([...named.keys()].some((name) => name !== 'type' && name !== 'primary')) return false;
  if (spelling !== 'replace') return true;
  const known = attribute.subAttributes?.find(({ name }) => name === 'type')?.canonicalValues;
  const type = named.get('type');
  return sub !== undefined && (type === undefined || known === undefined || known.some((one) => one === type));
}

/** What a filter of nothing but equalities says; null for any other. */
function equalities(filter: Filter): Values | null {
  if (filter.kind === 'compare' && filter.op === 'eq') return { [filter.path]: filter.value };
  if (filter.kind !== 'and') return null;
  const [left, right] = [equalities(filter.left), equalities(filter.right)];
  return left && right && { ...left, ...right };
}

/** RFC 7644 §3.5.2: a value that becomes primary takes it from the one that was. */
function onePrimary(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const isPrimary = (value: unknown): boolean => isValues(value) && value.primary === true;
  if (after.filter(isPrimary).length < 2 && !after.some(isPrimary)) return after;
  const old = new Set(before.filter(isPrimary).map(identityOf));
  const fresh = after.find((value) => isPrimary(value) && !old.has(identityOf(value)));
  const chosen = fresh ?? after.find(isPrimary);
  return after.map((value) =>
    isPrimary(value) && value !== chosen ? { ...(value as Values), primary: false } : value,
  );
}

const isEmpty = (value: unknown): boolean => isValues(value) && Object.keys(value).length === 0;
