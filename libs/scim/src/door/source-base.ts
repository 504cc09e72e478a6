import type { NextFunction, Request, Response } from 'express';
import { isUuid } from '@tenure/platform';

const AT_SOURCE = /^\/scim\/v2\/sources\/([0-9a-f-]{36})(?=[/?]|$)/i;

/**
 * A source's own base address (RFC 7644 §6): `/scim/v2/sources/<id>` serves what `/scim/v2` serves, to this source only. It
 * is what names the source where no token does.
 */
export function readSourceBase(request: Request, response: Response, next: NextFunction): void {
  const [whole, id = ''] = AT_SOURCE.exec(request.url) ?? [];
  if (whole !== undefined && isUuid(id)) {
    response.locals.scimSourceId = id.toLowerCase();
    request.url = `/scim/v2${request.url.slice(whole.length)}`;
  }
  next();
}

/** The source that the address names. */
export const sourceNamed = ({ locals }: Response): string | undefined => locals.scimSourceId as string | undefined;
