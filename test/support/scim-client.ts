import { Client, type Answer } from './client.js';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

export interface Resource extends Record<string, unknown> {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly meta: { readonly version: string; readonly location: string; readonly lastModified: string };
}

export interface ResourceList {
  readonly totalResults: number;
  readonly startIndex?: number;
  readonly itemsPerPage: number;
  readonly nextCursor?: string;
  readonly Resources: readonly Resource[];
}

/** An identity provider, as a source of a tenant. */
export class ScimClient {
  private constructor(
    readonly call: Client,
    readonly sourceId: string,
    readonly token: string,
  ) {}

  static async connect(url: string, admin: Client, name = 'IdP'): Promise<ScimClient> {
    const { id, token } = await admin.made<{ id: string; token: string }>('/api/v1/sources', { kind: 'scim', name });
    return new ScimClient(clientWith(url, token), id, token);
  }

  get<T = Resource>(path: string, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.call.get<T>(`/scim/v2${path}`, { headers });
  }

  post<T = Resource>(path: string, body: unknown): Promise<Answer<T>> {
    return this.call.post<T>(`/scim/v2${path}`, body);
  }

  patch<T = Resource>(path: string, ...operations: object[]): Promise<Answer<T>> {
    return this.call.patch<T>(`/scim/v2${path}`, { schemas: [PATCH], Operations: operations });
  }

  /** The body of a GET that must succeed. */
  async read<T = Resource>(path: string): Promise<T> {
    return succeeded(path, await this.get<T>(path));
  }

  list(path: string, filter: string): Promise<ResourceList> {
    return this.read<ResourceList>(`${path}?filter=${encodeURIComponent(filter)}`);
  }

  async user(userName: string, more: object = {}): Promise<string> {
    return succeeded('POST /Users', await this.post('/Users', { schemas: [USER], userName, ...more })).id;
  }

  groupBody(displayName: string, members: readonly string[] = []): object {
    return { schemas: [GROUP], displayName, members: members.map((value) => ({ value })) };
  }

  async group(displayName: string, members: readonly string[] = []): Promise<string> {
    return succeeded('POST /Groups', await this.post('/Groups', this.groupBody(displayName, members))).id;
  }
}

export const clientWith = (url: string, token: string): Client =>
  new Client(url, { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' });

function succeeded<T>(what: string, { status, body, text }: Answer<T>): T {
  if (status >= 300) throw new Error(`${what} answered ${status}: ${text}`);
  return body;
}
