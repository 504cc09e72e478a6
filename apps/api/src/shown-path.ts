import { isUuid } from '@tenure/platform';

const DOORS = ['/scim', '/saml', '/hrms', '/api', '/health'];

/**
 * What of a request's path a log may show: the words of the route that it matched, and ids. Whatever else a client
 * puts into a path may be somebody's name.
 */
export function shownPath(path: string, route: string | undefined): string {
  if (route === undefined) return `${DOORS.find((door) => path.startsWith(`${door}/`)) ?? ''}/*`;
  const parts = path.split('/');
  return route
    .split('/')
    .map((word, index) => (word.startsWith(':') && isUuid(parts[index] ?? '') ? parts[index] : word))
    .join('/');
}
