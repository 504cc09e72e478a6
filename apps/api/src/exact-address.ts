import type { NextFunction, Request, Response } from 'express';
import { Refusal } from '@tenure/platform';

export type Door = 'scim' | 'saml' | 'other';

/** Whose form an address is answered in. Routes have no case, so doors have none. */
export function doorOf(path: string): Door {
  const [, first = ''] = path.split('/');
  const door = first.toLowerCase();
  return door === 'scim' || door === 'saml' ? door : 'other';
}

/** One address for one resource: `//Users` is `/Users`. Only the path: what a query says is its own matter. */
export function exactPath(url: string): string {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  return path.replaceAll(/\/{2,}/g, '/') + (at < 0 ? '' : url.slice(at));
}

/** Gives every door the address as it is meant, and refuses one with U+0000, which no text of ours has. */
export function exactAddress(request: Request, _response: Response, next: NextFunction): void {
  request.url = exactPath(request.url);
  if (!request.url.includes('%00')) return next();
  next(new Refusal('address_invalid', 'The address has %00, which is not text; leave it out.'));
}
