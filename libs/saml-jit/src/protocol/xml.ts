import { DOMParser } from '@xmldom/xmldom';

/** The namespaces of SAML 2.0 and XML Signature. */
export const NS = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  exclusiveC14n: 'http://www.w3.org/2001/10/xml-exc-c14n#',
} as const;

const ELEMENT = 1;
const ATTRIBUTE_OR_TEXT = new Set([2, 3]);

/** Text that is not one well-formed XML document. */
export class XmlError extends Error {}

/** The root element. The parser tolerates much and only warns: here every warning is a refusal. */
export function parseXml(text: string): Element {
  const refuse = (message: string): never => {
    throw new XmlError(message);
  };
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse };
  const document = new DOMParser({ locator: {}, errorHandler }).parseFromString(text, 'text/xml');
  const roots = [...nodesOf(document)].filter(({ nodeType }) => nodeType === ELEMENT);
  if (roots.length !== 1 || roots[0] === undefined) throw new XmlError('not exactly one root element');
  return roots[0] as Element;
}

/** The child nodes of a node, in order. */
export function* nodesOf(node: Node): Generator<Node> {
  for (let child = node.firstChild; child; child = child.nextSibling) yield child;
}

/** The child elements. */
export function elementsOf(node: Node): Element[] {
  return [...nodesOf(node)].filter((child): child is Element => child.nodeType === ELEMENT);
}

/** The child elements of this name. */
export function childrenOf(parent: Element, namespace: string, localName: string): Element[] {
  return elementsOf(parent).filter((child) => isNamed(child, namespace, localName));
}

/** The only child element of this name; undefined when there is none, or more than one. */
export function onlyChild(parent: Element | undefined, namespace: string, localName: string): Element | undefined {
  const found = parent ? childrenOf(parent, namespace, localName) : [];
  return found.length === 1 ? found[0] : undefined;
}

/** Whether an element has this name. */
export function isNamed(element: Element, namespace: string, localName: string): boolean {
  return element.localName === localName && element.namespaceURI === namespace;
}

/** All elements of this local name below (and not) the element, in whatever namespace. */
export function allBelow(element: Element, localName: string): Element[] {
  return Array.from(element.getElementsByTagNameNS('*', localName));
}

/** An attribute without a namespace; undefined when absent. */
export function attributeOf(element: Element | undefined, name: string): string | undefined {
  return element?.hasAttribute(name) ? (element.getAttribute(name) ?? undefined) : undefined;
}

/** XML Schema §4.3.6: white space in a URI is collapsed; an IdP that indents its XML pads what it writes. */
export const collapsed = (text: string | undefined): string | undefined =>
  text?.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, '');

/** The text of an element that has nothing but text; undefined for an absent element or one with structure. */
export function textOf(element: Element | undefined): string | undefined {
  if (!element) return undefined;
  const nodes = [...nodesOf(element)];
  return nodes.every(({ nodeType }) => ATTRIBUTE_OR_TEXT.has(nodeType))
    ? nodes.map(({ nodeValue }) => nodeValue ?? '').join('')
    : undefined;
}
