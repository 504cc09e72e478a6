import type { AttributeValue, Switch } from './spi.js';
import { sameValue } from './compare-values.js';

const ON: readonly unknown[] = [true, 1, 'true', '1', 'on', 'yes'];
const OFF: readonly unknown[] = [false, 0, 'false', '0', 'off'];

/** A boolean as applications spell it. Absent means on (RFC 7643 leaves the default to the service, and all take it so). */
export function readSwitch(value: unknown): Switch {
  if (value === undefined || value === null) return true;
  const plain = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (OFF.includes(plain)) return false;
  return ON.includes(plain) ? true : 'unknown';
}

/** A column that has one value for on and another for off; whatever is neither says nothing. */
export function readColumnSwitch(
  value: AttributeValue,
  { on, off }: { readonly on: AttributeValue; readonly off: AttributeValue },
): Switch {
  if (value === null) return 'unknown';
  const [isOn, isOff] = [on, off].map((constant) => sameValue(value, constant));
  if (isOn === isOff) return 'unknown';
  return isOn === true;
}
