// The admin API as the demo uses it.

/** @param {{ url: string, apiKey: string }} credentials */
export function adminApi({ url, apiKey }) {
  const call = async (method, path, body, type = 'application/json') => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body !== undefined && { 'content-type': type }) },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body, type) => call('POST', path, body, type),
    /** Every item of a list, over all its pages. */
    all: async (path) => {
      const items = [];
      for (let cursor; ;) {
        const page = await call(
          'GET',
          `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor ? `&cursor=${cursor}` : ''}`,
        );
        items.push(...page.items);
        cursor = page.nextCursor;
        if (!cursor) return items;
      }
    },
  };
}

/** Waits until `look` gives something that is not false; tells what it waited for when it never does. */
export async function until(what, look, seconds = 30) {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
