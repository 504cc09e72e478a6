import { describe, expect, it } from '@jest/globals';
import { readColumnSwitch, readSwitch } from './read-switch.js';
import type { AttributeValue, Switch } from './spi.js';

describe('C1: readSwitch', () => {
  it.each<[Switch, unknown[]]>([
    [true, [true, 1, '1', 'true', 'TRUE', ' True ', 'on', 'Yes', undefined, null]],
    [false, [false, 0, '0', 'false', 'False', ' FALSE', 'off']],
    ['unknown', ['', 'V', 'active', 'inactive', 'no', 2, -1, NaN, {}, { value: false }, [], [false], 'null', '00']],
  ])('reads %p', (expected, values) => {
    expect(values.map(readSwitch)).toEqual(values.map(() => expected));
  });
});

describe('C1: readColumnSwitch', () => {
  it.each<[on: AttributeValue, off: AttributeValue, value: AttributeValue, Switch]>([
    ['Y', 'N', 'Y ', true],
    ['Y', 'N', 'N ', false],
    ['ACTIVE', 'GONE', 'ACTIVE  ', true],
    ['Y', 'N', 'V', 'unknown'],
    ['Y', 'N', null, 'unknown'],
    ['Y', 'N', '', 'unknown'],
    ['Y', 'N', 'n', 'unknown'],
    [true, false, true, true],
    [true, false, false, false],
    [true, false, null, 'unknown'],
    [true, false, 't', true],
    ['true', 'false', false, false],
    [1, 0, 1, true],
    [1, 0, 0, false],
    [1, 0, 2, 'unknown'],
    ['1', '0', 1, true],
    [1, 0, '1.00', true],
    [1, 0, true, true],
    ['a', 'i', 'i', false],
  ])('on %p, off %p: %p is %p', (on, off, value, expected) => {
    expect(readColumnSwitch(value, { on, off })).toBe(expected);
  });
});
