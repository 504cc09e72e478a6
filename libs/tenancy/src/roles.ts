import { Refusal } from '@tenure/platform';

/** Who may what, from most to least. */
export const ROLES = ['owner', 'admin', 'operator', 'auditor', 'helpdesk'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a route asks for. `operate`: keep work going, and take access away in an emergency, never give it. `configure`: what
 * gives access: people, files, sources, applications, policies, and the end of an override. `administer`: admins and keys.
 */
export type Right = 'read' | 'operate' | 'configure' | 'administer';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  owner: ['read', 'operate', 'configure', 'administer'],
  admin: ['read', 'operate', 'configure'],
  operator: ['read', 'operate'],
  auditor: ['read'],
  helpdesk: ['read'],
};

/** Someone who was authenticated, and for whom the admin API acts. */
export interface Principal {
  readonly tenantId: string;
  /** `api_key:<id>` or `admin:<id>`: what the journal shows. */
  readonly actor: string;
  readonly role: Role;
}

export const mayRole = (role: Role, right: Right): boolean => RIGHTS[role].includes(right);

/** Refuses with 403 and the right that is missing. */
export function assertMay(principal: Principal, right: Right): void {
  if (mayRole(principal.role, right)) return;
  throw new Refusal(
    'right_missing',
    `The role "${principal.role}" may not ${right}; ask an owner for a key with more rights.`,
  );
}
