import { describe, expect, it } from '@jest/globals';
import { emptyRedis } from '../../../test/support/redis.js';
import { eventually } from '../../../test/support/eventually.js';
import { Refusal } from './errors.js';
import { createLog } from './logging.js';
import { Metrics } from './metrics.js';
import { consume, Queues } from './queues.js';

describe('a job that fails', () => {
  it('is logged without the words of a refusal, which may name a person, and the next is taken', async () => {
    const redisUrl = await emptyRedis();
    const lines: string[] = [];
    const log = createLog('spec', 'warn', { write: (line: string) => void lines.push(line) });
    const queues = new Queues(redisUrl, log, new Metrics());
    const taken: string[] = [];
    const worker = consume({ redisUrl, queue: 'spec', concurrency: 1, log }, ({ requestId = '' }) => {
      taken.push(requestId);
      if (requestId === 'first') throw new Refusal('employee_number_taken', 'Nobody has the employee number 4711.');
      return Promise.resolve();
    });
    try {
      for (const requestId of ['first', 'second']) await queues.hint('spec', { requestId }, requestId);
      await eventually(
        () => Promise.resolve(taken),
        ({ length }) => length === 2,
      );
    } finally {
      await worker.close();
      await queues.close();
    }
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 'job.failed', queue: 'spec', reason: 'employee_number_taken' },
    ]);
    expect(lines.join()).not.toContain('4711');
  });
});
