import { demand, SamlRefused, type Rule } from './saml-refused.js';
import { scanTags, type TagScan } from './scan-tags.js';
import { elementsOf, nodesOf, parseXml, XmlError } from './xml.js';

/** A message is no larger than this, before and after it is unpacked. */
export const MAX_BYTES = 256 * 1024;
const MAX_ELEMENTS = 2000;
const MAX_DEPTH = 40;
/** The parser compares an element's attributes with each other. */
const MAX_ATTRIBUTES = { each: 64, all: 4000 } as const;
const DECLARATION =
  /^<\?xml version=["']1\.0["'](?: encoding=["'][Uu][Tt][Ff]-8["'])?(?: standalone=["'](?:yes|no)["'])?[ \t\r\n]*\?>[ \t\r\n]*/;
/** Control characters but tab and line ends, halves of a character, non-characters: not allowed in XML, even escaped. */
const ILLEGAL = /[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/u;
const ID = /^[A-Za-z_][\w.-]{0,255}$/;

interface TextFacts {
  /** After the XML declaration. */
  readonly markup: string;
  readonly tags: TagScan | undefined;
}

const TEXT_RULES: readonly Rule<TextFacts>[] = [
  {
    code: 'xml_malformed',
    reason: 'The message has a document type, a comment, a CDATA section or a processing instruction.',
    holds: ({ markup }) => !/<[!?]/.test(markup),
  },
  {
    code: 'xml_malformed',
    reason: 'The message is not one element whose tags are all closed.',
    holds: ({ tags }) => tags !== undefined,
  },
  {
    code: 'message_too_large',
    reason: `The message has more than ${MAX_ELEMENTS} elements.`,
    holds: ({ tags }) => (tags?.elements ?? 0) <= MAX_ELEMENTS,
  },
  {
    code: 'message_too_large',
    reason: `The message is nested deeper than ${MAX_DEPTH}.`,
    holds: ({ tags }) => (tags?.depth ?? 0) <= MAX_DEPTH,
  },
  {
    code: 'message_too_large',
    reason: `An element has more than ${MAX_ATTRIBUTES.each} attributes, or all have more than ${MAX_ATTRIBUTES.all}.`,
    holds: ({ tags }) =>
      (tags?.mostAttributes ?? 0) <= MAX_ATTRIBUTES.each && (tags?.attributes ?? 0) <= MAX_ATTRIBUTES.all,
  },
];

interface Shape {
  readonly elements: number;
  readonly ids: readonly string[];
  readonly illegalCharacter: boolean;
  readonly unboundPrefix: boolean;
}

const SHAPE_RULES: readonly Rule<Shape & { readonly tags: TagScan | undefined }>[] = [
  {
    code: 'xml_malformed',
    reason: 'The message can be read in two ways.',
    holds: ({ elements, tags }) => elements === tags?.elements,
  },
  { code: 'xml_malformed', reason: 'An ID is not a name.', holds: ({ ids }) => ids.every((id) => ID.test(id)) },
  {
    code: 'xml_malformed',
    reason: 'Two elements have the same ID.',
    holds: ({ ids }) => new Set(ids).size === ids.length,
  },
  {
    code: 'xml_malformed',
    reason: 'The message has a character that XML does not allow.',
    holds: ({ illegalCharacter }) => !illegalCharacter,
  },
  {
    code: 'xml_malformed',
    reason: 'A prefix stands for no namespace.',
    holds: ({ unboundPrefix }) => !unboundPrefix,
  },
];

/** Base64 in one line, or wrapped at a fixed width, by any line end; nothing that a lenient decoder would skip. */
export function decodeBase64(field: string): { bytes: Buffer; encoded: string } {
  const all = field.split(/\r\n|\n|\r/);
  const isFull = (line: string): boolean => line !== '';
  const lines = all.slice(Math.max(all.findIndex(isFull), 0), all.findLastIndex(isFull) + 1);
  const width = lines[0]?.length ?? 0;
  const last = lines.length - 1;
  const wrapped = lines.every((line, n) => line.length === width || (n === last && line.length <= width));
  const encoded = lines.join('');
  const bytes = Buffer.from(encoded, 'base64');
  if (!wrapped || bytes.toString('base64') !== encoded)
    throw new SamlRefused('body_malformed', 'The message is not base64.');
  return { bytes, encoded };
}

/** The root of a message that can be read in one way only, and its text; or throws `SamlRefused`. Nothing in it is trusted. */
export function readXml(bytes: Uint8Array): { root: Element; xml: string } {
  const xml = decodeUtf8(bytes);
  const markup = xml.replace(DECLARATION, '');
  const tags = scanTags(markup);
  demand(TEXT_RULES, { markup, tags });
  const root = parse(xml);
  demand(SHAPE_RULES, { ...shapeOf(root), tags });
  return { root, xml };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SamlRefused('xml_malformed', 'The message is not UTF-8.', error);
  }
}

function parse(xml: string): Element {
  try {
    return parseXml(xml);
  } catch (error) {
    if (error instanceof XmlError) throw new SamlRefused('xml_malformed', 'The message is not well-formed XML.', error);
    // The parser throws its own errors for some malformed documents, a TypeError for others.
    throw new SamlRefused('xml_malformed', 'The message cannot be parsed.', error);
  }
}

function shapeOf(root: Element): Shape {
  const ids: string[] = [];
  let elements = 0;
  let illegalCharacter = false;
  let unboundPrefix = false;
  const waiting = [root];
  for (let element = waiting.pop(); element; element = waiting.pop()) {
    elements++;
    const attributes = Array.from(element.attributes);
    // The signature library looks an element up by Id, ID or id, with or without a prefix.
    ids.push(...attributes.filter(({ localName }) => localName.toLowerCase() === 'id').map(({ value }) => value));
    illegalCharacter ||= [...attributes, ...nodesOf(element)].some(({ nodeValue }) => ILLEGAL.test(nodeValue ?? ''));
    unboundPrefix ||= [element, ...attributes].some(({ prefix, namespaceURI }) => Boolean(prefix) && !namespaceURI);
    waiting.push(...elementsOf(element));
  }
  return { elements, ids, illegalCharacter, unboundPrefix };
}
