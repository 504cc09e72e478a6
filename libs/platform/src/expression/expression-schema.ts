/** The type of one attribute that an expression may read. `map` is open: any key is allowed in it. */
export type AttributeType = 'string' | 'bool' | 'int' | 'double' | 'list<string>' | 'map';

/** A variable is a value by itself, or an object with declared attributes. */
export type VariableSchema = AttributeType | Readonly<Record<string, AttributeType>>;

/** Variable name → what it is: `{ identity: { department: 'string', groups: 'list<string>', custom: 'map' } }`. */
export type ExpressionSchema = Readonly<Record<string, VariableSchema>>;

/** How large an expression may be, and the lists that it reads. */
export interface ExpressionLimits {
  readonly length: number;
  /** Loops inside loops: the one thing that no CEL implementation bounds by itself. */
  readonly loops: number;
  readonly depth: number;
  readonly listLength: number;
  /** What it may take for one person when it is saved; see `countSteps`. */
  readonly steps: number;
}

/**
 * A search of one full list for each element of another, a million steps, took 150 ms. Fifty thousand are a dozen loops over full
 * lists; of the lists that people really have, a loop takes some fifty.
 */
export const EXPRESSION_LIMITS: ExpressionLimits = {
  length: 2000,
  loops: 1,
  depth: 128,
  listLength: 1000,
  steps: 50_000,
};

/** What an expression is checked against. */
export interface ExpressionContext {
  readonly variables: ExpressionSchema;
  readonly expects: 'boolean' | 'number' | 'value';
  readonly limits?: Partial<ExpressionLimits>;
}

/** One mistake in an expression, with the place where an editor should mark it. */
export interface ExpressionFault {
  readonly message: string;
  /** In UTF-16 units from the start, never beyond the end of the source. */
  readonly offset: number;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** The known name that was probably meant. */
  readonly suggestion?: string;
}
