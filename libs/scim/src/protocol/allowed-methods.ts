/** The methods of what is no resource type, below the door's address. */
const FIXED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^$/, ['GET']],
  [/^serviceproviderconfig$/, ['GET']],
  [/^(resourcetypes|schemas)(\/[^/]+)?$/, ['GET']],
  [/^bulk$/, ['POST']],
  [/^me$/, ['GET', 'PUT', 'PATCH', 'DELETE', 'POST']],
  [/^([^/]+\/)?\.search$/, ['POST']],
  [/^token$/, ['POST']],
];
const ENDPOINTS = /^(serviceproviderconfig|resourcetypes|schemas|bulk|me|token|\.search)(\/|$)/;

/** Whether a name is taken by something that is no resource type. */
export const isFixedEndpoint = (name: string): boolean => ENDPOINTS.test(name.toLowerCase());

/** What may be done at an address of the door; null where nothing is. `isType`: a resource type has that endpoint. */
export function allowedMethods(path: string, isType: (endpoint: string) => boolean): readonly string[] | null {
  const below = path.replace(/^\/scim\/v2/i, '').replace(/^\/|\/$/g, '');
  const fixed = FIXED.find(([pattern]) => pattern.test(below.toLowerCase()));
  if (fixed) return fixed[1];
  const [endpoint = '', id, ...more] = below.split('/');
  if (more.length > 0 || isFixedEndpoint(endpoint) || !isType(endpoint)) return null;
  return id === undefined ? ['GET', 'POST'] : ['GET', 'PUT', 'PATCH', 'DELETE'];
}
