import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Database } from '@tenure/platform';
import type { OpenSession } from '@tenure/tenancy';
import { Identity } from '@tenure/identity';
import { Employee, EmployeeGuard } from './employee.js';

interface AppRow {
  id: string;
  name: string;
  state: string;
}

/** What an employee is told of an account. */
const WORDS: Readonly<Record<string, string>> = {
  pending: 'being prepared',
  active: 'ready',
  disabled: 'off',
  withheld: 'being prepared',
  failed: 'failed',
};

@ApiTags('me')
@Controller('me')
@UseGuards(EmployeeGuard)
export class MeController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Who I am, and which applications I have. */
  @Get()
  async me(@Employee() { tenantId, identityId }: OpenSession): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const identity = await tx.repository(Identity).findOneBy({ tenantId, id: identityId });
      const apps = await tx.query<AppRow>(
        `SELECT p.id, p.name, a.state FROM accounts a JOIN applications p ON p.tenant_id = a.tenant_id AND p.id = a.application_id
         WHERE a.tenant_id = $1 AND a.identity_id = $2 ORDER BY p.name`,
        [tenantId, identityId],
      );
      const { userName, email, displayName, department, title } = identity?.attributes ?? {};
      return {
        id: identityId,
        state: identity?.state,
        userName,
        email,
        displayName,
        department,
        title,
        applications: apps.map(({ id, name, state }) => ({ id, name, state: WORDS[state] ?? state })),
      };
    });
  }
}
