import { Refusal, type CompiledFilter } from '@tenure/platform';
import { compileFilter, FilterFault, parseFilter, type FilterColumns } from '@tenure/scim';

/** A `?filter=` in SCIM's grammar as SQL, or a refusal with the position of the mistake. */
export function readFilter(source: string | undefined, columns: FilterColumns): CompiledFilter {
  if (source === undefined || source.trim() === '') return { sql: 'true', params: [] };
  try {
    return compileFilter(parseFilter(source.normalize('NFC')), columns);
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    throw new Refusal('filter_invalid', `The filter cannot be used: ${error.message}.`, [
      { path: 'filter', message: error.message, offset: error.at },
    ]);
  }
}
