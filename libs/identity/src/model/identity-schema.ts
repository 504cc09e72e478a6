import type { ExpressionSchema } from '@tenure/platform';
import type { Identity } from './identity.entity.js';

/** What policies, mappings and match rules may read of an identity. */
export const IDENTITY_SCHEMA = {
  identity: {
    id: 'string',
    state: 'string',
    userName: 'string',
    email: 'string',
    givenName: 'string',
    familyName: 'string',
    displayName: 'string',
    employeeNumber: 'string',
    title: 'string',
    jobCode: 'string',
    department: 'string',
    managerId: 'string',
    isManager: 'bool',
    employmentType: 'string',
    location: 'string',
    country: 'string',
    timeZone: 'string',
    startDate: 'string',
    endDate: 'string',
    leaveStartDate: 'string',
    leaveEndDate: 'string',
    groups: 'list<string>',
    groupIds: 'list<string>',
    custom: 'map',
  },
} as const satisfies ExpressionSchema;

/** An identity as expressions see it. */
export const bindIdentity = (
  identity: Pick<Identity, 'id' | 'state' | 'attributes' | 'managerId' | 'isManager'>,
): { identity: Readonly<Record<string, unknown>> & { readonly id: string } } => ({
  identity: {
    ...identity.attributes,
    id: identity.id,
    state: identity.state,
    managerId: identity.managerId,
    isManager: identity.isManager,
    groups: identity.attributes.groups ?? [],
    groupIds: identity.attributes.groupIds ?? [],
    custom: identity.attributes.custom ?? {},
  },
});
