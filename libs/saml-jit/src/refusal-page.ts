/** A plain page. */
export const page = (title: string, content: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>`;

/** A message may name what somebody sent. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** What a person is shown who was not let in. */
export const refusalPage = (words: string, askWhom: string, supportCode: string): string =>
  page(
    'You could not be signed in',
    `<p>${escaped(words)}</p><p>${escaped(askWhom)}</p><p>Support code: <code>${escaped(supportCode)}</code></p>`,
  );

/** After a try, which signs nobody in. */
export const TRIED = page(
  'This was a try',
  '<p>Nobody was signed in, and nothing was changed. What a login would have done is shown where the try was begun.</p>',
);

export const SIGNED_OUT = page('You are signed out', '');
