import { IsDateString, IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

export class CreateApiKeyDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** What the key may: an `auditor` and a `helpdesk` read, an `operator` also retries, an `admin` also configures. */
  @IsIn(['owner', 'admin', 'operator', 'auditor', 'helpdesk'])
  role: 'owner' | 'admin' | 'operator' | 'auditor' | 'helpdesk';

  /** Never, when nothing is said. */
  @IsOptional()
  @IsDateString()
  expiresAt?: string;
}
