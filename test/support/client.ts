/** What a door answered. `body` is the parsed JSON, or the text. */
export interface Answer<Body = never> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem document (RFC 9457) as the admin API gives it. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly faults?: readonly { path: string; message: string; offset?: number; suggestion?: string }[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** HTTP against one address, as one caller. Never throws for a status. */
export class Client {
  constructor(
    readonly baseUrl: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get<Body = Record<string, unknown>>(path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call('GET', path, options);
  }

  post<Body = Record<string, unknown>>(path: string, body?: unknown, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call('POST', path, { ...options, body });
  }

  put<Body = Record<string, unknown>>(path: string, body?: unknown, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call('PUT', path, { ...options, body });
  }

  patch<Body = Record<string, unknown>>(path: string, body?: unknown): Promise<Answer<Body>> {
    return this.call('PATCH', path, { body });
  }

  delete<Body = Record<string, unknown>>(path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    return this.call('DELETE', path, options);
  }

  /** The items of every page of a list. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | undefined; ;) {
      const separator = path.includes('?') ? '&' : '?';
      const { status, text, body } = await this.get<Page<T>>(
        cursor === undefined ? path : `${path}${separator}cursor=${cursor}`,
      );
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
      items.push(...body.items);
      cursor = body.nextCursor;
      if (cursor === undefined) return items;
    }
  }

  /** The body of a POST that must succeed. */
  async made<Body = { id: string }>(path: string, body: unknown): Promise<Body> {
    const answer = await this.post<Body>(path, body);
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  }

  private async call<Body>(method: string, path: string, { body, headers }: CallOptions): Promise<Answer<Body>> {
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
    const response = await fetch(new URL(path, this.baseUrl), {
      method,
      redirect: 'manual',
      headers: {
        ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
        ...this.headers,
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) as Body };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // An HTML page, a metric or nothing at all.
    return text;
  }
}
