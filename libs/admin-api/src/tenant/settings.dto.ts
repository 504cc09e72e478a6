import { IsArray, IsIn, IsInt, IsObject } from 'class-validator';
import { Optional } from '../http/optional.js';

/** How a tenant's sources become people. The section is replaced whole; what is left out is the default. */
export class IdentitySettingsDto {
  /** Rules by which a record finds its identity, in their order. */
  @Optional()
  @IsArray()
  correlation?: object[];

  /** By kind of source: what is done in a situation, where it differs from the table. */
  @Optional()
  @IsObject()
  reactions?: object;

  /** By attribute: how its value is chosen among the sources. */
  @Optional()
  @IsObject()
  merge?: object;

  /** What becomes of people whom a full list does not name: `graceDays`, `becomes`, `limit`. */
  @Optional()
  @IsObject()
  absence?: object;

  /** Days from the termination until what is known of the person is erased; null: never. */
  @Optional({ nullable: true })
  @IsInt()
  purgeAfterDays?: number | null;

  /** What a SCIM client means by `active: false`: `suspended` (as without it) or `terminated`. */
  @Optional()
  @IsIn(['suspended', 'terminated'])
  inactive?: 'suspended' | 'terminated';
}

/** What safety budgets keep back, and how long evidence is kept. The section is replaced whole; what is left out is the default. */
export class ProvisioningSettingsDto {
  /** `secondPerson`: two persons release what is held; `expireDays`: left alone for so long, it is not done. */
  @Optional()
  @IsObject()
  holds?: object;

  /** `keepDays`: how long operations are kept. */
  @Optional()
  @IsObject()
  evidence?: object;
}

/** How careful a tenant is with its rules of access. The section is replaced whole; what is left out is the default. */
export class AccessSettingsDto {
  /**
   * A change of the rules that takes something from at least `people`, and from more than `percent` of all people or of an
   * application's accounts, is held.
   */
  @Optional()
  @IsObject()
  publishLimit?: object;

  /** `answerWithinHours`: unanswered for so long, a request lapses. */
  @Optional()
  @IsObject()
  requests?: object;
}

/** What holds for every SAML connection that does not say otherwise. The section is replaced whole. */
export class LoginSettingsDto {
  /** Whether whoever is on leave may log in; a connection's `admit.onLeave` overrides it. `admit` when nothing is said. */
  @Optional()
  @IsIn(['admit', 'refuse'])
  onLeave?: 'admit' | 'refuse';
}
