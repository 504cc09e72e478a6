import { attributeOf, childrenOf, elementsOf, NS, onlyChild, textOf } from './xml.js';

const NIL = 'http://www.w3.org/2001/XMLSchema-instance';

/** Attribute name → its values. An attribute without a value is there with an empty list: absent is not empty. */
export type SamlAttributes = Readonly<Record<string, readonly string[]>>;

/** The attributes of an assertion. */
export interface ReadAttributes {
  readonly attributes: SamlAttributes;
  /** Attributes with a structured value, and their values that are text: only a list can use a part of its values. */
  readonly partial: SamlAttributes;
}

/**
 * Reads the attributes of a verified assertion. Values of a repeated attribute are put together (Keycloak sends one
 * `Attribute` per role). One with a structured value is kept apart, as if absent: it must not clear what is known.
 */
export function readAttributes(assertion: Element): ReadAttributes {
  const values = new Map<string, string[]>();
  const unreadable = new Set<string>();
  const attributes = childrenOf(assertion, NS.assertion, 'AttributeStatement').flatMap((s) =>
    childrenOf(s, NS.assertion, 'Attribute'),
  );
  for (const attribute of attributes) {
    const name = attributeOf(attribute, 'Name');
    if (name === undefined || name === '') continue;
    const read = childrenOf(attribute, NS.assertion, 'AttributeValue')
      .filter((value) => !isNil(value))
      .map(valueOf);
    if (read.includes(undefined)) unreadable.add(name);
    values.set(name, [...(values.get(name) ?? []), ...read.filter((value) => value !== undefined)]);
  }
  const entries = [...values];
  // fromEntries defines own properties, so an attribute called __proto__ is only that.
  return {
    attributes: Object.fromEntries(entries.filter(([name]) => !unreadable.has(name))),
    partial: Object.fromEntries(entries.filter(([name]) => unreadable.has(name))),
  };
}

/** The text, or the identifier where the value is a NameID (eduPersonTargetedID). */
function valueOf(value: Element): string | undefined {
  const inner = elementsOf(value).length === 1 ? onlyChild(value, NS.assertion, 'NameID') : undefined;
  return textOf(inner ?? value);
}

function isNil(value: Element): boolean {
  return ['true', '1'].includes(value.getAttributeNS(NIL, 'nil') ?? '');
}
