import { describe, expect, it } from '@jest/globals';
import { shownPath } from './shown-path.js';

const ID = '01900000-0000-7000-8000-000000000000';

describe('the path in a log', () => {
  it.each([
    ['shows a route without parameters', '/api/v1/identities', '/api/v1/identities', '/api/v1/identities'],
    ['shows ids', `/scim/v2/Users/${ID}`, '/scim/v2/Users/:id', `/scim/v2/Users/${ID}`],
    ['hides what is no id', '/scim/v2/Users/ada@example.com', '/scim/v2/Users/:id', '/scim/v2/Users/:id'],
    ['shows the id before other words', `/saml/${ID}/acs`, '/saml/:connectionId/acs', `/saml/${ID}/acs`],
    ['names the door of an unknown address', '/scim/v2/People/ada', undefined, '/scim/*'],
    ['names nothing where there is no door', '/ada', undefined, '/*'],
    ['does not take a name for a door', '/scimitar', undefined, '/*'],
  ])('%s', (_, path, route, shown) => {
    expect(shownPath(path, route)).toBe(shown);
  });
});
