import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Application } from '@tenure/applications';
import type { Connector } from '@tenure/connectors';
import { createLog } from '@tenure/platform';
import { KEPT_CONNECTORS, OpenConnectors } from './open-connectors.js';

describe('connectors that are kept open', () => {
  let now: number;
  let closed: string[];
  let open: OpenConnectors;
  let failing: boolean;
  beforeEach(() => {
    [now, closed, failing] = [0, [], false];
    const opened = ({ id, config }: Application): Connector =>
      ({
        name: `${id} ${JSON.stringify(config)}`,
        close: () => {
          closed.push(id);
          return failing ? Promise.reject(new Error('gone')) : Promise.resolve();
        },
      }) as unknown as Connector;
    open = new OpenConnectors({ open: opened }, { now: () => new Date(now) }, createLog('spec', 'silent'));
  });

  const application = (id: string, config: object = {}): Application =>
    ({ id, config, mapping: {}, sealedCredentials: Buffer.of() }) as unknown as Application;

  it('are opened once for a configuration, and anew for another', () => {
    const first = open.of(application('a'));
    expect(open.of(application('a'))).toBe(first);
    expect(closed).toEqual([]);
    expect(open.of(application('a', { baseUrl: 'x' }))).not.toBe(first);
    expect(closed).toEqual(['a']);
  });

  it('are closed when nobody used them for some time', () => {
    const [, b] = [open.of(application('a')), open.of(application('b'))];
    now = KEPT_CONNECTORS.idleMs - 1;
    expect(open.of(application('b'))).toBe(b);
    now = KEPT_CONNECTORS.idleMs;
    open.of(application('c'));
    expect(closed).toEqual(['a']);
  });

  it('are not more than so many: the least recently used is closed', () => {
    for (let n = 0; n < KEPT_CONNECTORS.most; n++) open.of(application(`${n}`));
    open.of(application('0'));
    open.of(application('one more'));
    expect(closed).toEqual(['1']);
  });

  it('are all closed in the end, also when one fails to', async () => {
    failing = true;
    open.of(application('a'));
    open.of(application('b'));
    await open.closeAll();
    expect(closed).toEqual(['a', 'b']);
  });
});
