import { createHash } from 'node:crypto';

const STYLE = `body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1c2430;background:#f4f6f8}
main{max-width:32rem;margin:12vh auto 0;padding:2rem;background:#fff;border:1px solid #d9dfe6;border-radius:8px}
h1{margin:0 0 1rem;font-size:1.35rem}code{font-size:1.1rem;letter-spacing:.08em}small{color:#57606a}`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** What a page of ours may do: have its style. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A plain page that is read on a phone too. A page that sends the browser on at once has no style. */
export const page = (title: string, content: string, style = `<style>${STYLE}</style>`): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
  `<title>${title}</title>${style}</head><body><main><h1>${title}</h1>${content}</main></body></html>`;

/** A message may name what somebody sent. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** What a person is shown who was not let in: what happened, whom to ask, and the code by which the reason is found. */
export interface RefusalPage {
  readonly words: string;
  readonly askWhom: string;
  readonly supportCode: string;
  /** Administrators find it by its code; of any other the code is in the log of the server. */
  readonly isKept: boolean;
}

export const refusalPage = ({ words, askWhom, supportCode, isKept }: RefusalPage): string =>
  page(
    'You could not be signed in',
    `<p>${escaped(words)}</p><p>${escaped(askWhom)}</p><p>Support code: <code>${escaped(supportCode)}</code></p>` +
      (isKept ? '<p><small>Pass this code on: it leads to the reason.</small></p>' : ''),
  );

/** After a test login, which signs no one in. */
export const TRIED = page(
  'This was a test',
  '<p>You were not signed in, and nothing was changed. The result is shown where the test was started.</p>',
);

/** After an answer of the identity provider to a logout, while the browser has a session here. */
export const STILL_SIGNED_IN = page(
  'You are still signed in here',
  '<p>Your identity provider has answered a logout, but your session here is open. To end it, sign out here.</p>',
);

/** After such an answer that is not signed, or does not say that the logout is done. */
export const LOGOUT_ANSWERED = page(
  'Your identity provider has answered',
  '<p>It does not say for certain that the logout is complete. Close every window of this browser to be sure.</p>',
);

export const SIGNED_OUT = page('You are signed out', '<p>You can close this window.</p>');
