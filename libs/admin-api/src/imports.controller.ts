import { Get, Inject, Param, ParseUUIDPipe } from '@nestjs/common';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Import, ImportRow } from '@tenure/hrms-sync';
import { AdminRoute } from './admin-route.js';
import { Caller } from './principal.js';

const REJECTS_SHOWN = 1_000;

@AdminRoute('imports', 'sources')
export class ImportsController {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** How far a file is, what came of its rows, and each row that was rejected with its reason. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const found = await tx.repository(Import).findOneBy({ tenantId, id });
      if (!found) throw new Refusal('not_found', 'import_not_found', `There is no import with the id ${id}.`);
      const rejects = await tx
        .repository(ImportRow)
        .find({ where: { tenantId, importId: id, outcome: 'rejected' }, order: { row: 'ASC' }, take: REJECTS_SHOWN });
      const { sourceId, preview, state, total, created, changed, unchanged, missing, rejected, startedAt, doneAt } =
        found;
      return {
        id, sourceId, preview, state, startedAt, doneAt, rows: total, new: created, changed, unchanged, missing, rejected,
        rejectedRows: rejects.map(({ row, reason }) => ({ row, reason })),
      }; // prettier-ignore
    });
  }
}
