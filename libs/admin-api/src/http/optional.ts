import { ValidateIf } from 'class-validator';

/**
 * A property that may be left out. Null is another thing than nothing: it is refused, but where the property says what it
 * means.
 */
export const Optional = ({ nullable = false } = {}): PropertyDecorator =>
  ValidateIf((_, value) => value !== undefined && !(nullable && value === null));
