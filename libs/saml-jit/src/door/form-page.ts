import { createHash } from 'node:crypto';
import type { Response } from 'express';
import type { OutboundMessage } from '../protocol/outbound-message.js';
import { page } from './refusal-page.js';
import { escaped } from '../protocol/write-logout.js';

const SUBMIT = 'document.forms[0].submit()';
const SCRIPT_HASH = createHash('sha256').update(SUBMIT).digest('base64');

/** The page runs this one script. Where the form goes is fixed; an IdP may send the browser on to another host of its own. */
const policyFor = (action: string): string =>
  [
    "default-src 'none'",
    `script-src 'sha256-${SCRIPT_HASH}'`,
    `form-action ${action.startsWith('https:') ? 'https:' : 'https: http:'}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Sends the browser on to the identity provider with a message: by its address, or by a form that submits itself. */
export function sendOn(response: Response, message: OutboundMessage, redirectStatus = 302): void {
  response.setHeader('Cache-Control', 'no-store');
  if (message.binding === 'HTTP-Redirect') return response.redirect(redirectStatus, message.url);
  const inputs = Object.entries(message.fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const form = `<form method="post" action="${escaped(message.action)}">${inputs.join('')}<button>Continue</button></form>`;
  response
    .status(200)
    .type('html')
    .setHeader('Content-Security-Policy', policyFor(message.action))
    // With none, the form would come from the origin "null", which some IdPs do not take.
    .setHeader('Referrer-Policy', 'origin')
    .send(page('To your identity provider', `${form}<script>${SUBMIT}</script>`, ''));
}
