import type { Company } from '../faults/company.js';
import type { MovableClock } from '../faults/movable-clock.js';
import type { HrEvent } from '../faults/story.js';
import type { World } from '../faults/world.js';

/** What one sequence plays on: the product in its own processes, one company, and the tally of what was done to it. */
export class Stage {
  private readonly lasting = new Set<string>();
  private readonly passing = new Set<string>();

  constructor(
    readonly world: World,
    readonly clock: MovableClock,
    readonly company: Company,
    /** The policy that people edit. */
    readonly projectPolicyId: string,
    private readonly count: (kind: string) => void,
  ) {}

  /** Under a supervisor: an api that ended at its start, because its database was away, is started again. */
  async tell(event: HrEvent): Promise<unknown> {
    const supervisor = setInterval(() => this.world.api.launch(), 1_000);
    try {
      return await this.company.tell(event);
    } finally {
      clearInterval(supervisor);
    }
  }

  /** Counts a fault for the report. */
  fault(kind: string): void {
    this.count(kind);
  }

  /** The app differs from the RFC from now on: to the end of the sequence, or until everything is well again. */
  async behave(quirk: string, lasts: boolean): Promise<void> {
    (lasts ? this.lasting : this.passing).add(quirk);
    await this.world.app.behave(...this.lasting, ...this.passing);
    this.count(quirk);
  }

  /** Everything runs again, and the app is well: it has only the habits that it will keep. */
  async recovered(): Promise<void> {
    await this.world.redis.start();
    await this.world.postgres.start();
    await this.world.mend();
    await this.world.app.clearFaults();
    this.passing.clear();
    await this.world.app.behave(...this.lasting);
  }
}
