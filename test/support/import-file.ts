import type { Client } from './client.js';
import { eventually } from './eventually.js';

/** What `GET /api/v1/imports/:id` says. */
export interface ImportView {
  readonly id: string;
  readonly state: 'running' | 'marking' | 'done';
  readonly preview: boolean;
  readonly rows: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly scheduled: number;
  readonly missing: number | null;
  readonly holdId: string | null;
  readonly rejected: number;
  readonly rejectedRows: readonly { readonly row: number; readonly reason: string }[];
}

/** Sends a file and waits until it is done. */
export async function importFile(
  api: Client,
  sourceId: string,
  file: string | Buffer,
  { preview = false, scope = 'full' }: { readonly preview?: boolean; readonly scope?: 'full' | 'partial' } = {},
): Promise<ImportView> {
  const path = `/api/v1/sources/${sourceId}/files?preview=${String(preview)}&scope=${scope}`;
  const begun = await api.post<{ id: string }>(path, file, { headers: { 'content-type': 'text/csv' } });
  if (begun.status !== 202) throw new Error(`The file was answered ${begun.status}: ${begun.text}`);
  const look = async (): Promise<ImportView> => (await api.get<ImportView>(`/api/v1/imports/${begun.body.id}`)).body;
  return eventually(look, ({ state }) => state === 'done');
}
