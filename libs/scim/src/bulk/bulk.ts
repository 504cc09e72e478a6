import { newId } from '@tenure/platform';
import { planWaves } from './plan-waves.js';
import { lacking, readBulk, withIds, type BulkEntry, type BulkOperation } from './resolve-bulk.js';
import { locationOf, type Reply, type ScimCall } from '../resources/scim-call.js';
import { ScimError } from '../protocol/scim-error.js';
import type { ScimResources } from '../resources/resources.js';

const RESPONSE_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
/** Operations at once: two transactions full of new people. */
const AT_ONCE = 32;

/** Many operations in one request (RFC 7644 §3.7), each in its own transaction. */
export class ScimBulk {
  constructor(
    private readonly resources: ScimResources,
    private readonly asScim: (error: unknown) => ScimError,
  ) {}

  async run(call: ScimCall, body: unknown): Promise<object> {
    const { entries, failOnErrors } = readBulk(call.catalogue, body);
    const run = new BulkRun(this.resources, this.asScim, call, entries, failOnErrors);
    return { schemas: [RESPONSE_SCHEMA], Operations: await run.results() };
  }
}

class BulkRun {
  private readonly ids = new Map<string, string>();
  private readonly answers = new Map<number, object>();
  private errors = 0;

  constructor(
    private readonly resources: ScimResources,
    private readonly asScim: (error: unknown) => ScimError,
    private readonly call: ScimCall,
    private readonly entries: readonly BulkEntry[],
    private readonly failOnErrors: number,
  ) {}

  /** In the order of the request; what was not begun because of too many errors has no answer. */
  async results(): Promise<readonly object[]> {
    const operations = this.entries.map((entry) => ('operation' in entry ? entry.operation : null));
    for (const one of operations) if (one?.method === 'POST' && one.bulkId) this.ids.set(one.bulkId, newId());
    for (const wave of planWaves(operations, Number.isFinite(this.failOnErrors))) await this.wave(wave);
    return [...this.answers].sort(([a], [b]) => a - b).map(([, answer]) => answer);
  }

  /** With a limit of errors one after another, so that nothing is begun after the last one that is allowed. */
  private async wave(wave: readonly number[]): Promise<void> {
    const width = Number.isFinite(this.failOnErrors) ? 1 : AT_ONCE;
    const waiting = [...wave];
    const work = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        const entry = this.entries[index];
        if (!entry || this.errors >= this.failOnErrors) continue;
        if ('fault' in entry) this.fail(index, named(entry.given), entry.fault);
        else await this.one(index, entry.operation);
      }
    };
    await Promise.all(Array.from({ length: width }, work));
  }

  private async one(index: number, operation: BulkOperation): Promise<void> {
    const { method, bulkId } = operation;
    const told = { method, ...(bulkId !== undefined && { bulkId }) };
    try {
      const { status, headers = {} } = await this.execute(operation);
      const id = headers.Location?.split('/').at(-1);
      if (bulkId !== undefined && id !== undefined) this.ids.set(bulkId, id);
      const location = headers.Location ?? this.addressOf(operation);
      const version = headers.ETag;
      this.answers.set(index, { ...told, location, ...(version && { version }), status: String(status) });
    } catch (error) {
      // RFC 7644 §3.7.3: of a POST that failed there is no address. Whoever refers to it must not believe in it.
      if (method === 'POST') this.ids.delete(bulkId ?? '');
      const at = method === 'POST' ? {} : { location: this.addressOf(operation) };
      this.fail(index, { ...told, ...at }, this.asScim(error));
    }
  }

  private execute(operation: BulkOperation): Promise<Reply> {
    const { method, type, version, bulkId } = operation;
    const [missing] = lacking(operation, this.ids);
    if (missing !== undefined)
      throw new ScimError(400, `No operation of this request created bulkId:${missing}.`, 'invalidValue');
    const data = withIds(operation.data, this.ids);
    const { ifMatch: _, ...rest } = this.call;
    const call: ScimCall = {
      ...rest,
      projection: { attributes: ['id'] },
      ...(version !== undefined && { ifMatch: version }),
    };
    if (method === 'POST') return this.resources.create(call, type, data, this.ids.get(bulkId ?? ''));
    const id = this.idOf(operation);
    if (method === 'PUT') return this.resources.replace(call, type, id, data);
    return method === 'PATCH' ? this.resources.patch(call, type, id, data) : this.resources.delete(call, type, id);
  }

  private idOf({ id }: BulkOperation): string {
    return String(withIds(id ?? '', this.ids));
  }

  private addressOf(operation: BulkOperation): string {
    return locationOf(this.call, operation.type, this.idOf(operation));
  }

  private fail(index: number, told: object, error: ScimError): void {
    this.errors++;
    this.answers.set(index, { ...told, status: String(error.status), response: error.toBody() });
  }
}

const named = ({ method, bulkId }: Readonly<Record<string, unknown>>): object => ({
  ...(typeof method === 'string' && { method }),
  ...(typeof bulkId === 'string' && { bulkId }),
});
