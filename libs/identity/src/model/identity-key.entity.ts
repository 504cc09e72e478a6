import { Entity, PrimaryColumn } from 'typeorm';

/** What an identity can be found by. */
export type IdentityKeyName = 'employeeNumber' | 'email' | 'userName' | `custom.${string}`;

/** A custom attribute by which records find the identity: normalised, so that `=` can use the index. */
@Entity('identity_keys')
export class IdentityKey {
  @PrimaryColumn('uuid') tenantId: string;
  /** `custom.personId` */
  @PrimaryColumn('text') name: string;
  @PrimaryColumn('text') value: string;
  @PrimaryColumn('uuid') identityId: string;
}
