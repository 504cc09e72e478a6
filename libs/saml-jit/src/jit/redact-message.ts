import { readResponseForm } from '../protocol/read-response-form.js';
import { elementsOf, textOf } from '../protocol/xml.js';

const MAX = 20_000;
const MAX_VALUE = 300;
const HIDDEN = '[redacted]';

/** Texts that say nothing of a person. */
const SHOWN_TEXTS = new Set(['Issuer', 'Audience', 'AuthnContextClassRef']);
/** Attributes that say nothing of a person. */
const SHOWN_ATTRIBUTES = new Set([
  ...[
    'ID',
    'InResponseTo',
    'Version',
    'IssueInstant',
    'Destination',
    'Consent',
    'Value',
    'Format',
    'Method',
    'Recipient',
  ],
  ...[
    'NotBefore',
    'NotOnOrAfter',
    'AuthnInstant',
    'SessionNotOnOrAfter',
    'Name',
    'NameFormat',
    'FriendlyName',
    'Algorithm',
    'URI',
  ],
]);

/** A posted message as an admin may see it: its structure, times and names, and nothing of what it says of a person. */
export function redactMessage(samlResponse: unknown): string | null {
  let root: Element;
  try {
    root = readResponseForm({ SAMLResponse: samlResponse }).response;
  } catch {
    // What cannot even be read is described by the refusal's reason.
    return null;
  }
  const lines: string[] = [];
  let length = 0;
  write(root, 0, (line) => {
    length += line.length + 1;
    if (length <= MAX) lines.push(line);
  });
  return length > MAX ? `${lines.join('\n')}\n…` : lines.join('\n');
}

function write(element: Element, depth: number, say: (line: string) => void): void {
  const indent = '  '.repeat(depth);
  const attributes = Array.from(element.attributes)
    .map(({ name, localName, value }) => ` ${name}="${isShown(name, localName) ? cut(value) : HIDDEN}"`)
    .join('');
  const children = elementsOf(element);
  const start = `${indent}<${element.nodeName}${attributes}`;
  if (children.length === 0) {
    const text = textOf(element) ?? '';
    const shown = SHOWN_TEXTS.has(element.localName) ? cut(text) : HIDDEN;
    return say(text === '' ? `${start}/>` : `${start}>${shown}</${element.nodeName}>`);
  }
  say(`${start}>`);
  for (const child of children) write(child, depth + 1, say);
  say(`${indent}</${element.nodeName}>`);
}

const isShown = (name: string, localName: string): boolean =>
  SHOWN_ATTRIBUTES.has(name) || name === 'xmlns' || name.startsWith('xmlns:') || localName === 'type';

const cut = (text: string): string => {
  const safe = text
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;');
  return safe.length > MAX_VALUE ? `${safe.slice(0, MAX_VALUE)}…` : safe;
};
