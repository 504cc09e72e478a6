import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids that ride along for logs and hints; decisions never read them. */
export interface RequestContext {
  readonly requestId: string;
  readonly tenantId?: string;
  readonly jobId?: string;
  readonly identityId?: string;
  readonly accountId?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with these ids on every log line that it writes. */
export const withContext = <T>(context: RequestContext, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...context }, work);

/** The ids of the current request or job, if any. */
export const currentContext = (): RequestContext | undefined => storage.getStore();
