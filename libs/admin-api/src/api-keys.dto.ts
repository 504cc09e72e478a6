import { IsIn, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IsInstant } from './instant.js';

export class CreateApiKeyDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** What the key may: an `auditor` and a `helpdesk` read, an `operator` also retries, an `admin` also configures. */
  @IsIn(['owner', 'admin', 'operator', 'auditor', 'helpdesk'])
  role: 'owner' | 'admin' | 'operator' | 'auditor' | 'helpdesk';

  /** Never, when nothing is said. */
  @IsInstant()
  expiresAt?: Date;
}
