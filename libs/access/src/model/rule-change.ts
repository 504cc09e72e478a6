import type { ApplicationChange, Mapping } from '@tenure/applications';

/** A change of the rules that access follows from. */
export type RuleChange =
  | { readonly kind: 'policy_publish'; readonly policyId: string; readonly version: number }
  | { readonly kind: 'policy_withdraw'; readonly policyId: string }
  | MappingChange;

/** `besides`: what changes of the application together with its mapping, and is not held back with it. */
export interface MappingChange {
  readonly kind: 'mapping';
  readonly applicationId: string;
  readonly mapping: Mapping;
  readonly besides?: Omit<ApplicationChange, 'mapping'>;
}
