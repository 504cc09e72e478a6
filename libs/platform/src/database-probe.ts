import { Client } from 'pg';

/** Longer than that (ms) PostgreSQL does not think about nothing. */
const ANSWER_WITHIN_MS = 1_000;

/** One connection of its own that asks whether PostgreSQL answers; those who ask at once share the question. */
export class DatabaseProbe {
  private client: Client | null = null;
  private asked: Promise<boolean> | null = null;

  constructor(private readonly url: string) {}

  /** Resolves to true, or rejects with what is wrong. */
  ask(): Promise<boolean> {
    this.asked ??= this.question().finally(() => (this.asked = null));
    return this.asked;
  }

  async close(): Promise<void> {
    await this.asked?.catch(() => undefined);
    await this.client?.end().catch(() => undefined);
    this.client = null;
  }

  private async question(): Promise<boolean> {
    try {
      const client = (this.client ??= await this.connect());
      await client.query('SELECT 1');
      return true;
    } catch (error) {
      // The next question gets a new connection: this one may be silent for good.
      const broken = this.client;
      this.client = null;
      broken?.connection.stream.destroy();
      throw error;
    }
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: 'tenure-health',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
}
