import { IsIn, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IsInstant } from '../http/instant.js';

export class CreateApiKeyDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /**
   * What the key may. `auditor` and `helpdesk` read. `operator` in addition keeps work going and takes access away in an
   * emergency: retries, pauses, stops the tenant, suspends and terminates people, ends sessions, skips leave steps, lets
   * drift be; it gives no access. `admin` in addition configures, sends files and lifts overrides; `owner` manages keys.
   */
  @IsIn(['owner', 'admin', 'operator', 'auditor', 'helpdesk'])
  role: 'owner' | 'admin' | 'operator' | 'auditor' | 'helpdesk';

  /** Never, when nothing is said. */
  @IsInstant()
  expiresAt?: Date;
}
