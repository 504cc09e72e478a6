import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A time that whole processes see in place of the machine's (libfaketime), to be moved while they run. */
export class MovableClock {
  readonly env: Readonly<Record<string, string>>;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'tenure-clock-'));
  private readonly file = path.join(this.folder, 'offset');
  private offsetSeconds = 0;

  constructor(library: string) {
    // A database server that runs as another user reads it, too.
    chmodSync(this.folder, 0o755);
    this.write();
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  now(): Date {
    return new Date(Date.now() + this.offsetSeconds * 1_000);
  }

  /** Moves the time on; whoever asks next sees it. */
  jump(ms: number): void {
    this.offsetSeconds += Math.round(ms / 1_000);
    this.write();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  // By way of a rename: a reader never finds half a line.
  private write(): void {
    const draft = `${this.file}.new`;
    writeFileSync(draft, `+${this.offsetSeconds}\n`, { mode: 0o644 });
    renameSync(draft, this.file);
  }
}
