import type { Company } from '../faults/company.js';
import type { MovableClock } from '../faults/movable-clock.js';
import type { HrEvent } from '../faults/story.js';
import type { World } from '../faults/world.js';

/** What one sequence plays on: the product in its own processes, one company, and the tally of what was done to it. */
export class Stage {
  constructor(
    readonly world: World,
    readonly clock: MovableClock,
    readonly company: Company,
    /** The policy that people edit. */
    readonly projectPolicyId: string,
    private readonly count: (kind: string) => void,
  ) {}

  tell(event: HrEvent): Promise<unknown> {
    return this.company.tell(event);
  }

  /** Counts a fault for the report. */
  fault(kind: string): void {
    this.count(kind);
  }

  /** Everything runs again, and the app is well. */
  async recovered(): Promise<void> {
    await this.world.redis.start();
    await this.world.postgres.start();
    await this.world.mend();
    await this.world.app.clearFaults();
  }
}
