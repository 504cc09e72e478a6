import { Get, HttpCode, Inject, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { Database, Refusal } from '@tenure/platform';
import type { Principal } from '@tenure/tenancy';
import { Import, ImportRow, Imports } from '@tenure/hrms-sync';
import { AdminRoute } from '../http/admin-route.js';
import { actorOf, Caller, Needs } from '../http/principal.js';

const REJECTS_SHOWN = 1_000;

@AdminRoute('imports', 'sources')
export class ImportsController {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Imports) private readonly imports: Imports,
  ) {}

  /** How far a file is, what came of its rows, and each row that was rejected with its reason. */
  @Get(':id')
  async get(@Caller() { tenantId }: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<object> {
    return this.database.transaction(tenantId, async (tx) => {
      const found = await tx.repository(Import).findOneBy({ tenantId, id });
      if (!found) throw new Refusal('import_not_found', `There is no import with the id ${id}.`);
      const rejects = await tx
        .repository(ImportRow)
        .find({ where: { tenantId, importId: id, outcome: 'rejected' }, order: { row: 'ASC' }, take: REJECTS_SHOWN });
      const {
        sourceId,
        preview,
        scope,
        state,
        total,
        created,
        changed,
        unchanged,
        scheduled,
        missing,
        holdId,
        rejected,
        startedAt,
        doneAt,
        rowsDeletedAt,
      } = found;
      return {
        id,
        sourceId,
        preview,
        scope,
        state,
        startedAt,
        doneAt,
        rowsDeletedAt,
        rows: total,
        new: created,
        changed,
        unchanged,
        scheduled,
        missing,
        holdId,
        rejected,
        rejectedRows: rejects.map(({ row, key, reason, person }) => ({
          row,
          reason,
          ...(person !== null && { key, retryable: true }),
        })),
      };
    });
  }

  /** Applies again the rows that were rejected although they could be read. */
  @Post(':id/retry')
  @HttpCode(202)
  @Needs('operate')
  retry(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<{ retried: number }> {
    return this.imports.retry(caller.tenantId, actorOf(caller), id);
  }
}
