import { describe, expect, it } from '@jest/globals';
import { doorOf, exactPath } from './exact-address.js';

describe('D15: an address', () => {
  it.each([
    ['//scim/v2/Users', '/scim/v2/Users'],
    ['/scim//v2///Users/', '/scim/v2/Users/'],
    ['/scim/v2/Users?filter=a//b', '/scim/v2/Users?filter=a//b'],
    ['/scim/v2/Users%2f%2fx', '/scim/v2/Users%2f%2fx'],
    ['/', '/'],
  ])('%s is %s', (given, exact) => expect(exactPath(given)).toBe(exact));

  it.each([
    ['/scim', 'scim'],
    ['/SCIM/v2', 'scim'],
    ['/Saml/x/acs', 'saml'],
    ['/samlet', 'other'],
    ['/scim-x/v2', 'other'],
    ['/api/v1/scim', 'other'],
  ])('%s is answered in the form of %s', (path, door) => expect(doorOf(path)).toBe(door));
});
