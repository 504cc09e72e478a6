import type { HeldEffect } from '@tenure/identity';
import type { Item, ValueChange } from './decide-effect.js';
import type { PersonRow } from '../store/people.js';

/** What a change does to one person. */
export interface PersonEffect {
  readonly person: Pick<PersonRow, 'id' | 'displayName' | 'department'>;
  readonly gains: readonly Item[];
  readonly losses: readonly Item[];
  readonly changes: readonly ValueChange[];
  readonly failed: boolean;
  readonly spared: boolean;
}

/** An account or an entitlement by its names. */
export interface NamedItem {
  readonly applicationId: string;
  readonly application: string;
  readonly entitlement: { readonly kind: string; readonly name: string } | null;
}

export interface SampledPerson {
  readonly id: string;
  readonly displayName: string | null;
  readonly department: string | null;
  readonly gains: readonly NamedItem[];
  readonly losses: readonly NamedItem[];
  readonly changes: readonly ValueChange[];
}

interface ByDepartment {
  readonly department: string | null;
  readonly people: number;
}

/** People who gain, or lose, something. */
export interface Movement {
  readonly people: number;
  readonly byDepartment: readonly ByDepartment[];
  readonly byApplication: readonly (NamedItem & { readonly people: number })[];
  /** Some of them, to open. */
  readonly sample: readonly SampledPerson[];
}

/** What a change of the rules would do to everybody, before it is made. */
export interface Simulation {
  /** Of the rules that it was computed with. */
  readonly epoch: string;
  readonly of: 'policy' | 'mapping';
  readonly evaluated: number;
  readonly gaining: Movement;
  readonly losing: Movement;
  /** How many people lose anything in each application. */
  readonly losingIn: readonly {
    readonly applicationId: string;
    readonly application: string;
    readonly people: number;
  }[];
  /** People whose account gets other values. */
  readonly changing: Omit<Movement, 'byApplication'> & {
    readonly byAttribute: readonly { readonly attribute: string; readonly people: number }[];
  };
  /** People for whose values an expression fails. */
  readonly failing: { readonly people: number; readonly sample: readonly SampledPerson[] };
  /** People and accounts that the change would take something from, if they were not protected. */
  readonly skipped: { readonly protected: number };
}

export type NameOf = (item: Item) => NamedItem;

const SAMPLED = 20;
const SAMPLED_IDS = 20;

/** Counts effects as they come, keeping only a sample of people. */
export class SimulationTally {
  private evaluated = 0;
  private spared = 0;
  private readonly gaining = new Count();
  private readonly losing = new Count();
  private readonly losingIn = new Map<string, number>();
  private readonly changing = new Count();
  private readonly failing = new Count();

  /** People who were looked at, whatever came of it. */
  look(people: number): void {
    this.evaluated += people;
  }

  add(effect: PersonEffect): void {
    if (effect.spared) this.spared += 1;
    if (effect.gains.length > 0) this.gaining.add(effect, effect.gains.map(itemKey));
    if (effect.losses.length > 0) this.losing.add(effect, effect.losses.map(itemKey));
    for (const id of new Set(effect.losses.map(({ applicationId }) => applicationId))) raise(this.losingIn, id);
    if (effect.changes.length > 0)
      this.changing.add(
        effect,
        effect.changes.map(({ attribute }) => attribute),
      );
    if (effect.failed) this.failing.add(effect, []);
  }

  /** Every account and entitlement that somebody gains or loses. */
  items(): Item[] {
    return [...new Set([...this.gaining.byKey.keys(), ...this.losing.byKey.keys()])].map(itemOfKey);
  }

  result(about: Pick<Simulation, 'epoch' | 'of'>, nameOf: NameOf): Simulation {
    const byApplication = (count: Count): Movement['byApplication'] =>
      count.most().map(([key, people]) => ({ ...nameOf(itemOfKey(key)), people }));
    return {
      ...about,
      evaluated: this.evaluated,
      gaining: { ...this.gaining.shown(nameOf), byApplication: byApplication(this.gaining) },
      losing: { ...this.losing.shown(nameOf), byApplication: byApplication(this.losing) },
      losingIn: [...this.losingIn].map(([applicationId, people]) => {
        const { application } = nameOf({ applicationId, entitlementId: null });
        return { applicationId, application, people };
      }),
      changing: {
        ...this.changing.shown(nameOf),
        byAttribute: this.changing.most().map(([attribute, people]) => ({ attribute, people })),
      },
      failing: { people: this.failing.people, sample: this.failing.shown(nameOf).sample },
      skipped: { protected: this.spared },
    };
  }
}

/** What is over the limit or not: a policy takes access away, a mapping changes accounts. */
export function effectOf({
  of,
  evaluated,
  losing,
  changing,
}: Pick<Simulation, 'of' | 'evaluated' | 'losing' | 'changing'>): HeldEffect {
  const { people, byDepartment, sample, ...counted } = of === 'mapping' ? changing : losing;
  const ids = sample.slice(0, SAMPLED_IDS).map(({ id }) => id);
  return { people, of: evaluated, sample: ids, byDepartment, ...counted };
}

class Count {
  people = 0;
  readonly byKey = new Map<string, number>();
  private readonly byDepartment = new Map<string | null, number>();
  private readonly sample: PersonEffect[] = [];

  add(effect: PersonEffect, keys: readonly string[]): void {
    this.people += 1;
    raise(this.byDepartment, effect.person.department);
    for (const key of keys) raise(this.byKey, key);
    if (this.sample.length < SAMPLED) this.sample.push(effect);
  }

  most(): [string, number][] {
    return [...this.byKey].sort((a, b) => b[1] - a[1]);
  }

  shown(nameOf: NameOf): Pick<Movement, 'people' | 'byDepartment' | 'sample'> {
    const departments = [...this.byDepartment].sort((a, b) => b[1] - a[1]);
    return {
      people: this.people,
      byDepartment: departments.map(([department, people]) => ({ department, people })),
      sample: this.sample.map(({ person: { id, displayName, department }, gains, losses, changes }) => ({
        id,
        displayName,
        department,
        gains: gains.map(nameOf),
        losses: losses.map(nameOf),
        changes,
      })),
    };
  }
}

const raise = <Key>(counts: Map<Key, number>, key: Key): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
const itemKey = ({ applicationId, entitlementId }: Item): string => `${applicationId}|${entitlementId ?? ''}`;

function itemOfKey(key: string): Item {
  const [applicationId = '', entitlementId = ''] = key.split('|');
  return { applicationId, entitlementId: entitlementId === '' ? null : entitlementId };
}
