import { foldComparable } from '../schema/fold-resource.js';
import { FilterFault, type CompareOperator, type Filter } from './parse-filter.js';
import { resolvePath, type AttributePath } from '../schema/resolve-path.js';
import { findAttribute, type Attribute, type AttributeType, type ResourceType } from '../schema/schema-model.js';

/** Where a value stands in a folded resource (or in one element of a list). */
export interface Place {
  readonly path: readonly string[];
  readonly type: AttributeType;
}

/** A filter whose names and values have met the schema: what is left is to look. */
export type BoundFilter =
  | { readonly kind: 'and' | 'or'; readonly left: BoundFilter; readonly right: BoundFilter }
  | { readonly kind: 'not'; readonly filter: BoundFilter }
  | { readonly kind: 'present'; readonly place: Place }
  | { readonly kind: 'compare'; readonly place: Place; readonly op: CompareOperator; readonly value: Comparable }
  /** One element at least of a list. */
  | { readonly kind: 'some'; readonly list: readonly string[]; readonly filter: BoundFilter };

export type Comparable = string | number | boolean;

type Test = Extract<Filter, { kind: 'compare' | 'present' }>;

/** Binds a filter to the attributes of a resource type, or says what is wrong and where. */
export const bindFilter = (filter: Filter, type: ResourceType): BoundFilter =>
  bind(filter, {
    test: (test) => bindTop(test, type),
    valuePath: ({ path, filter: inner, at }) => {
      const found = resolvePath(type, path);
      const attribute = found?.sub ?? found?.attribute;
      if (!found || attribute?.subAttributes === undefined)
        throw new FilterFault(`"${path}" has no values to choose from`, at);
      if (!attribute.multiValued) return bindElement(inner, attribute, keysOf(found));
      return { kind: 'some', list: keysOf(found), filter: bindElement(inner, attribute) };
    },
  });

/** Binds what stands in `[…]` to the sub-attributes of the values it chooses from. */
export const bindElement = (filter: Filter, attribute: Attribute, within: readonly string[] = []): BoundFilter =>
  bind(filter, {
    test: (test) => {
      const sub = findAttribute(attribute.subAttributes ?? [], test.path);
      if (!sub) throw new FilterFault(`"${test.path}" is no part of "${attribute.name}"`, test.at);
      return bindTest(test, { path: [...within, sub.name.toLowerCase()], type: sub.type }, sub);
    },
    valuePath: ({ at }) => {
      throw new FilterFault('A value path has no value path inside', at);
    },
  });

interface Binding {
  readonly test: (test: Test) => BoundFilter;
  readonly valuePath: (part: Extract<Filter, { kind: 'valuePath' }>) => BoundFilter;
}

function bind(filter: Filter, binding: Binding): BoundFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, left: bind(filter.left, binding), right: bind(filter.right, binding) };
    case 'not':
      return { kind: 'not', filter: bind(filter.filter, binding) };
    case 'valuePath':
      return binding.valuePath(filter);
    case 'present':
    case 'compare':
      return binding.test(filter);
  }
}

const keysOf = ({ extension, attribute }: AttributePath): string[] =>
  [...(extension ? [extension.id] : []), attribute.name].map((name) => name.toLowerCase());

function bindTop(test: Test, type: ResourceType): BoundFilter {
  const found = resolvePath(type, test.path);
  if (!found || found.attribute.returned === 'never')
    throw new FilterFault(`"${test.path}" is no attribute of a ${type.name} that can be filtered`, test.at);
  const { attribute, sub } = found;
  if (attribute.multiValued) return bindList(test, found);
  // As of a list, of a complex attribute that has a `value` it is the value that is compared.
  const part = sub ?? (test.kind === 'compare' ? findAttribute(attribute.subAttributes ?? [], 'value') : undefined);
  const path = [...keysOf(found), ...(part ? [part.name.toLowerCase()] : [])];
  return bindTest(test, { path, type: (part ?? attribute).type }, part ?? attribute);
}

/** Of a list, one value is enough; without a part it is `value` that is meant. */
function bindList(test: Test, found: AttributePath): BoundFilter {
  const { attribute, sub } = found;
  const list = keysOf(found);
  const present: BoundFilter = { kind: 'present', place: { path: list, type: 'complex' } };
  if (test.kind === 'present' && sub === undefined) return present;
  const part = sub ?? findAttribute(attribute.subAttributes ?? [], 'value');
  const path = part ? [part.name.toLowerCase()] : [];
  const filter = bindTest(test, { path, type: (part ?? attribute).type }, part ?? attribute);
  const some: BoundFilter = { kind: 'some', list, filter };
  // RFC 7644 §3.4.2.2: one value that is different is enough; so is having none.
  const isNe = test.kind === 'compare' && test.op === 'ne' && test.value !== null;
  return isNe ? { kind: 'or', left: some, right: { kind: 'not', filter: present } } : some;
}

const ORDERED: readonly CompareOperator[] = ['gt', 'ge', 'lt', 'le'];
const TEXTUAL: readonly AttributeType[] = ['string', 'reference', 'binary'];

function bindTest(test: Test, place: Place, attribute: Attribute): BoundFilter {
  if (test.kind === 'present') return { kind: 'present', place };
  const { op, at } = test;
  if (test.value === null) {
    const present: BoundFilter = { kind: 'present', place };
    if (op === 'ne') return present;
    if (op === 'eq') return { kind: 'not', filter: present };
    throw new FilterFault(`"${op}" has no meaning for null`, at);
  }
  if (!hasMeaning(op, attribute.type))
    throw new FilterFault(`"${op}" has no meaning for "${test.path}", which is a ${attribute.type}`, at);
  return { kind: 'compare', place, op, value: valueFor(test, attribute) };
}

function hasMeaning(op: CompareOperator, type: AttributeType): boolean {
  if (type === 'complex') return false;
  if (op === 'eq' || op === 'ne') return true;
  if (ORDERED.includes(op)) return type !== 'boolean' && type !== 'binary';
  return TEXTUAL.includes(type);
}

function valueFor({ value, bare, path, at }: Extract<Filter, { kind: 'compare' }>, attribute: Attribute): Comparable {
  const wrong = (): FilterFault => new FilterFault(`"${path}" is compared with a ${attribute.type}`, at);
  switch (attribute.type) {
    case 'boolean': {
      // Entra writes booleans as texts.
      const text = String(value).toLowerCase();
      if (text !== 'true' && text !== 'false') throw wrong();
      return text === 'true';
    }
    case 'integer':
    case 'decimal':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong();
      return value;
    case 'dateTime':
      if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) throw wrong();
      return foldComparable(attribute, value);
    default:
      if (typeof value !== 'string' && bare === undefined) throw wrong();
      return foldComparable(attribute, typeof value === 'string' ? value : (bare ?? ''));
  }
}
