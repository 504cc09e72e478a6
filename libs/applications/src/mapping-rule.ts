/** How a value that must be unique in the application is found when its own is taken. */
export interface UniqueRule {
  /** CEL over `identity`, tried in this order after the value itself: `identity.givenName + "." + identity.familyName`. */
  readonly alternatives?: readonly string[];
  /** After those: `jdoe2`, `jdoe3`, …, before the `@` of an address. Unless `none` is said, numbers follow. */
  readonly suffix?: 'number' | 'none';
}

/** How one target attribute gets its value, and when it is written. */
export interface MappingRule {
  /** CEL over `identity`. */
  readonly value: string;
  /** CEL over `identity`, when `value` has none. */
  readonly default?: string;
  /** `once`: written when the account is made, or while the target is empty there; then it is the application's own. */
  readonly sync?: 'always' | 'once';
  /** False: an absent value never clears what is there. True unless told. */
  readonly clear?: boolean;
  /** No two accounts of the application may have the value. */
  readonly unique?: true | UniqueRule;
}

/** Target attribute → CEL over `identity`, or a rule. */
export type Mapping = Readonly<Record<string, string | MappingRule>>;

/** The mapping with its texts in the form in which they are compared and kept. */
export const plainMapping = (mapping: Mapping): Mapping =>
  JSON.parse(JSON.stringify(mapping), (_, value: unknown) =>
    typeof value === 'string' ? value.normalize('NFC') : value,
  ) as Mapping;

export const MAPPING_RULE_KEYS = ['value', 'default', 'sync', 'clear', 'unique'] as const;

/** An entry as the rule that it stands for. */
export const ruleOf = (entry: string | MappingRule): MappingRule =>
  typeof entry === 'string' ? { value: entry } : entry;

/** What a plan must know of a target: its own value stays once it is there; no value is no reason to clear. */
export interface WriteRule {
  readonly once: boolean;
  readonly keepsWhenAbsent: boolean;
}

/** The targets that are not simply kept in step. */
export const writeRulesOf = (mapping: Mapping): ReadonlyMap<string, WriteRule> =>
  new Map(
    Object.entries(mapping)
      .map(([target, entry]): [string, WriteRule] => {
        const { sync, clear } = ruleOf(entry);
        return [target, { once: sync === 'once', keepsWhenAbsent: clear === false }];
      })
      .filter(([, { once, keepsWhenAbsent }]) => once || keepsWhenAbsent),
  );

/** The targets whose values must be unique, with their rules. */
export const uniqueRulesOf = (mapping: Mapping): ReadonlyMap<string, UniqueRule> =>
  new Map(
    Object.entries(mapping).flatMap(([target, entry]) => {
      const { unique } = ruleOf(entry);
      return unique === undefined ? [] : [[target, unique === true ? {} : unique] as const];
    }),
  );
