import type { CelType } from '@bufbuild/cel';
import type { AttributeType, VariableSchema } from './expression-schema.js';

type Scalar = 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'null' | 'timestamp' | 'duration' | 'type';

/** What a part of an expression yields. `dyn` is known at run time only; `never` is the element of an empty list. */
export type Type =
  | Scalar
  | 'dyn'
  | 'never'
  | { readonly kind: 'list'; readonly element: Type }
  | { readonly kind: 'map'; readonly value: Type }
  | { readonly kind: 'object'; readonly attributes: Readonly<Record<string, AttributeType>> };

const OPEN_MAP: Type = { kind: 'map', value: 'dyn' };
const NUMBERS: ReadonlySet<Type> = new Set<Type>(['int', 'uint', 'double']);

/** The type of a declared variable or attribute. */
export function declaredType(schema: VariableSchema): Type {
  if (typeof schema === 'object') return { kind: 'object', attributes: schema };
  if (schema === 'list<string>') return { kind: 'list', element: 'string' };
  return schema === 'map' ? OPEN_MAP : schema;
}

/** The type in the signature of one of the library's functions. */
export function signatureType(type: CelType): Type {
  if (type.kind === 'list') return { kind: 'list', element: signatureType(type.element) };
  if (type.kind === 'map') return OPEN_MAP;
  if (type.kind === 'scalar') return type.scalar === 'null_type' ? 'null' : type.scalar;
  if (type.name === 'google.protobuf.Timestamp') return 'timestamp';
  return type.name === 'google.protobuf.Duration' ? 'duration' : 'dyn';
}

/** Whether a value of one type can be an argument of the other. */
export function fits(actual: Type, wanted: Type): boolean {
  if (isOpen(actual) || wanted === 'dyn' || actual === wanted) return true;
  if (typeof actual === 'string' || typeof wanted === 'string' || actual.kind !== wanted.kind) return false;
  return actual.kind !== 'list' || wanted.kind !== 'list' || fits(actual.element, wanted.element);
}

/** Whether `==` can ever hold between the two. Anything may be compared with null: an attribute may have no value. */
export function comparable(a: Type, b: Type): boolean {
  if ([a, b].some((type) => isOpen(type) || type === 'null')) return true;
  if (a === b || (NUMBERS.has(a) && NUMBERS.has(b))) return true;
  if (typeof a === 'string' || typeof b === 'string' || a.kind !== b.kind) return false;
  return a.kind !== 'list' || b.kind !== 'list' || comparable(a.element, b.element);
}

/** The type of a value that is one or the other. */
export function join(a: Type, b: Type): Type {
  if (a === 'never' || a === b) return b;
  if (b === 'never') return a;
  if (typeof a === 'object' && typeof b === 'object' && a.kind === 'list' && b.kind === 'list') {
    return { kind: 'list', element: join(a.element, b.element) };
  }
  return 'dyn';
}

/** As a person would write it in a message. */
export function describeType(type: Type): string {
  if (type === 'dyn' || type === 'never') return 'any';
  if (typeof type === 'string') return type;
  return type.kind === 'list' ? `list<${describeType(type.element)}>` : type.kind;
}

function isOpen(type: Type): boolean {
  return type === 'dyn' || type === 'never';
}
