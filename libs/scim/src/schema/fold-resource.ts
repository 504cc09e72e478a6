import { findExtension, topAttributes, type Attribute, type ResourceType } from './schema-model.js';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
// An alias of Record could not refer to itself.

interface JsonObject {
  readonly [name: string]: Json;
}
type Values = Readonly<Record<string, unknown>>;

/** The form in which texts without case are compared: Unicode NFKC in lower case (once more, for what lower case composes). */
export const foldText = (text: string): string => text.normalize('NFKC').toLowerCase().normalize('NFKC');

/** What the server keeps elsewhere: columns and rows of their own. */
const ELSEWHERE = new Set(['id', 'externalId', 'meta', 'groups', 'members', 'password']);

/**
 * A resource in the form in which filters compare it: names in lower case, texts without case folded, times in UTC,
 * and nothing that is unassigned. SQL and memory look at this and so need no rule of case of their own.
 */
export function foldResource(type: ResourceType, resource: Values): JsonObject {
  const attributes = topAttributes(type).filter(({ name }) => !ELSEWHERE.has(name));
  const extensions = Object.entries(resource).flatMap(([name, value]): [string, Json][] => {
    const extension = isValues(value) ? findExtension(type, name) : undefined;
    const folded = extension && foldObject(extension.schema.attributes, value as Values);
    return folded === undefined ? [] : [[name.toLowerCase(), folded]];
  });
  return { ...foldObject(attributes, resource), ...Object.fromEntries(extensions) };
}

/** One value of a complex attribute, as value paths look at it. */
export const foldElement = ({ subAttributes }: Attribute, value: unknown): Json =>
  (isValues(value) ? foldObject(subAttributes ?? [], value) : undefined) ?? {};

function foldObject(attributes: readonly Attribute[], values: Values): JsonObject | undefined {
  const entries = attributes.flatMap((attribute): [string, Json][] => {
    const folded = foldValue(attribute, values[attribute.name]);
    return folded === undefined ? [] : [[attribute.name.toLowerCase(), folded]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function foldValue(attribute: Attribute, value: unknown): Json | undefined {
  if (!attribute.multiValued) return foldOne(attribute, value);
  const values = (Array.isArray(value) ? value : []).flatMap((one: unknown) => foldOne(attribute, one) ?? []);
  return values.length === 0 ? undefined : values;
}

function foldOne(attribute: Attribute, value: unknown): Json | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (attribute.type === 'complex')
    return isValues(value) ? foldObject(attribute.subAttributes ?? [], value) : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? foldComparable(attribute, value) : undefined;
}

/** A text as its attribute compares it. */
export function foldComparable({ type, caseExact }: Attribute, text: string): string {
  if (type === 'dateTime') return new Date(text).toISOString();
  return caseExact ? text : foldText(text);
}

const isValues = (value: unknown): value is Values =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
